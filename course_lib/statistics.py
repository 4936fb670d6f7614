"""Estimates with their intervals: Wilson, pass@k, maj@k, paired differences. Plain numbers in, plain numbers out."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import NormalDist

from course_lib.errors import need

Z = 1.959964  # 95 %
T = (  # the same of Student's t, by degrees of freedom from 1 on; beyond the last Z is taken
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
MANY = 30  # pairs, and of 0 and 1 those that differ, for a bootstrap: of fewer it finds what no exact test does (12 up, 4 down)
FEW = 6  # of fewer pairs that differ no exact test finds a difference: five alike come by chance with p = 2/2⁵ = 0.06


def wilson(successes: float, n: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927): honest near 0 and 1, where p ± 2 s.e. is not.

    >>> [round(x, 3) for x in wilson(8, 10)]
    [0.49, 0.943]
    """
    if n == 0:
        return 0.0, 1.0
    p, z2 = successes / n, Z * Z
    centre, spread = p + z2 / (2 * n), Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    low, high = (centre - spread) / (1 + z2 / n), (centre + spread) / (1 + z2 / n)
    return max(0.0, min(p, low)), min(1.0, max(p, high))  # rounding must not leave the share itself outside


def pass_at_k(n: int, correct: int, k: int) -> float:
    """Chance that at least one of k samples is right, unbiased from n ≥ k samples (Chen et al. 2021, 2107.03374, §2.1)."""
    if k > n:
        raise ValueError(f"pass@{k} needs at least {k} samples, got {n}")
    return 1.0 - math.comb(n - correct, k) / math.comb(n, k)


def majority(answers: Sequence[str | None], rng: random.Random) -> str | None:
    """The most frequent answer; answers that could not be read have no vote; ties are broken by lot."""
    votes = Counter(a for a in answers if a is not None)
    if not votes:
        return None
    most = max(votes.values())
    return rng.choice(sorted(a for a, n in votes.items() if n == most))


def maj_at_k(answers: Sequence[str | None], gold: str, k: int, rng: random.Random, draws: int = 32) -> float:
    """Chance that the majority of k of these answers is gold, over random subsets (all of them when k is their number)."""
    if k >= len(answers):
        return float(majority(answers, rng) == gold)
    return sum(majority(rng.sample(list(answers), k), rng) == gold for _ in range(draws)) / draws


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def bootstrap(values: Sequence[float], seed: int = 0, draws: int = 2000) -> tuple[float, float]:
    """95 % percentile interval of the mean of `values`, by resampling items."""
    import numpy as np

    if not len(values):
        return 0.0, 0.0
    array = np.asarray(values, dtype=float)
    picks = np.random.default_rng(seed).integers(0, len(array), (draws, len(array)))
    low, high = np.percentile(array[picks].mean(1), [2.5, 97.5])
    return float(low), float(high)


def of_mean(values: Sequence[float], seed: int = 0) -> tuple[float, float]:
    """95 % interval of a mean: by bootstrap; of fewer than MANY values by Student's t, for there a bootstrap is too narrow."""
    return over_seeds(values) if 1 < len(values) < MANY else bootstrap(values, seed)


def of_shares(values: Sequence[float]) -> tuple[float, float]:
    """95 % interval of a mean of shares, each 0 to 1: by bootstrap; where that says too little, Wilson's of `as_many_as`."""
    if not too_few(values):
        return bootstrap(values)
    n = as_many_as(values)
    return wilson(mean(values) * n, n)


def as_many_as(values: Sequence[float]) -> float:
    """How many items of 0 or 1 would have a mean that varies as much as that of these shares, by Student's t where they are few.

    Korn and Graubard 1998, Survey Methodology 24, 193, who take it for exact intervals. Never fewer than there are.
    """
    n, p = len(values), mean(values)
    spread = sum((x - p) ** 2 for x in values)
    if n < 2 or not spread:
        return n
    return max(n, n * n * p * (1 - p) / spread * (Z / T[n - 2] if n - 1 <= len(T) else 1) ** 2)


def too_few(values: Sequence[float]) -> bool:
    """Are these shares too few, or too much alike, for a bootstrap?"""
    return len(values) < MANY or unlike(values) < FEW


def by(rows: Iterable[Sequence[float]]) -> str:
    """In words, what made the intervals that of_shares gives these rows."""
    found = {too_few(row) for row in rows}
    return {(True,): "Wilson", (False,): "bootstrap"}.get(tuple(found), "bootstrap or Wilson")


