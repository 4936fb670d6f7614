"""Best-of-n sampling: draw n completions to a prompt and keep the one with the highest proxy score. What is it worth by gold?

The estimator of Nakano et al. 2021 (WebGPT), arXiv 2112.09332, appendix I, with which Gao et al. 2022, arXiv 2210.10760, measure.
Kept: N ≥ n scored samples of one prompt give the mean over all their subsets of n, which is unbiased; no subset is ever drawn.
Added: samples with the same proxy share their chances, as if a lot broke the tie; and the KL divergence where there are ties.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from course_lib.errors import need, need_count
from course_lib.statistics import mean, of_mean


def best_of_n(proxy: Sequence[float], gold: Sequence[float], n: int) -> float:
    """Expected gold of the best of n by proxy, from N ≥ n samples of one prompt; with gold = proxy, the expected proxy.

    >>> best_of_n([1, 2, 3], [10, 20, 0], 2)  # pairs: 20, 0 and 0
    6.666666666666666
    """
    return by_prompt([proxy], [gold], [n])[0][0]


def by_prompt(
    proxies: Sequence[Sequence[float]], golds: Sequence[Sequence[float]], ns: Sequence[int]
) -> list[list[float]]:
    """best_of_n for each prompt (rows) and each n (columns). `proxies[p][i]` is the proxy of sample i of prompt p."""
    need(
        len(proxies) == len(golds), f"{len(proxies)} prompts have a proxy and {len(golds)} a gold: give both for each."
    )
    check(proxies, golds, ns)
    ordered = [ranked(p, g) for p, g in zip(proxies, golds, strict=True)]
    return [[float(row @ chances(len(row), n)) for n in ns] for row in ordered]


def check(proxies: Sequence[Sequence[float]], golds: Sequence[Sequence[float]], ns: Sequence[int]) -> None:
    import numpy as np

    for p, g in zip(proxies, golds, strict=True):
        need(len(p) == len(g), f"a prompt has {len(p)} proxies and {len(g)} golds: give both for every sample.")
        finite = np.isfinite(p).all() and np.isfinite(g).all()
        need(bool(finite), "a score is not a number: leave out the samples that could not be judged.")
    fewest = min(map(len, proxies), default=0)
    for n in ns:
        need_count("n", n)
        need(n <= fewest, f"n is {n}, and a prompt has {fewest} samples: take n up to {fewest}, or draw more.")


def ranked(proxy: Sequence[float], gold: Sequence[float]):
    """Gold in the order of the proxy, lowest first. Samples of one proxy share their chances, so each has their mean gold."""
    import numpy as np

    _, level, size = np.unique(proxy, return_inverse=True, return_counts=True)
    return np.repeat(np.bincount(level, np.asarray(gold, float)) / size, size)


def chances(total: int, n: int):
    """Of `total` samples ranked from the lowest up, the chance of the i-th to be best of n: C(i − 1, n − 1) / C(total, n).

    From the top down each is the one above it times (i − n + 1) / i, so that no binomial, however large, is written out.
    """
    import numpy as np

    i = np.arange(total - 1, 0, -1)
    return (n / total * np.cumprod(np.concatenate([[1.0], np.maximum(i - n + 1, 0) / i])))[::-1]


def curve(
    proxies: Sequence[Sequence[float]], golds: Sequence[Sequence[float]], ns: Sequence[int], seed: int = 0
) -> list[dict]:
    """For each n {n, d, proxy, gold}: d = √KL in √nats; proxy and gold are {value, interval} over prompts, by of_mean."""
    by = {"proxy": by_prompt(proxies, proxies, ns), "gold": by_prompt(proxies, golds, ns)}
    over = {name: [list(column) for column in zip(*rows, strict=True)] for name, rows in by.items()}
    return [
        {"n": n, "d": distance(n)} | {name: summary(columns[i], seed) for name, columns in over.items()}
        for i, n in enumerate(ns)
    ]


def summary(values: Sequence[float], seed: int) -> dict:
    return {"value": mean(values), "interval": list(of_mean(values, seed))}


def kl_of_best_of(n: int) -> float:
    """KL(best of n ‖ policy) in nats: log n − (n − 1)/n. Exact where no two draws tie; otherwise an upper bound.

    Beirami et al. 2024, arXiv 2401.01879, theorem 3.1. A small model that repeats itself ties often: see `kl_with_ties`.
    """
    need_count("n", n)
    return math.log(n) - (n - 1) / n


def distance(n: int) -> float:
    """d = √KL, in √nats: how far best-of-n goes from the policy, by the bound."""
    return math.sqrt(kl_of_best_of(n))


def kl_with_ties(proxy: Sequence[float], n: int) -> float:
    """KL in nats of best-of-n from a policy whose completions have these proxies, each equally likely, ties broken by lot.

    Exact for that policy, for a lot changes nothing among completions of one proxy. As an estimate from N samples of a larger
    policy it is too low once n nears N: it can't exceed log N.
    """
    import numpy as np

    check([proxy], [proxy], [n])
    share = np.unique(proxy, return_counts=True)[1] / len(proxy)
    best = np.diff(np.minimum(np.cumsum(share), 1.0) ** n, prepend=0.0)  # the chance that the best is of this proxy
    some = best > 0
    return float((best[some] * np.log(best[some] / share[some])).sum())
