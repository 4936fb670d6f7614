"""Generations that learn from their own samples, without a model: a Gaussian fitted again and again, a vocabulary counted again.

Shumailov et al. 2023, arXiv 2305.17493: `replace`, each generation sees the samples of the one before and nothing else.
Gerstgrasser et al. 2024, arXiv 2404.01413: `accumulate`, it sees the real data and the samples of all generations before.
Kazdan et al. 2024, arXiv 2410.16713: `accumulate-subsample`, as many of those as one generation draws, chosen by lot.
Added: `mix`, a share of fresh real samples at every generation, at the same cost as `replace`.
Simplified: a model is its mean and standard deviation, or its relative frequencies; so all error is that of finite samples.

Generation 0 is the real distribution. Generation 1 is fitted to n real samples under every diet, g + 1 to what g leads to.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import mul

from course_lib.errors import need, need_between, need_count

DIETS = ("replace", "accumulate", "accumulate-subsample", "mix")
# This share of the chance goes to all words alike before a cross-entropy: a dead word costs log(V / 0.01) at most.
SMOOTHING = 0.01


@dataclass(frozen=True)
class Gaussians:
    """A row for each seed, in it a number for each generation from 0. The real mean is 0 and the real variance 1."""

    mean: list[list[float]]
    variance: list[list[float]]


@dataclass(frozen=True)
class Vocabularies:
    """A row for each seed, in it a number for each generation from 0."""

    types: list[list[int]]  # words with any chance left
    tail: list[list[float]]  # share of the rarest half of the words that has any chance left
    entropy: list[list[float]]  # nats
    cross_entropy: list[list[float]]  # nats a word of real text under the model, smoothed by SMOOTHING
    counts: list[list[list[float]]]  # [seed][generation][word], commonest first: what each was fitted to; 0: n × real


def gaussian(
    diet: str, n: int = 100, generations: int = 10, seeds: int = 20, share: float = 0.1, seed: int = 0, ddof: int = 0
) -> Gaussians:
    """A normal distribution fitted by mean and standard deviation to n samples, again and again.

    `ddof` 0 divides squares by n (maximum likelihood): the mean variance is what `expected_variance` says. 1 divides by n − 1:
    under `replace` the mean variance over seeds then stays 1 for ever, and nearly every single one still goes to 0.
    `share` is for `mix` only: round(share × n) samples are real, one at least unless it is 0.
    """
    import numpy as np

    check(diet, n, generations, seeds, share)
    rng, fresh = np.random.default_rng(seed), real_samples(n, share)
    meal = pool = rng.standard_normal((seeds, n))
    means, variances = [np.zeros(seeds)], [np.ones(seeds)]
    for _ in range(generations):
        means.append(meal.mean(1))
        variances.append(meal.var(1, ddof=ddof))
        own = means[-1][:, None] + np.sqrt(variances[-1])[:, None] * rng.standard_normal((seeds, n))
        meal, pool = next_points(diet, own, pool, fresh, rng)
    return Gaussians(np.stack(means, 1).tolist(), np.stack(variances, 1).tolist())


def next_points(diet: str, own, pool, fresh: int, rng):
    """What the next generation is fitted to, and all that was ever seen, both (seeds, samples)."""
    import numpy as np

    if diet == "replace":
        return own, pool
    if diet == "mix":
        return np.concatenate([rng.standard_normal((len(own), fresh)), own[:, fresh:]], 1), pool
    pool = np.concatenate([pool, own], 1)
    if diet == "accumulate":
        return pool, pool
    picks = [rng.choice(pool.shape[1], own.shape[1], replace=False, shuffle=False) for _ in pool]
    return np.take_along_axis(pool, np.stack(picks), 1), pool


def expected_variance(diet: str, n: int, generations: int, share: float = 0.1) -> list[float]:
    """The mean of the fitted variance over seeds, squares divided by n, from generation 0; not for accumulate-subsample.

    replace: (1 − 1/n)^g. accumulate: Π (1 − 1/(n k²)) over k up to g, which never falls below about 1 − π²/6n. mix: by the
    recursion of the variance and of the squared mean.
    """
    check(diet, n, generations, 1, share)
    need(diet != "accumulate-subsample", "there is no closed form for accumulate-subsample: compare it by its seeds.")
    if diet == "accumulate":
        return list(accumulate((1 - 1 / (n * k * k) for k in range(1, generations + 1)), mul, initial=1.0))
    real = real_samples(n, share) / n if diet == "mix" else 0.0
    variance, squared_mean, told = 1 - 1 / n, 1 / n, [1.0, 1 - 1 / n]
    for _ in range(generations - 1):
        within, own = real + (1 - real) * variance, 1 - real
        variance, squared_mean = (
            (1 - 1 / n) * within + own * (1 - own) * squared_mean,
            own**2 * squared_mean + within / n,
        )
        told.append(variance)
    return told


def zipf(size: int, exponent: float = 1.0) -> list[float]:
    """Chances of `size` words, the r-th in proportion to 1 / r^exponent."""
    need_count("vocabulary size", size, 2)
    need_between("exponent", exponent, 0.0, 5.0)
    weights = [rank**-exponent for rank in range(1, size + 1)]
    return [w / sum(weights) for w in weights]


def vocabulary(
    diet: str, real: Sequence[float], n: int = 1000, generations: int = 10, seeds: int = 20, share: float = 0.1,
    seed: int = 0,
) -> Vocabularies:  # fmt: skip
    """Relative frequencies counted from n words of text, again and again. A word that is once not drawn has no chance any more,
    unless real text brings it back. `real`: chances or counts of the words, in any order; `share` as in `gaussian`.
    """
    import numpy as np

    check(diet, n, generations, seeds, share)
    need(len(real) > 1 and min(real) > 0, "real text needs two words or more, each with a chance above 0.")
    rng, fresh = np.random.default_rng(seed), real_samples(n, share)
    chances = np.sort(np.asarray(real, float))[::-1] / math.fsum(real)
    meal = pool = rng.multinomial(n, chances, seeds)
    counts = [np.tile(n * chances, (seeds, 1))]
    for _ in range(generations):
        counts.append(meal)
        model = meal / meal.sum(1, keepdims=True)
        meal, pool = next_counts(diet, model, pool, n, fresh, chances, rng)
    return measured(np.stack(counts, 1), chances)


def next_counts(diet: str, model, pool, n: int, fresh: int, real, rng):
    """What the next generation is fitted to, and all that was ever seen, as counts (seeds, words)."""
    import numpy as np

    if diet == "mix":
        return rng.multinomial(fresh, real, len(model)) + rng.multinomial(n - fresh, model), pool
    own = rng.multinomial(n, model)
    if diet == "replace":
        return own, pool
    pool = pool + own
    if diet == "accumulate":
        return pool, pool
    return np.stack([rng.multivariate_hypergeometric(row, n) for row in pool]), pool


def measured(counts, real) -> Vocabularies:
    """`counts` (seeds, generations, words) as numbers a reader looks at; `real` (words,) from the commonest to the rarest."""
    import numpy as np

    model = counts / counts.sum(-1, keepdims=True)
    alive = model > 0
    entropy = -(model * np.log(np.where(alive, model, 1.0))).sum(-1)
    smoothed = (1 - SMOOTHING) * model + SMOOTHING / len(real)
    tail = alive[..., len(real) // 2 :].mean(-1)
    cross_entropy = -np.log(smoothed) @ real
    found = (alive.sum(-1), tail, entropy, cross_entropy, counts)
    return Vocabularies(*(x.tolist() for x in found))


def real_samples(n: int, share: float) -> int:
    return max(round(share * n), int(share > 0))


def check(diet: str, n: int, generations: int, seeds: int, share: float) -> None:
    need(diet in DIETS, f"diet is {diet!r}: give one of {', '.join(DIETS)}.")
    need_count("n", n, 2)
    need_count("generations", generations)
    need_count("seeds", seeds)
    need_between("share of real samples", share, 0.0, 1.0)
