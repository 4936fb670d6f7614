"""What a handful of labels says of a change, a slope or a ratio; of paired differences, statistics.few_paired says it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from course_lib.statistics import mean, wilson


def change(k: int, n: int, before: int, of: int) -> tuple[float, float]:
    """95 % interval of k/n − before/of, of different items. Newcombe 1998, Statistics in Medicine 17, 873, method 10."""
    p, q, (low, high), (floor, top) = k / n, before / of, wilson(k, n), wilson(before, of)
    return p - q - math.hypot(p - low, top - q), p - q + math.hypot(high - p, q - floor)


def slopes(xs: Sequence[float], rows: Sequence[Sequence[float]], whole: float = 1.0) -> tuple[list[float], float]:
    """For each item the slope of its values on `xs` by least squares, and the steepest that values within a range of `whole` can
    have. `rows[i][j]` is item j's value at xs[i]."""
    middle = mean(xs)
    away = [x - middle for x in xs]
    square = sum(a * a for a in away) or 1.0
    found = [sum(a * v for a, v in zip(away, item, strict=True)) / square for item in zip(*rows, strict=True)]
    return found, whole * sum(map(abs, away)) / (2 * square) or whole


def ratio(last: Sequence[float], first: Sequence[float], draws: int = 1000) -> tuple[float, tuple[float, float]]:
    """The mean of `last` as a share of that of `first`, with its 95 % percentile interval by resampling items in pairs."""
    import numpy as np

    pairs = np.array([last, first], dtype=float)
    picks = np.random.default_rng(0).integers(0, pairs.shape[1], (draws, pairs.shape[1]))
    above, below = pairs[:, picks].mean(2)
    low, high = np.percentile(above / np.maximum(below, 1e-9), [2.5, 97.5])
    return mean(last) / max(mean(first), 1e-9), (float(low), float(high))
