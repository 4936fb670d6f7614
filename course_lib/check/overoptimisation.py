"""Exercises of notebook 09d: what the best of n is worth, without a draw; and an ensemble of reward models."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from course_lib.best_of_n import best_of_n, by_prompt, chances, ranked
from course_lib.check import guard
from course_lib.check.endless import ending
from course_lib.check.ensemble import ex2
from course_lib.check.exercise import Exercise
from course_lib.statistics import mean

CALL = "best_of(proxy, gold, n)"
Numbers = Sequence[float]


class Case(NamedTuple):
    """Scored samples of one prompt, and of how many the best is kept."""

    proxy: tuple[float, ...]
    gold: tuple[float, ...]
    n: int

    @property
    def right(self) -> float:
        return best_of_n(self.proxy, self.gold, self.n)


THREE = ((3, 1, 2), (0, 10, 20))
SIX = ((0.4, 1.9, -0.7, 1.1, 2.6, 0.2), (0.5, 1.4, -0.6, 1.2, -2.0, 0.3))
TIED = ((1, 0, 1, 1, 0), (4, 9, 1, 7, 2))
CASES = (Case(*THREE, 2), *(Case(*SIX, n) for n in (1, 3, 6)), *(Case(*TIED, n) for n in (2, 3, 4)))

MEAN = "You take the mean of all golds, whatever n is. That is the best of 1: nothing is chosen."
ALL = "You take the best of all N by proxy, whatever n is. In most subsets of n that one isn't there."
TOP = (
    "You take the mean of the n highest. But n samples are drawn and *one* is kept: count for each sample the subsets in which "
    "it would be that one."
)
LOW = "You keep the *lowest* by proxy. (Counted from the top, the first sample is the best of the most subsets.)"
REPLACED = (
    "You let one sample come up twice in a draw: (i/N)ⁿ − ((i − 1)/N)ⁿ is the chance *with* replacement. From N samples that "
    "estimate leans: for n = N it does not give the best of all N."
)
UNSORTED = "You count the samples in the order in which they came. Order them by their proxy first."
TIE = (
    "Among samples of the same proxy you let their order in the list decide. It says nothing; shuffled, you would give another "
    "number. A lot decides: samples of one proxy share their chances, so each counts with their mean gold."
)
HAPPY = (
    "Among samples of the same proxy you let the one with more gold win (`sorted(zip(proxy, gold))` does so). The proxy cannot "
    "know that: you flatter it. A lot decides, so each counts with their mean gold."
)
UNHAPPY = (
    "Among samples of the same proxy you let the one with less gold win. A lot decides: each counts with their mean."
)
BY_GOLD = "You choose by gold. Nobody could: the proxy chooses, and gold only says what that was worth."
PROXY = "You give the *proxy* of the best. Asked is what it is worth by gold."
CROSSED = "You choose by gold and give the proxy: the other way round."
WEIGHTS: tuple[tuple[str, Callable[[int, int, int], float]], ...] = (  # of the i-th of N from the lowest up, from 1
    ("", lambda i, N, n: math.comb(i - 1, n - 1) / math.comb(N, n)),
    (MEAN, lambda i, N, n: 1 / N),
    (ALL, lambda i, N, n: float(i == N)),
    (TOP, lambda i, N, n: (i > N - n) / n),
    (LOW, lambda i, N, n: math.comb(N - i, n - 1) / math.comb(N, n)),
    (REPLACED, lambda i, N, n: (i / N) ** n - ((i - 1) / N) ** n),
)
ORDERS: tuple[tuple[str, Callable[[Numbers, Numbers], list[float]]], ...] = (  # gold, from the lowest proxy up
    ("", lambda proxy, gold: [mean([g for q, g in zip(proxy, gold, strict=True) if q == p]) for p in sorted(proxy)]),
    (TIE, lambda proxy, gold: [gold[i] for i in sorted(range(len(gold)), key=lambda i: proxy[i])]),
    (TIE, lambda proxy, gold: [gold[i] for i in sorted(range(len(gold)), key=lambda i: (proxy[i], -i))]),
    (HAPPY, lambda proxy, gold: [g for _, g in sorted(zip(proxy, gold, strict=True))]),
    (UNHAPPY, lambda proxy, gold: [g for _, g in sorted(zip(proxy, gold, strict=True), key=lambda s: (s[0], -s[1]))]),
    (UNSORTED, lambda proxy, gold: list(gold)),
)
READ: tuple[tuple[str, Callable[[Case], tuple[Numbers, Numbers]]], ...] = (  # what chooses, and what is given
    ("", lambda case: (case.proxy, case.gold)),
    (BY_GOLD, lambda case: (case.gold, case.gold)),
    (PROXY, lambda case: (case.proxy, case.proxy)),
    (CROSSED, lambda case: (case.gold, case.proxy)),
)


def names(way) -> list[str]:
    return [name for name, _ in way if name]


WAYS = sorted(itertools.product(WEIGHTS, ORDERS, READ), key=lambda way: len(names(way)))  # fewest slips first


def slipped(way, case: Case) -> float:
    (_, weight), (_, order), (_, read) = way
    ordered = order(*read(case))
    return sum(weight(i, len(ordered), case.n) * g for i, g in enumerate(ordered, 1))


FIRST_N = "You look at one subset only, the first n samples. With others first you would give another number."
OTHER_ORDER = "You give another number for the same samples in another order. Their order says nothing."
LUCK = (
    "Asked twice, you answer {0:.3g} and {1:.3g}: you draw subsets by lot. There is no need to: count in how many subsets of n "
    "each sample is the best."
)
CLOSE = (
    "That is near, but not it, as if from some subsets drawn with a fixed seed. Count them all: no luck is in it then."
)
UNEVEN = (
    "Let every gold be 1: then the best of n is worth 1, whichever it is. You give {0:.3g}. So your chances do not add up to 1. "
    "They are counts of subsets, divided by the number of all subsets."
)


def look_at_best_of(f) -> str | None:
    f = ending(f, CALL)
    said = [asked(f, case) for case in CASES]
    if all(near(got, case.right) for got, case in zip(said, CASES, strict=True)):
        return None
    case, got = next((c, got) for c, got in zip(CASES, said, strict=True) if not near(got, c.right))
    return " ".join([*named(f, said), told(case, got)])


def asked(f, case: Case) -> float:
    return f(list(case.proxy), list(case.gold), case.n)


def near(a: float, b: float) -> bool:
    """Two decimals are enough."""
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=0.0051)


def named(f, said: list[float]) -> list[str]:
    """The mistake by its name, where it is known; two where there are two."""
    again = [asked(f, case) for case in CASES]
    lucky = next(((a, b) for a, b in zip(said, again, strict=True) if not near(a, b)), None)
    if lucky:
        return [LUCK.format(*lucky)]
    way = next((w for w in WAYS if all(near(got, slipped(w, c)) for got, c in zip(said, CASES, strict=True))), None)
    return names(way)[:2] if way else unknown(f, said)


def unknown(f, said: list[float]) -> list[str]:
    """What can be said of a number that no known mistake makes."""
    if all(near(got, best_of_first(case)) for got, case in zip(said, CASES, strict=True)):
        return [FIRST_N]
    ones = next((x for c in CASES if not near(x := asked(f, c._replace(gold=(1,) * len(c.gold))), 1)), None)
    if ones is not None:
        return [UNEVEN.format(ones)]
    if all(abs(got - c.right) < 1 for got, c in zip(said, CASES, strict=True)):
        return [CLOSE]
    return [OTHER_ORDER] * any(not near(got, asked(f, turned(c))) for got, c in zip(said, CASES, strict=True))


def turned(case: Case) -> Case:
    return Case(case.proxy[::-1], case.gold[::-1], case.n)


def best_of_first(case: Case) -> float:
    """The first n samples, of which all are kept: the best of these n."""
    return best_of_n(case.proxy[: case.n], case.gold[: case.n], case.n)


def told(case: Case, got: float) -> str:
    """The case, what its subsets say where these are few, and what it comes to."""
    subsets = list(itertools.combinations(range(len(case.gold)), case.n))
    kept = [best_of_n([case.proxy[i] for i in s], [case.gold[i] for i in s], case.n) for s in subsets]
    each = f"the best of each is worth {listed(kept)}, on average" if len(kept) <= 5 else "the best is worth on average"
    return (
        f"Let the proxies be {listed(case.proxy)} and the golds {listed(case.gold)}, and n = {case.n}. Over the {len(subsets)} "
        f"subset{'s' * (len(subsets) > 1)} {each} {case.right:.3g}; you give {got:.3g}."
    )


def listed(values: Numbers) -> str:
    return ", ".join(f"{v:.3g}".replace("-", "−") for v in values)


ex1 = Exercise(
    name="ex1",
    call=CALL,
    title="Exercise 1: the best of n, without a draw",
    task=(
        "You have N samples of one prompt, each with its proxy and its gold. Of n samples the one with the highest proxy is "
        "kept: what is it worth by gold, on average? One could draw n of the N, keep the best, and do so many times. But every "
        "subset of n samples is equally likely, so the average can be *computed*.\n\n"
        "`proxy` and `gold` are lists of N numbers, in the same order; n is 1 to N. Return the mean over all subsets of n. Where "
        "several samples of a subset share the highest proxy, a lot decides: their mean gold counts."
    ),
    stub=(
        "def best_of(proxy, gold, n):\n"
        '    """Mean gold of the best of n by proxy, over all subsets of n samples."""\n'
        "    ...\n"
        "\n"
        "\n"
        "ex1.check(best_of)"
    ),
    minutes=10,
    stars=3,
    hint_text=(
        "`itertools.combinations` lists the subsets. That is right, and slow: 512 samples have some 10⁵¹ subsets of 32.\n\n"
        "Faster: order the samples by proxy. One with i samples below it is the best of a subset if the other n − 1 come from "
        "those i. `math.comb(i, n - 1)` of `math.comb(N, n)` subsets are such. For ties: before you count, give samples of one "
        "proxy their mean gold."
    ),
    confirms=(
        "The same as `best_of_n`, the estimator with which Gao et al. measure (it is Nakano et al.'s, arXiv 2112.09332). No draw "
        "and no luck: it has the right mean for every n, and one set of samples serves all of them. It isn't equally sure for "
        "all: for n = N everything hangs on a single sample. So the interval has to come from many prompts."
    ),
    answer_of=(best_of_n, by_prompt, ranked, chances),
    complain=guard.one_number,
    examine=look_at_best_of,
)

__all__ = ["ex1", "ex2"]
