"""Notebook 02: C07 several distinct solutions beat one, C08 a larger K than one teaches more."""

from __future__ import annotations

from collections import defaultdict

from course_lib.claims.lab import Claim, Lab, Outcome, fewer, gold
from course_lib.select import correct, distinct_correct
from course_lib.statistics import mean
from course_lib.types import Example, Turn

KS = (1, 4, 8, 32)
SHARE = 0.5  # of the usual number of problems: large K makes large training sets
PATHS = 4


def by_problem(examples: list[Example]) -> dict[str, list[Example]]:
    found = defaultdict(list)
    for e in examples:
        found[e.problem_id].append(e)
    return found


def c07(lab: Lab, seed: int) -> Outcome:
    """Up to four distinct right paths of a problem, against the first of them alone, in trainings of the same length."""
    problems, turn = lab.stories(seed), Turn(seed, 1)
    fresh, groups = lab.fresh_stories(seed, problems), fewer(lab.samples(problems, lab.many, Turn(seed, 0)), 2 * lab.k)
    several = distinct_correct(cap=PATHS)(groups, turn)
    one = [e for paths in by_problem(several).values() for e in [paths[0]] * len(paths)]  # each problem as often
    arms = [gold(lab.train(kept, seed, even=True), fresh) for kept in (several, one)]
    beside = {"characters_several": size(several), "characters_one": size(one), "base": mean(lab.base(fresh))}
    return Outcome(*arms, beside=beside | {"paths_a_problem": len(several) / max(1, len(by_problem(several)))})


def size(examples: list[Example]) -> int:
    """Characters of the completions, which here are digits and signs: a token each."""
    return sum(len(e.completion) for e in examples)


def c08(lab: Lab, seed: int) -> Outcome:
    """Distinct right paths and accuracy at K = 1 … many, in trainings of as many steps and as many examples seen.

    Beside them two sets of the largest K: with its duplicates, and with a single path of each problem it solves.
    """
    everybody, turn = lab.stories(seed), Turn(seed, 1)
    problems = everybody[: int(len(everybody) * SHARE)]
    fresh = lab.fresh_stories(seed, everybody)
    groups = lab.samples(everybody, lab.many, Turn(seed, 0))[: len(problems)]
    kept = {k: distinct_correct()(fewer(groups, k), turn) for k in sorted({min(k, lab.many) for k in KS})}
    found = {k: gold(lab.train(examples, seed, even=True), fresh) for k, examples in kept.items()}
    least, most, everything = min(kept), max(kept), correct()(groups, turn)
    one_each = [paths[0] for paths in by_problem(kept[most]).values()]
    copies, single = (gold(lab.train(examples, seed, even=True), fresh) for examples in (everything, one_each))
    beside = {
        "distinct_by_k": {str(k): len(e) / len(problems) for k, e in kept.items()},
        "accuracy_by_k": {str(k): mean(v) for k, v in found.items()},
        "problems_by_k": {str(k): len(by_problem(e)) / len(problems) for k, e in kept.items()},
        "accuracy_with_duplicates": mean(copies),
        "accuracy_with_one_each": mean(single),
        "examples_with_duplicates": len(everything),
        "examples_distinct": len(kept[most]),
        "base": mean(lab.base(fresh)),
    }
    also = {
        f"K = {most} with duplicates, against distinct paths only": (copies, found[most]),
        f"K = {most} with one path of each, against all its paths": (single, found[most]),
    }
    return Outcome(found[most], found[least], also, beside)


CLAIMS = (
    Claim(
        "C07", "Several distinct solutions beat one.", "§1.2", "02_rft",
        "up to four distinct right paths of a problem", "one path of each, as often",
        "accuracy on fresh hard stories", c07, seeds=10,
    ),
    Claim(
        "C08", "A larger K than one teaches more.", "§1.2", "02_rft",
        "distinct right paths of K = 32", "distinct right paths of K = 1", "accuracy on fresh hard stories", c08,
    ),
)  # fmt: skip
