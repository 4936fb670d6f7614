"""Checkers with a hole, as people have written them, and what narrows it.

    rubric        two points of ten for the right answer, the rest for showing work: whoever writes much is paid
    anywhere      the right number stands somewhere in the text: whoever writes many numbers passes
    last_number   the last number wins: no form is asked for, so what follows the answer counts in its place

A hole that nothing falls into costs nothing: what a policy makes of it shows only when it is trained on it. `all_of` asks a
second signal as well. It helps as far as the two have different holes.
"""

from __future__ import annotations

import re
from dataclasses import replace

from course_lib.answers import UNSIGNED, calculations, holds, normal
from course_lib.errors import need
from course_lib.policy import Policy
from course_lib.score import Score, right, scored
from course_lib.types import Group, Problem, Turn

FULL_MARKS = 20  # lines
SAID = re.compile(rf"(?:(?<!\d)[-−])?{UNSIGNED}")  # in 76-26 the sign belongs to the sum, not to the number


def numbers(text: str) -> list[str]:
    """Every number of a text, in order, in one spelling."""
    return [normal(n) for n in SAID.findall(text)]


def mentioned(problem: Problem, text: str) -> float:
    """1.0 when the gold answer is one of the text's numbers."""
    return float(problem.answer is not None and normal(problem.answer) in numbers(text))


def said_last(problem: Problem, text: str) -> float:
    """1.0 when the gold answer is the text's last number."""
    return float(problem.answer is not None and numbers(text)[-1:] == [normal(problem.answer)])


def shows_work(problem: Problem, text: str) -> float:
    """Of ten points two for the right answer and eight for showing work: a share for each line, all of them for 20 lines."""
    lines = sum(bool(line.strip()) for line in text.split("\n"))
    return 0.2 * right(problem, text) + 0.8 * min(1.0, lines / FULL_MARKS)


def calculated(problem: Problem, text: str) -> float:
    """1.0 when the text calculates and all its arithmetic holds. Needs no gold answer; asks for no answer either."""
    steps = calculations(text)
    return float(bool(steps) and all(holds(*step) for step in steps))


rubric, anywhere, last_number, arithmetic = map(scored, (shows_work, mentioned, said_last, calculated))


def all_of(*scores: Score) -> Score:
    """A score slot that gives the least of what several give: an answer has to please all of them."""
    need(bool(scores), "no score was given: name one or more.")

    def score(policy: Policy, groups: list[Group], turn: Turn) -> list[Group]:
        each = [one(policy, groups, turn) for one in scores]
        return [
            replace(gs[0], scores_G=tuple(map(min, zip(*(g.scores_G for g in gs), strict=True))))
            for gs in zip(*each, strict=True)
        ]

    return score
