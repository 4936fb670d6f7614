"""Answers "given by people", for methods that imitate them: one style, no slips, and a known share of one known fault.

The fault is ten too many in the last step. Because its share is known, it can be seen whether a model that imitates these answers
takes over the fault, and to what percent.
"""

from __future__ import annotations

import random

from course_lib.answers import EQUATION, same_answer
from course_lib.errors import need_between
from course_lib.pocket.authors import solve
from course_lib.tasks.stories import Story
from course_lib.types import Problem

TOO_MANY = 10


def given_answers(
    problems: list[Problem], faults: float = 0.0, seed: int = 0, style: str = "in_order"
) -> dict[str, str]:
    """One answer for each story, by its id; a share `faults` of them ends ten too high."""
    need_between("share of faults", faults, 0.0, 1.0)
    return {p.id: given(random.Random(f"given-{seed}-{p.prompt}"), p, faults, style) for p in problems}


def given(rng: random.Random, problem: Problem, faults: float, style: str) -> str:
    facts = problem.facts
    text = solve(rng, Story(facts["start"], tuple(facts["changes"]), facts["dozen_at"], problem.prompt), style)
    return ten_too_many(text) if rng.random() < faults else text


def ten_too_many(solution: str) -> str:
    """The same solution with its last step, and so its answer, ten too high."""
    *before, last, _ = solution.split("\n")
    a, sign, b, c = EQUATION.fullmatch(last).groups()
    wrong = int(c) + TOO_MANY
    return "\n".join([*before, f"{a}{sign}{b}={wrong}", f"#### {wrong}"])


def has_fault(problem: Problem, text: str) -> bool:
    return same_answer(text, str(int(problem.answer) + TOO_MANY))
