"""DPO on the same pairs by course_lib, and by TRL's DPOTrainer used alone: one side, in this process. bench.py starts each anew.

Prints one line of JSON: pairs/s of a whole training (tokenising, the trainer's building and what comes after it included),
pairs/s inside `Trainer.train` alone, and the most memory this process has held.

usage: python benchmarks/dpo.py ours|trl|trl_unchecked [--pairs 256] [--seed 0]
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from course_lib.loading import load
from course_lib.memory import peak_resident
from course_lib.pocket.authors import pick_style, solve
from course_lib.policy import Policy, lora_config
from course_lib.quiet import hush
from course_lib.tasks.stories import sample_story
from course_lib.train import dpo
from course_lib.types import Pair

EPOCHS, LR, BATCH, LEVELS, SLIP = 2, 5e-4, 16, (4, 5, 6), 0.3


def make_pairs(n: int, seed: int) -> list[Pair]:
    """A right solution against one that slipped, of `n` stories of the pocket town."""
    rng = random.Random(f"dpo-bench-{seed}")
    return [make_pair(rng, LEVELS[i % len(LEVELS)]) for i in range(n)]


def make_pair(rng: random.Random, level: int) -> Pair:
    story = sample_story(rng, level)
    right = wrong = solve(rng, story, pick_style(rng))
    while wrong.endswith(f"#### {story.answer}"):
        wrong = solve(rng, story, pick_style(rng), SLIP)
    return Pair(story.prompt, right, wrong)


def ours(policy: Policy, pairs: list[Pair], seed: int) -> None:
    dpo(policy, pairs, lr=LR, epochs=EPOCHS, batch=BATCH, seed=seed)


def trl_alone(policy: Policy, pairs: list[Pair], seed: int, **tuned) -> None:
    """TRL's DPOTrainer as its documentation shows it: conversations as rows, LoRA by peft_config.

    Left at its default: bf16 (on, as ours is where the processor has it), gradient checkpointing (on; ours is off), β 0.1
    (ours too), max_length 1024 (no pair comes near), batches in random order, a linear schedule without warm-up.
    """
    from datasets import Dataset
    from trl import DPOConfig, DPOTrainer

    with tempfile.TemporaryDirectory() as folder:
        args = DPOConfig(
            output_dir=folder, use_cpu=True,  # a machine without a GPU needs it
            learning_rate=LR, num_train_epochs=EPOCHS, per_device_train_batch_size=BATCH, seed=seed,  # the same work
            report_to="none", save_strategy="no", logging_strategy="no", disable_tqdm=True,  # ours does not do these either
            **tuned,
        )  # fmt: skip
        DPOTrainer(
            copy.deepcopy(policy.base),
            args=args,
            train_dataset=Dataset.from_list([conversation(p) for p in pairs]),
            processing_class=policy.tokenizer,
            peft_config=lora_config(policy.lora),  # the same matrices: every linear layer, rank 16
        ).train()


def conversation(pair: Pair) -> dict[str, list[dict[str, str]]]:
    said = {
        "prompt": ("user", pair.prompt),
        "chosen": ("assistant", pair.chosen),
        "rejected": ("assistant", pair.rejected),
    }
    return {key: [{"role": role, "content": text}] for key, (role, text) in said.items()}


# Gradient checkpointing saves memory and costs time. Whoever knows it is TRL's default can turn it off, as ours does.
SIDES = {"ours": ours, "trl": trl_alone, "trl_unchecked": partial(trl_alone, gradient_checkpointing=False)}


@contextmanager
def clocked_steps() -> Iterator[list[float]]:
    """The seconds of every `Trainer.train` meanwhile: both sides train by it."""
    from transformers import Trainer

    spent, train = [], Trainer.train

    def clocked(self, *args, **kwargs):
        began = time.perf_counter()
        out = train(self, *args, **kwargs)
        spent.append(time.perf_counter() - began)
        return out

    Trainer.train = clocked
    try:
        yield spent
    finally:
        Trainer.train = train


def measure(side: str, n: int, seed: int) -> dict[str, float]:
    policy, pairs = load(device="cpu"), make_pairs(n, seed)
    SIDES[side](policy, pairs[:BATCH], seed)  # imports and first-use costs are nobody's
    with clocked_steps() as spent:
        began = time.perf_counter()
        SIDES[side](policy, pairs, seed)
        seconds = time.perf_counter() - began
    return {
        "pairs_per_s": EPOCHS * n / seconds,
        "steps_pairs_per_s": EPOCHS * n / sum(spent),
        "peak_memory_mb": peak_resident(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("side", choices=SIDES)
    parser.add_argument("--pairs", type=int, default=256)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    hush()
    print(json.dumps(measure(args.side, args.pairs, args.seed)))


if __name__ == "__main__":
    main()
