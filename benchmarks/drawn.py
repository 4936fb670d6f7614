"""What do hinted examples cost, when an answer is drawn and when it is the greedy one? Notebook 01's stories, five seeds.

One round of STaR keeps examples; four models are trained on as many of them: on all, on those found without a hint, on as many
drawn by lot, and on those in which every step holds. Writes benchmarks/drawn.json: for each seed and model the share of 600
fresh stories answered right, greedily and drawn at T = 1. Seeds that are there already are not run again (some twenty minutes on
one core for five). Prints means, and differences with a 95 % interval by Student's t over seeds.

usage: python benchmarks/drawn.py [--seeds 0 1 2 3 4]
"""

import argparse
import json
import random
from pathlib import Path

from passes import FRESH, LEVELS, LR, MEASURED, kept_of

from course_lib.lesson.budget import Budget
from course_lib.loading import load
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(5)))
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".json"))
    args = parser.parse_args()
    rows = json.loads(args.out.read_text(encoding="utf-8")) if args.out.exists() else []
    for seed in sorted(set(args.seeds) - {r["seed"] for r in rows}):
        rows.append(row(load("pocket", device="cpu"), seed))
        args.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print(told(rows))


if __name__ == "__main__":
    main()