def unlike(values: Sequence[float]) -> int:
    """How many are another number than the commonest."""
    return len(values) - max(Counter(values).values(), default=0)


def paired_gain(treated: Sequence[float], control: Sequence[float], seed: int = 0) -> dict:
    """Mean difference on the same items, with its 95 % interval: by paired bootstrap.

    Of fewer than MANY pairs a bootstrap is too narrow: Student's t is taken. Where fewer than FEW differences are unlike the
    commonest one (MANY where each is a whole point or none), both say too little: it is few_paired's then, which holds 0 where
    fewer than FEW pairs differ (the exact test of McNemar 1947 finds nothing in so few).
    """
    if len(treated) != len(control):
        raise ValueError(f"paired items differ in number: {len(treated)} and {len(control)}")
    differences = [t - c for t, c in zip(treated, control, strict=True)]
    whole = span([*treated, *control])
    enough = MANY if {abs(d) for d in differences} <= {0.0, whole} else FEW
    if unlike(differences) >= enough:
        found = of_mean(differences, seed)
        return {"value": mean(differences), "interval": [max(found[0], -whole), min(found[1], whole)]}
    low, high = few_paired(differences, whole)
    if sum(map(bool, differences)) < FEW:
        low, high = min(low, 0.0), max(high, 0.0)
    return {"value": mean(differences), "interval": [max(low, -whole), min(high, whole)]}


def span(values: Sequence[float]) -> float:
    """What counts as a whole point: 1 for values between 0 and 1, else from the lowest to the highest."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    return 1.0 if low >= 0 and high <= 1 else high - low


def few_paired(differences: Sequence[float], whole: float = 1.0, times: int = 1) -> tuple[float, float]:
    """95 % interval of the mean of paired differences, each between −`whole` and `whole`. Agresti and Min 2005, Statistics in
    Medicine 24, 729: half an item is added that went all the way up, half a one that went down, and one that stayed.

    Of several comparisons the most striking is picked by chance: `times` of them share the 5 % (Bonferroni).

    >>> [round(x, 2) for x in few_paired([0.0] * 14)]
    [-0.12, 0.12]
    """
    n, z = len(differences) + 2, NormalDist().inv_cdf(1 - 0.025 / times)
    middle = sum(differences) / n
    squares = (sum(d * d for d in differences) + whole * whole) / n
    reach = z * math.sqrt(max(0.0, squares - middle * middle) / n)
    return middle - reach, middle + reach


def nested_interval(
    treated: Sequence[Sequence[float]], control: Sequence[Sequence[float]], seed: int = 0, draws: int = 2000
) -> tuple[float, tuple[float, float]]:
    """Mean paired difference over seeds and its 95 % interval, resampling seeds and, within each, items.

    `treated[s][i]` and `control[s][i]` are the outcomes of item i of seed s. Raises CourseError for a seed without items.
    """
    import numpy as np

    need(all(map(len, treated)), "a seed has no item to compare: run the experiment with more problems.")
    rng = np.random.default_rng(seed)
    differences = [np.subtract(t, c) for t, c in zip(treated, control, strict=True)]
    means = np.stack(
        [_resampled_means(rng, d, (draws, len(differences))) for d in differences]
    )  # (seeds, draws, seeds)
    picks = rng.integers(0, len(differences), (1, draws, len(differences)))  # which seeds make up each draw
    low, high = np.percentile(np.take_along_axis(means, picks, 0)[0].mean(1), [2.5, 97.5])
    return mean([float(d.mean()) for d in differences]), (float(low), float(high))


def over_seeds(effects: Sequence[float]) -> tuple[float, float]:
    """95 % interval of the mean of one effect a seed, by Student's t: as wide as so few seeds ask for, whatever lies within them.

    A single seed says nothing: its interval is the whole line.

    >>> [round(x, 2) for x in over_seeds([1.0, 2.0, 3.0, 4.0, 5.0])]
    [1.04, 4.96]
    """
    n, middle = len(effects), mean(effects)
    if n < 2:
        return -math.inf, math.inf
    spread = math.sqrt(sum((x - middle) ** 2 for x in effects) / (n - 1))
    reach = (T[n - 2] if n - 1 <= len(T) else Z) * spread / math.sqrt(n)
    return middle - reach, middle + reach


def _resampled_means(rng, values, shape: tuple[int, int]):
    """Means of `shape` many bootstrap samples of `values`; a row at a time, to keep memory small."""
    import numpy as np

    n = len(values)
    return np.stack([values[rng.integers(0, n, (shape[1], n))].mean(1) for _ in range(shape[0])])
