"""GRPO on the same stories by course_lib, and by TRL's GRPOTrainer used alone: one side, in this process.

bench.py starts each anew. Prints one line of JSON: steps/s and answers/s of a whole run (sampling, scoring, training, and the
trainer's building), the most memory this process has held by its end, and how many fresh stories are then answered right, with
the interval. A step is 64 answers sampled, on either side: ours does not train on groups whose scores are all alike, TRL does.

usage: python benchmarks/grpo.py ours|trl|trl_tuned [--problems 64] [--rounds 2] [--measure 400] [--seed 0]
"""

from __future__ import annotations

import argparse
import copy
import json
import tempfile
import time

from course_lib.loading import load
from course_lib.loop import improve
from course_lib.measure import written
from course_lib.memory import peak_resident
from course_lib.methods.grpo import grpo
from course_lib.policy import Policy, lora_config, trained
from course_lib.quiet import hush
from course_lib.score import Score, verify
from course_lib.tasks.stories import stories, without
from course_lib.train.grpo_trainer import reward_of
from course_lib.train.trainers import cpu_has_bf16
from course_lib.types import Problem

LEVELS, G, BATCH, LR, MAX_TOKENS = (5, 6), 8, 64, 1e-3, 160
FRESH = 1_000_000  # added to the seed of the stories that are measured on


def counting(score: Score, answers: list[int]) -> Score:
    """The score slot, which notes how many answers it was handed."""

    def count(policy, groups, turn):
        answers.append(sum(len(g.completions_G) for g in groups))
        return score(policy, groups, turn)

    return count


def ours(policy: Policy, problems: list[Problem], score: Score, rounds: int, seed: int) -> Policy:
    method = grpo(G, temperature=1.0, beta=0.0, lr=LR, score=score, batch=BATCH, max_tokens=MAX_TOKENS)
    return improve(policy, problems, method, rounds=rounds, measure=lambda policy: {}, seed=seed)[0]


def trl_alone(policy: Policy, problems: list[Problem], score: Score, rounds: int, seed: int, **tuned) -> Policy:
    """TRL's GRPOTrainer as its documentation shows it: conversations as rows, a reward function, LoRA by peft_config.

    Left at its default: sampling anew before every step, gradient checkpointing (on; ours is off), bf16 (on, as ours is where
    the processor has it), β 0, ε 0.2, top_k and top_p off (all three ours too), loss_type "dapo" and scale_rewards "group"
    (ours: "bnpo" and "none", at the same cost). Its learning rate would fall; here it stays, as ours does.
    """
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    with tempfile.TemporaryDirectory() as folder:
        args = GRPOConfig(
            output_dir=folder, use_cpu=True,  # a machine without a GPU needs it
            num_generations=G, max_completion_length=MAX_TOKENS, temperature=1.0,  # the same answers
            learning_rate=LR, lr_scheduler_type="constant", per_device_train_batch_size=BATCH, seed=seed,  # the same steps
            max_steps=rounds * steps_of(problems),
            report_to="none", save_strategy="no", logging_strategy="no", disable_tqdm=True,  # ours does not do these either
            **tuned,
        )  # fmt: skip
        trainer = GRPOTrainer(
            copy.deepcopy(policy.base),
            reward_funcs=reward_of(score, policy, {p.id: p for p in problems}, seed),
            args=args,
            train_dataset=Dataset.from_list([row(p) for p in problems]),
            processing_class=policy.tokenizer,
            peft_config=lora_config(policy.lora),  # the same matrices: every linear layer, rank 16
        )
        trainer.train()
    return trained(policy, trainer.model)


def row(problem: Problem) -> dict:
    return {"prompt": [{"role": "user", "content": problem.prompt}], "problem": problem.id}


def steps_of(problems: list[Problem]) -> int:
    """Steps of a round."""
    return len(problems) * G // BATCH


def trl_tuned(policy: Policy, problems: list[Problem], *rest) -> Policy:
    """As someone sets it who knows TRL: a whole round sampled at once, time before memory, bf16 where the processor has it."""
    how = {"steps_per_generation": steps_of(problems), "gradient_checkpointing": False, "bf16": cpu_has_bf16()}
    return trl_alone(policy, problems, *rest, **how)


SIDES = {"ours": ours, "trl": trl_alone, "trl_tuned": trl_tuned}


def run(side: str, problems: list[Problem], rounds: int, seed: int) -> tuple[Policy, dict[str, float]]:
    """The trained policy, and what its training cost."""
    policy, answers, few = load(device="cpu"), [], stories(BATCH // G, LEVELS, seed + 1)
    SIDES[side](policy, few, verify, 1, seed)  # imports and first-use costs are nobody's
    began = time.perf_counter()
    policy = SIDES[side](policy, problems, counting(verify, answers), rounds, seed)
    rate = sum(answers) / (time.perf_counter() - began)
    return policy, {"steps_per_s": rate / BATCH, "answers_per_s": rate, "peak_memory_mb": peak_resident()}


def measured(policy: Policy, problems: list[Problem], n: int, seed: int) -> dict:
    """How many of `n` fresh stories are answered right at T = 1, with the interval."""
    found = written(policy, without(stories(n, LEVELS, seed + FRESH), problems), seed, MAX_TOKENS)
    return {"accuracy": found["accuracy"], "interval": found["interval"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("side", choices=SIDES)
    parser.add_argument("--problems", type=int, default=64, help="a multiple of 8: a step is 64 answers")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--measure", type=int, default=400, help="fresh stories to measure on; 0 for none")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if args.problems < 1 or args.problems * G % BATCH:
        parser.error(f"--problems is {args.problems}: give a multiple of {BATCH // G}, so that every step is whole.")
    hush()
    problems = stories(args.problems, LEVELS, args.seed)
    policy, cost = run(args.side, problems, args.rounds, args.seed)
    print(json.dumps(cost | (measured(policy, problems, args.measure, args.seed) if args.measure else {})))


if __name__ == "__main__":
    main()
