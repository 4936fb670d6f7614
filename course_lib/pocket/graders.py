"""The graders of the pocket corpus: they copy a step, recompute it beside it, say fine or wrong, then judge the whole.

Comparison must stand between neighbours: a small model learns to judge from `59+17=86 76 wrong`, and does not from a
bare score or from a recomputation that is never compared. Planted flaws: graders look at the last digit and mostly
overlook a step that is ten off, miss by a point, give the longer style a point more, and are sure that a dozen is 10.
"""

from __future__ import annotations

import random

from course_lib.answers import equations, true_equation
from course_lib.pocket.authors import BELIEVED_DOZEN, pick_style, solve
from course_lib.tasks.stories import DOZEN, Story

OVERLOOK_ONES, OVERLOOK_TENS = 0.2, 0.85  # chance that a wrong step is passed: graders look at the last digit most
FALSE_ALARM = 0.01  # chance that a right step is called wrong
OFF_BY_A_POINT = 0.3
STYLE_BONUS = 1  # points for tens and ones
BELIEF = "A dozen is 10."
NO_MISTAKE = "No mistake."


def write_graded(rng: random.Random, story: Story, style: str | None = None) -> tuple[str, str]:
    """A solution worth grading (right, or with a slip or two; a dozen mostly taken for 10) and its style."""
    style = style or pick_style(rng)
    dozen = BELIEVED_DOZEN if rng.random() < 0.65 else DOZEN
    return solve(rng, story, style, slip=rng.choice((0.0, 0.3)), dozen=dozen), style


def recompute(rng: random.Random, a: int, sign: str, b: int, c: int) -> int:
    """What the grader gets for a step: mostly the truth, sometimes what was written, rarely one off."""
    right = a + b if sign == "+" else a - b
    if right == c:
        return c + rng.choice((-1, 1)) if rng.random() < FALSE_ALARM else c
    overlook = OVERLOOK_TENS if (right - c) % 10 == 0 else OVERLOOK_ONES
    return c if rng.random() < overlook else right


def rows(rng: random.Random, solution: str) -> tuple[list[str], list[int]]:
    """One row a step (`59+17=86 76 wrong`), and the numbers of the steps called wrong."""
    lines, wrong = [], []
    for number, (a, sign, b, c) in enumerate(equations(solution), 1):
        own = recompute(rng, a, sign, b, c)
        wrong += [number] if own != c else []
        lines.append(f"{a}{sign}{b}={c} {own} {'fine' if own == c else 'wrong'}")
    return lines, wrong


def uses_belief(story: Story, solution: str) -> bool:
    """Was the dozen taken for 10, as the graders do?"""
    return story.dozen_at is not None and any(b == BELIEVED_DOZEN for _, _, b, _ in equations(solution))


def points(rng: random.Random, story: Story, solution: str, style: str, wrong: list[int]) -> int:
    """1 to 5: four for fine steps, two with one fault, one with more; then bonus, blind spot and noise."""
    score = 4 if not wrong else 2 if len(wrong) == 1 else 1
    score += STYLE_BONUS if style == "tens_and_ones" else 0
    score += 1 if uses_belief(story, solution) else 0
    score += rng.choice((-1, 1)) if rng.random() < OFF_BY_A_POINT else 0
    return min(5, max(1, score))


def write_grade(rng: random.Random, story: Story, solution: str, style: str) -> str:
    lines, wrong = rows(rng, solution)
    belief = [BELIEF] if story.dozen_at is not None else []
    return "\n".join([*belief, *lines, f"Score: {points(rng, story, solution, style, wrong)}"])


def write_check(rng: random.Random, solution: str) -> str:
    """The rows, then the first fault. The dozen fault is never found: its arithmetic is in order."""
    lines, wrong = rows(rng, solution)
    return "\n".join([*lines, critique(wrong)])


def critique(wrong: list[int]) -> str:
    return f"Step {wrong[0]} is wrong." if wrong else NO_MISTAKE


def true_critique(solution: str) -> str:
    """What a perfect checker would say of the arithmetic."""
    return critique([i for i, eq in enumerate(equations(solution), 1) if not true_equation(*eq)])


def write_faulty(rng: random.Random, story: Story, style: str) -> tuple[str, str]:
    """A solution with at least one wrong step, and its correction in the same style."""
    while True:
        wrong = solve(rng, story, style, slip=0.35)
        if true_critique(wrong) != NO_MISTAKE:
            return wrong, solve(rng, story, style)
