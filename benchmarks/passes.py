"""How often must a model read its examples? STaR's of one round, on notebook 01's stories, read two to four times: five seeds.

Writes benchmarks/passes.json: for each seed the base's share of right answers to 600 fresh stories, and that of two trainings for
each number of passes. Seeds that are there already are not run again (25 minutes on one core for five). Prints for each number
of passes the mean and its difference to the base, with a 95 % interval by Student's t over seeds.

usage: python benchmarks/passes.py [--seeds 0 1 2 3 4]
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from course_lib.lesson.budget import Budget
from course_lib.loading import load
from course_lib.measure import accuracy
from course_lib.methods import star
from course_lib.policy import Policy
from course_lib.statistics import mean, of_mean
from course_lib.tasks.stories import stories, without
from course_lib.train import sft
from course_lib.types import Example, Problem, Turn

LEVELS, MEASURED = (4, 6, 8, 10), (5, 6)
PASSES, TRAININGS = (2, 2.5, 3, 4), 2
FRESH = 3_900_000  # a seed that no training has
LR = 2e-3


def kept_of(policy: Policy, problems: list[Problem], seed: int) -> list[Example]:
    """What one round of STaR keeps."""
    method, turn = star(k=Budget.k, lr=LR), Turn(seed, 1)
    groups = method.score(policy, method.rollout(policy, problems, turn), turn)
    return method.select(method.revise(policy, groups, turn), turn)


def row(policy: Policy, seed: int) -> dict:
    problems = stories(Budget.problems, LEVELS, seed)
    fresh = without(stories(Budget.fresh, MEASURED, FRESH + seed), problems)
    kept = kept_of(policy, problems, seed)
    found = {"seed": seed, "base": accuracy(policy, fresh)["accuracy"], "kept": len(kept)}
    found["hinted"] = sum(e.hinted for e in kept)
    for passes in PASSES:
        for again in range(TRAININGS):
            learned = sft(policy, kept, lr=LR, epochs=passes, batch=32, seed=1000 * again + seed)
            found[f"{passes:g} passes, training {again}"] = accuracy(learned, fresh)["accuracy"]
    return found


def told(rows: list[dict]) -> str:
    lines = [f"base         {mean([r['base'] for r in rows]):.1%}"]
    for passes in PASSES:
        each = [mean([r[f"{passes:g} passes, training {i}"] for i in range(TRAININGS)]) for r in rows]
        gains = [100 * (new - r["base"]) for new, r in zip(each, rows, strict=True)]
        low, high = of_mean(gains)
        lines.append(f"{passes:<4g}passes   {mean(each):.1%}   {mean(gains):+.1f} points [{low:+.1f}, {high:+.1f}]")
    return "\n".join(lines)


def by_seed(about: str, out: Path, row: Callable[[Policy, int], dict], told: Callable[[list[dict]], str]) -> None:
    """A row for each seed asked for that is not in `out` yet, then what they come to."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(5)))
    parser.add_argument("--out", type=Path, default=out)
    args = parser.parse_args()
    rows = json.loads(args.out.read_text(encoding="utf-8")) if args.out.exists() else []
    for seed in sorted(set(args.seeds) - {r["seed"] for r in rows}):
        rows.append(row(load("pocket", device="cpu"), seed))
        args.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print(told(rows))


if __name__ == "__main__":
    by_seed(__doc__, Path(__file__).with_suffix(".json"), row, told)
