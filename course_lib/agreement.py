"""How often a judge sides with the truth: it grades two answers of which the better one is known.

Self-Rewarding calls this pairwise accuracy (Yuan et al. 2024, arXiv 2401.10020, §3.2): there the truth is how people ranked them.
Simplified: a tie counts one half.
"""

from __future__ import annotations

from course_lib import progress
from course_lib.judge import judgements
from course_lib.measure import mean_share, share
from course_lib.policy import Policy
from course_lib.statistics import mean

TOKENS = 256  # a judgement at most
JUDGEMENTS = 3  # of each answer


def points(
    policy: Policy, asked: list[tuple[str, str]], seed: int, n: int = JUDGEMENTS, bar=progress.quiet
) -> list[float | None]:
    """The mean of `n` judgements of each (prompt, answer); None where none could be read."""
    from course_lib.sampling.decode import Sampling

    found = judgements(policy, asked, n, Sampling(max_tokens=TOKENS), seed, bar=bar, title="measuring: the judge")
    return [mean(p) if p else None for p in found]


def graded_pairs(
    policy: Policy, two: list[tuple[str, str, str]], seed: int, bar=progress.quiet
) -> list[tuple[float, float] | None]:
    """The points of both answers of each (prompt, first, second), in order; None where one could not be read."""
    first, second = (points(policy, [(row[0], row[i]) for row in two], seed, bar=bar) for i in (1, 2))
    return [None if a is None or b is None else (a, b) for a, b in zip(first, second, strict=True)]


def preferred(both: list[tuple[float, float] | None]) -> list[float]:
    """1 where the first has more points, one half where they tie, and where nothing could be read: that decides nothing."""
    return [0.5 if told is None else float(told[0] > told[1]) + 0.5 * (told[0] == told[1]) for told in both]


def agreement(policy: Policy, two: list[tuple[str, str, str]], seed: int, bar=progress.quiet) -> dict:
    """The share of pairs whose first answer, the better one, gets more points; with its interval and outcomes. `unread`: the
    share of pairs that it could not grade, which count one half."""
    told = graded_pairs(policy, two, seed, bar)
    return mean_share(preferred(told)) | {"unread": share([int(pair is None) for pair in told])}
