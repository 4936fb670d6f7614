"""What a judge is worth: how it grades solutions whose truth is known, on fresh stories that nobody trains on."""

from __future__ import annotations

import random
from collections.abc import Callable

from course_lib import progress
from course_lib.decode import Sampling
from course_lib.judge import judgements
from course_lib.pocket.authors import BELIEVED_DOZEN, pick_style, solve
from course_lib.pocket.graders import write_faulty
from course_lib.policy import Policy
from course_lib.statistics import bootstrap, mean
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


def points(
    policy: Policy, asked: list[tuple[str, str]], seed: int, n: int = 3, bar=progress.quiet
) -> list[float | None]:
    """The mean of `n` judgements of each (prompt, solution); None where none could be read."""
    found = judgements(policy, asked, n, Sampling(max_tokens=256), seed, bar=bar, title="measuring: the judge")
    return [mean(p) if p else None for p in found]


def graded_pairs(
    policy: Policy, two: list[tuple[str, str, str]], seed: int, bar=progress.quiet
) -> list[tuple[float, float]]:
    """The points of both solutions of each story, in order; both 0 where one could not be read."""
    first, second = (points(policy, [(row[0], row[i]) for row in two], seed, bar=bar) for i in (1, 2))
    return [(0.0, 0.0) if a is None or b is None else (a, b) for a, b in zip(first, second, strict=True)]


def verdicts(
    policy: Policy, two: list[tuple[str, str, str]], seed: int, bar=progress.quiet
) -> list[tuple[float, float]]:
    """The points of both solutions of each story; those with nothing to read are left out."""
    return [both for both in graded_pairs(policy, two, seed, bar) if both != (0.0, 0.0)]


def preferred(both: list[tuple[float, float]]) -> list[float]:
    """1 where the first has more points, one half where they tie."""
    return [float(a > b) + 0.5 * (a == b) for a, b in both]


def judging(policy: Policy, seed: int, n: int = 150, bar=progress.quiet) -> dict:
    """`judge`: how often a right solution gets more points than a wrong one; `dozen`: how often the *wrong* dozen does."""
    found = {}
    for name, write in {"judge": right_and_wrong, "dozen": twelve_and_ten}.items():
        wins = preferred(
            graded_pairs(policy, told(n, write, seed), seed, bar)
        )  # what can't be read decides nothing: a half
        wins = [1 - w for w in wins] if name == "dozen" else wins
        found[name] = {"value": mean(wins), "interval": list(bootstrap(wins)), "n": len(wins), "outcomes": wins}
    return found
