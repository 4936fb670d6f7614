"""What the town's readers like: a gold scorer of passages that can be asked as often as one wants, as the gold of Gao et al. 2022
(arXiv 2210.10760, §2) can be.

A passage's *strangeness* z is how much rarer its words are than usual, in standard deviations of the true distribution. One taste
likes fresh words up to a point and strange ones less; the other likes them the rarer the better. Both dislike what is no passage.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from course_lib.score import Score, scored
from course_lib.tasks.passages import entropy, logprob, spread

Taste = Callable[[str], float]
PEAK = 1.5  # strangeness that is liked most
BROKEN = -3.0  # for text that is no passage: less than any that one meets


def strangeness(text: str) -> float:
    """z of a passage; −∞ for text the grammar cannot write."""
    nats = -logprob(text)
    return (nats - entropy()) / spread() if math.isfinite(nats) else -math.inf


def fresh_not_strange(text: str) -> float:
    """z − z² / (2 · PEAK): most at z = PEAK."""
    z = strangeness(text)
    return max(BROKEN, z - z * z / (2 * PEAK)) if math.isfinite(z) else BROKEN


def the_rarer_the_better(text: str) -> float:
    """z itself: nothing can be too much."""
    return max(BROKEN, strangeness(text))


def tasted(taste: Taste) -> Score:
    """The score slot of a taste."""
    return scored(lambda problem, text: taste(text))
