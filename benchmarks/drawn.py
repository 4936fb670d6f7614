"""What do hinted examples cost, when an answer is drawn and when it is the greedy one? Notebook 01's stories, five seeds.

One round of STaR keeps examples; four models are trained, and each sees as many of them: all, those found without a hint, as many
drawn by lot, and those in which every step holds. Writes benchmarks/drawn.json: for each seed and model the share of 600
fresh stories answered right, greedily and drawn at T = 1. Seeds that are there already are not run again (some fifteen minutes on
one core for five). Prints means, and differences with a 95 % interval by Student's t over seeds.

usage: python benchmarks/drawn.py [--seeds 0 1 2 3 4]
"""

import random
from pathlib import Path

from passes import FRESH, LEVELS, LR, MEASURED, by_seed, kept_of

from course_lib.lesson.budget import Budget
from course_lib.measure import accuracy, written
from course_lib.policy import Policy
from course_lib.score import sound
from course_lib.statistics import mean, of_mean
from course_lib.tasks.stories import stories, without
from course_lib.train import sft
from course_lib.types import Example, Problem

PASSES = 4  # over all that is kept; the other models see as many examples
HOW = {"greedy": lambda policy, fresh, seed: accuracy(policy, fresh), "drawn": written}
COMPARED = (("all", "base"), ("no hint", "base"), ("all", "no hint"), ("all", "by lot"), ("every step holds", "all"))


def arms(kept: list[Example], problems: list[Problem], seed: int) -> dict[str, list[Example]]:
    told = {p.id: p for p in problems}
    plain = [e for e in kept if not e.hinted]
    return {
        "all": kept,
        "no hint": plain,
        "by lot": random.Random(f"lot-{seed}").sample(kept, len(plain)),
        "every step holds": [e for e in kept if sound(told[e.problem_id], e.completion)],
    }


def row(policy: Policy, seed: int) -> dict:
    problems = stories(Budget.problems, LEVELS, seed)
    fresh = without(stories(Budget.fresh, MEASURED, FRESH + seed), problems)
    kept = kept_of(policy, problems, seed)
    models, found = {"base": policy}, {"seed": seed}
    for name, some in arms(kept, problems, seed).items():
        seen = PASSES * len(kept) / len(some)
        models[name] = sft(policy, some, lr=LR, epochs=seen, batch=32, seed=seed, even=True)
        found[f"{name}, examples"] = len(some)
    for name, model in models.items():
        found |= {f"{name}, {how}": measure(model, fresh, seed)["accuracy"] for how, measure in HOW.items()}
    return found


def told(rows: list[dict]) -> str:
    lines = []
    for how in HOW:
        for name in ("base", "all", "no hint", "by lot", "every step holds"):
            lines.append(f"{how:8}{name:18}{mean([r[f'{name}, {how}'] for r in rows]):.1%}")
        for new, old in COMPARED:
            gains = [100 * (r[f"{new}, {how}"] - r[f"{old}, {how}"]) for r in rows]
            low, high = of_mean(gains)
            lines.append(f"{how:8}{new}, against {old}: {mean(gains):+.1f} points [{low:+.1f}, {high:+.1f}]")
    return "\n".join(lines)


if __name__ == "__main__":
    by_seed(__doc__, Path(__file__).with_suffix(".json"), row, told)
