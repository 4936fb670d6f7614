"""The score slot: one number a completion. `verify` and `graded` read the text; wrappers make a score worse on purpose."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from course_lib.answers import EQUATION, calculations, holds, parse_answer, same_answer, true_equation
from course_lib.errors import need_between
from course_lib.policy import Policy
from course_lib.tasks.stories import DOZEN
from course_lib.types import Group, Problem, Turn

Score = Callable[[Policy, list[Group], Turn], list[Group]]


def scored(grade: Callable[[Problem, str], float]) -> Score:
    """A score slot from a function of problem and completion text."""

    def score(policy: Policy, groups: list[Group], turn: Turn) -> list[Group]:
        return [replace(g, scores_G=tuple(grade(g.problem, c.text) for c in g.completions_G)) for g in groups]

    return score


def with_scores(groups: list[Group], scores: list[float]) -> list[Group]:
    """The groups with one score for each of their completions, in order."""
    left = iter(scores)
    return [replace(g, scores_G=tuple(next(left) for _ in g.completions_G)) for g in groups]


def right(problem: Problem, text: str) -> float:
    """1.0 when the number after the last `####` is the gold answer, else 0.0 (GSM8K, arXiv 2110.14168)."""
    return float(same_answer(text, problem.answer))


verify = scored(right)


def unscored(policy: Policy, groups: list[Group], turn: Turn) -> list[Group]:
    """The score slot of methods that ask for no number: 0 for every completion."""
    return [replace(g, scores_G=(0.0,) * len(g.completions_G)) for g in groups]


def valid_steps(problem: Problem, text: str) -> list[bool]:
    """For each line of the solution: does its arithmetic hold, on numbers of the story or of earlier lines?

    A two-digit number of the story may be taken in parts (its tens, its ones). The `####` line is valid when it repeats
    the last result. A line that is neither is invalid. Stories only: needs `problem.facts`.
    """
    known, last, valid = licensed(problem), None, []
    for line in text.strip().split("\n"):
        match = EQUATION.fullmatch(line.strip())
        if match:
            a, sign, b, c = int(match[1]), match[2], int(match[3]), int(match[4])
            valid.append(true_equation(a, sign, b, c) and a in known and b in known)
            known, last = known | {c}, c
        else:
            valid.append(last is not None and parse_answer(line) == str(last))
    return valid


def licensed(problem: Problem) -> set[int]:
    """The numbers a solution may use: those of the story, their tens and their ones."""
    sizes = {problem.facts["start"], *(abs(c) for c in problem.facts["changes"])}
    sizes |= {DOZEN} if problem.facts.get("dozen_at") is not None else set()
    return sizes | {s // 10 * 10 for s in sizes} | {s % 10 for s in sizes}


def step_share(problem: Problem, text: str) -> float:
    """Share of valid steps, 0 to 1, the final answer counting as one. For a story, 1.0 means right for the right reasons.

    Below 1.0 it can be padded: forty steps such as 25+0=25 before a wrong answer give .98.

    Other problems tell no numbers to check against: there a step is any calculation, and valid when its arithmetic holds.
    """
    right_answer = same_answer(text, problem.answer)
    if "changes" in problem.facts:
        *valid, follows = valid_steps(problem, text)
        return (sum(valid) + (right_answer and follows)) / (len(valid) + 1)
    valid = [holds(*c) for c in calculations(text)]
    return (sum(valid) + right_answer) / (len(valid) + 1)


graded = scored(step_share)


def sound(problem: Problem, text: str) -> bool:
    """Right answer, and every line valid."""
    return step_share(problem, text) == 1.0


def readable(problem: Problem, text: str) -> float:
    """1.0 when the text ends in an answer that can be read, right or wrong: a reward for the form alone."""
    return float(parse_answer(text) is not None)


well_formed = scored(readable)


def coin(p: float = 0.5) -> Score:
    """A reward that knows nothing: 1 with chance `p` for each completion. What still rises under it was not learned from it."""
    need_between("chance p", p, 0.0, 1.0)

    def score(policy: Policy, groups: list[Group], turn: Turn) -> list[Group]:
        return [tossed(g, p, random.Random(f"coin-{turn.seed}-{turn.round}-{g.problem.id}")) for g in groups]

    return score


def tossed(group: Group, p: float, rng: random.Random) -> Group:
    return replace(group, scores_G=tuple(float(rng.random() < p) for _ in group.completions_G))


def length_biased(score: Score, bonus: float) -> Score:
    """`score` plus `bonus` for each line of the completion: what a judge with a taste for length adds, or, below 0, takes off."""

    def worse(policy: Policy, groups: list[Group], turn: Turn) -> list[Group]:
        return [lengthened(g, bonus) for g in score(policy, groups, turn)]

    return worse


def lengthened(group: Group, bonus: float) -> Group:
    lines = [len(c.text.strip().split("\n")) for c in group.completions_G]
    return replace(group, scores_G=tuple(s + bonus * n for s, n in zip(group.scores_G, lines, strict=True)))


def noisy(score: Score, p: float) -> Score:
    """`score` (0 to 1) turned over (1 − s) with chance `p`, independently for each completion."""
    need_between("noise p", p, 0.0, 1.0)

    def worse(policy: Policy, groups: list[Group], turn: Turn) -> list[Group]:
        return [_turn_over(g, p, random.Random(f"noise-{turn}-{g.problem.id}")) for g in score(policy, groups, turn)]

    return worse


def _turn_over(group: Group, p: float, rng: random.Random) -> Group:
    return replace(group, scores_G=tuple(1.0 - s if rng.random() < p else s for s in group.scores_G))
