"""What the town's readers like: a gold scorer of passages that can be asked as often as one wants, as the gold of Gao et al. 2022
(arXiv 2210.10760, §2) can be.

A passage's *strangeness* z is how much rarer its words are than usual, in standard deviations of the true distribution. One taste
likes fresh words up to a point and strange ones less; the other likes them the rarer the better. Both dislike what is no passage.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from course_lib import progress
from course_lib.errors import need_count
from course_lib.policy import Policy
from course_lib.reward import RewardModel, standardised
from course_lib.score import Score, scored
from course_lib.tasks.passages import PROMPT, entropy, logprob, spread
from course_lib.train.reward_model import Shape, reward_model
from course_lib.types import Pair
from course_lib.variety import real

Taste = Callable[[str], float]
PEAK = 0.5  # strangeness that is liked most: three passages in ten are stranger
USUAL = Shape(32, 2)
MEMBERS = 1_000  # seeds that differ by so many draw the same comparisons
BROKEN = -3.0  # for text that is no passage, and the least for any: one real passage in nine is as strange as that


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


def compared(texts: list[str], taste: Taste) -> list[Pair]:
    """A pair of every two neighbours, the one with more taste chosen; two that are liked alike make no pair."""
    pairs = zip(texts[::2], texts[1::2], strict=False)
    ordered = [(a, b) if taste(a) > taste(b) else (b, a) for a, b in pairs if taste(a) != taste(b)]
    return [Pair(PROMPT, chosen, rejected, f"compared-{i}") for i, (chosen, rejected) in enumerate(ordered)]


def learned(
    policy: Policy, taste: Taste, labels: int, shape: Shape = USUAL, seed: int = 0, bar=progress.quiet
) -> RewardModel:
    """A reward model of this size, raised from nothing on `labels` comparisons of passages that people wrote; in standard
    deviations over these passages. Seeds that differ by MEMBERS see the same comparisons: members of one ensemble.
    """
    need_count("labels", labels, 8)
    texts = real(2 * labels, f"compared-{seed % MEMBERS}")
    how = {"shape": shape, "lr": 3e-3, "epochs": 4, "seed": seed, "bar": bar, "title": f"{labels} labels"}
    return standardised(reward_model(policy, compared(texts, taste), **how), [(PROMPT, text) for text in texts])


def tasted(taste: Taste) -> Score:
    """The score slot of a taste."""
    return scored(lambda problem, text: taste(text))
