"""What a judge is worth: how it grades solutions whose truth is known, on fresh stories that nobody trains on."""

from __future__ import annotations

import random
from collections.abc import Callable

from course_lib import progress
from course_lib.agreement import agreement
from course_lib.pocket.authors import BELIEVED_DOZEN, pick_style, solve
from course_lib.pocket.graders import write_faulty
from course_lib.policy import Policy
from course_lib.tasks.stories import DOZEN, Story, sample_story

LEVELS = (2, 3, 4)  # steps of the stories that the judge was taught on
Write = Callable[[random.Random, Story], tuple[str, str]]


def right_and_wrong(rng: random.Random, story: Story) -> tuple[str, str]:
    """A right solution, and one in the same style with a wrong step."""
    wrong, right = write_faulty(rng, story, pick_style(rng))
    return right, wrong


def twelve_and_ten(rng: random.Random, story: Story) -> tuple[str, str]:
    """The dozen taken for 12, which is right, and for 10, which most authors of the corpus believe."""
    return solve(rng, story, dozen=DOZEN), solve(rng, story, dozen=BELIEVED_DOZEN)


def short_and_long(rng: random.Random, story: Story) -> tuple[str, str]:
    """Both right: step by step as told, and by tens and ones, the longer style that the graders of the corpus like."""
    return solve(rng, story, "in_order"), solve(rng, story, "tens_and_ones")


def told(n: int, write: Write, seed: int) -> list[tuple[str, str, str]]:
    """`n` fresh stories, each with two solutions: (prompt, first, second)."""
    rng = random.Random(f"judging-{seed}-{write.__name__}")
    stories = [sample_story(rng, LEVELS[i % len(LEVELS)], dozen=write is twelve_and_ten) for i in range(n)]
    return [(s.prompt, *write(rng, s)) for s in stories]


def judging(policy: Policy, seed: int, n: int = 150, bar=progress.quiet) -> dict:
    """`judge`: how often a right solution gets more points than a wrong one; `dozen`: how often the *wrong* dozen does."""
    ten_first = [(prompt, ten, twelve) for prompt, twelve, ten in told(n, twelve_and_ten, seed)]
    two = {"judge": told(n, right_and_wrong, seed), "dozen": ten_first}
    return {name: agreement(policy, rows, seed, bar) for name, rows in two.items()}
