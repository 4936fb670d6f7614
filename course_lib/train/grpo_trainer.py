"""GRPO by TRL's GRPOTrainer, which samples, scores and trains by itself: the way to larger machines. (Tested in one process.)

The same reward, loss and schedule as methods/grpo.py: advantages centred in their group, no division by its spread, tokens weigh
alike, ε = 0.2, several steps on one batch of samples. What differs: a learning rate that falls, the sampler (transformers'),
groups whose samples score alike, which stay in its count of tokens and in its KL, and the date, today's, where a chat template
writes one.
Where TRL must be kept from what it does by itself: the reference is this policy as it starts, not a checkpoint on disk; top_k
is off; no gradient checkpointing unless memory runs out, and then no micro-batches, of which TRL would take the mean though
they differ in tokens; the adapter it leaves behind for the reference is taken away.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from itertools import groupby

from course_lib import progress, ranks
from course_lib.errors import need, need_count, need_positive
from course_lib.memory import free_memory, settled
from course_lib.policy import Policy, trainable, trained
from course_lib.score import Score
from course_lib.train.fitting import Load, checkpointed, until_it_fits, untold
from course_lib.train.trainers import arguments, in_one_process, silently, ticking
from course_lib.types import Completion, Group, Problem, Turn


def grpo_trainer(
    policy: Policy,
    problems: list[Problem],
    score: Score,
    *,
    rounds: int = 1,
    g: int = 8,
    temperature: float = 1.0,
    beta: float = 0.0,
    lr: float = 1e-3,
    batch: int = 64,
    steps_per_sampling: int = 8,
    max_tokens: int = 160,
    vllm: bool = False,
    seed: int = 0,
    bar=progress.quiet,
) -> Policy:
    """`rounds` passes over the problems, G answers each, `batch` answers a step on each device. Returns a new policy.

    Where the answers of a pass do not fill its last batch of samples, as many problems are left out of it, each time others.
    `vllm` samples by vLLM, where that is installed.
    """
    from trl import GRPOTrainer

    need_able(policy, problems, rounds, g, beta, lr, batch)
    need_count("steps_per_sampling", steps_per_sampling)
    per_pass, together = steps_of(len(problems) * g, batch, steps_per_sampling)
    by_id, steps = {p.id: p for p in problems}, rounds * per_pass
    drawn = {"num_generations": g, "temperature": temperature, "max_completion_length": max_tokens, "use_vllm": vllm}
    drawn |= {"top_k": 0, "top_p": 1.0, "steps_per_generation": together}

    def train(load: Load):
        with tempfile.TemporaryDirectory() as folder, bar("GRPO by TRL", total=steps, unit="steps") as shown:
            args = config(policy, folder, lr, beta, batch, steps, seed, drawn)
            with untold(module := checkpointed(trainable(policy, seed), load.checkpointing)):
                one = GRPOTrainer(
                    module,
                    reward_funcs=reward_of(score, policy, by_id, seed),
                    args=args,
                    train_dataset=dataset(problems),
                    processing_class=policy.tokenizer,
                    callbacks=[ticking(shown)],
                )
            silently(one)
            with settled():
                one.train()
        return module

    module = until_it_fits(train, Load(1), 1, policy.base.device.type)
    if "ref" in getattr(module, "peft_config", {}):
        module.delete_adapter("ref")
    free_memory()
    return trained(policy, module)


def need_able(policy: Policy, problems: list[Problem], rounds: int, g: int, beta: float, lr: float, batch: int) -> None:
    """Raise CourseError for what this trainer can't be asked."""
    need(beta >= 0, f"β is {beta}: give 0 or more; 0 leaves out the KL.")
    need_positive("lr", lr)
    need_count("rounds", rounds)
    need_count("batch", batch)
    need(
        g > 1 and batch % g == 0,
        f"G is {g} and a step has {batch} answers: give a G of 2 or more, and a multiple of it.",
    )
    need(beta == 0 or policy.lora is not None, FULL)
    need(not ranks.cut(), CUT)
    need(len({p.id for p in problems}) == len(problems), "two problems have the same id: give each its own.")


def config(policy: Policy, folder: str, lr: float, beta: float, batch: int, steps: int, seed: int, drawn: dict):
    """TRL's settings; `drawn` says how answers are sampled. A step has whole groups, so it is never cut in micro-batches."""
    from trl import GRPOConfig

    shared = arguments(policy, lr, 1.0, batch, steps * batch, seed)
    for name in ("num_train_epochs", "max_length", "remove_unused_columns"):
        shared.pop(name)
    shared |= {"per_device_train_batch_size": batch, "gradient_accumulation_steps": 1, "max_steps": steps}
    loss = {"beta": beta, "epsilon": 0.2, "loss_type": "bnpo", "scale_rewards": "none"}
    return in_one_process(GRPOConfig(output_dir=folder, **loss, **drawn, **shared))


def dataset(problems: list[Problem]):
    from datasets import Dataset

    return Dataset.from_list([{"prompt": [{"role": "user", "content": p.prompt}], "problem": p.id} for p in problems])


FULL = (
    "β above 0 needs a LoRA policy here: TRL would hold one whose weights are all trained to the checkpoint on disk. "
    "Load it with LoRA, or set β = 0."
)

CUT = "here GRPO by TRL can't have its weights cut by FSDP or DeepSpeed: launch without their configuration."


def steps_of(answers: int, batch: int, together: int) -> tuple[int, int]:
    """(steps of a pass, steps on one batch of samples): TRL leaves out what does not fill a whole batch of samples."""
    step = batch * ranks.count()
    steps = answers // step
    need(
        steps > 0, f"a pass of {answers} answers does not fill a step of {step}: give more problems or a smaller batch."
    )
    together = min(together, steps)
    return steps // together * together, together


def reward_of(score: Score, policy: Policy, by_id: dict[str, Problem], seed: int) -> Callable[..., list[float]]:
    """A score slot as TRL asks for a reward: it is handed all answers of some problems at once, group after group.

    A judge is asked with the policy as it was before this training.
    """

    def reward(completions: list, problem: list[str], trainer_state=None, **columns) -> list[float]:
        texts = [c if isinstance(c, str) else c[-1]["content"] for c in completions]
        told = groupby(zip(problem, texts, strict=True), key=lambda row: row[0])
        groups = [Group(by_id[id], tuple(Completion(text) for _, text in rows)) for id, rows in told]
        turn = Turn(seed, trainer_state.global_step if trainer_state else 0)
        return [s for group in score(policy, groups, turn) for s in group.scores_G]

    return reward
