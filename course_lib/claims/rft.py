"""Notebook 02: C07 several distinct solutions beat one, C08 K matters through distinct paths."""

from __future__ import annotations

from collections import defaultdict

from course_lib.claims.lab import Claim, Lab, Outcome, first, gold
from course_lib.select import correct, distinct_correct
from course_lib.statistics import mean
from course_lib.types import Example, Turn

KS = (1, 4, 8, 32)
SHARE = 0.5  # of the usual number of problems: large K makes large training sets


def words(examples: list[Example]) -> int:
    """Size of a training set in characters of its completions, which here are digits and signs: one token each."""
    return sum(len(e.completion) for e in examples)


def by_problem(examples: list[Example]) -> dict[str, list[Example]]:
    found = defaultdict(list)
    for e in examples:
        found[e.problem_id].append(e)
    return found


def repeated(paths: list[Example]) -> list[Example]:
    """The first path of a problem, as often as makes up the tokens of all of them."""
    return [paths[0]] * max(1, round(words(paths) / words(paths[:1])))


def c07(lab: Lab, seed: int) -> Outcome:
    """All distinct right paths of a problem, against one of them repeated to the same number of tokens."""
    problems, fresh = lab.stories(seed), lab.fresh_stories(seed)
    groups = first(lab.samples(problems, lab.many, Turn(seed, 0)), 2 * lab.k)
    several = distinct_correct(cap=4)(groups, Turn(seed, 1))
    one = [e for paths in by_problem(several).values() for e in repeated(paths)]
    arms = [gold(lab.train(kept, seed), fresh) for kept in (several, one)]
    beside = {"tokens_several": words(several), "tokens_one": words(one), "paths_a_problem": per_problem(several)}
    return Outcome(*arms, beside=beside)


def per_problem(examples: list[Example]) -> float:
    found = by_problem(examples)
    return len(examples) / max(1, len(found))


def c08(lab: Lab, seed: int) -> Outcome:
    """Distinct right paths and accuracy at K = 1 … many; and what the duplicates add at the largest K."""
    problems, fresh, turn = lab.stories(seed), lab.fresh_stories(seed), Turn(seed, 1)
    problems = problems[: int(len(problems) * SHARE)]
    groups = lab.samples(lab.stories(seed), lab.many, Turn(seed, 0))[: len(problems)]
    ks = sorted({min(k, lab.many) for k in KS})
    kept = {k: distinct_correct()(first(groups, k), turn) for k in ks}
    found = {k: gold(lab.train(examples, seed), fresh) for k, examples in kept.items()}
    everything = correct()(groups, turn)
    beside = {
        "distinct_by_k": {str(k): len(e) / len(problems) for k, e in kept.items()},
        "accuracy_by_k": {str(k): mean(v) for k, v in found.items()},
        "accuracy_with_duplicates": mean(gold(lab.train(everything, seed), fresh)),
        "examples_with_duplicates": len(everything),
        "examples_distinct": len(kept[ks[-1]]),
    }
    return Outcome(found[ks[-1]], found[ks[0]], beside=beside)


CLAIMS = (
    Claim(
        "C07", "Several distinct solutions beat one.", "§1.2", "02_rft",
        "all distinct right paths of a problem", "one path, repeated to as many tokens",
        "accuracy on fresh hard stories", c07,
    ),
    Claim(
        "C08", "K matters through distinct paths.", "§1.2", "02_rft",
        "distinct right paths of K = 32", "of K = 1", "accuracy on fresh hard stories", c08,
    ),
)  # fmt: skip
