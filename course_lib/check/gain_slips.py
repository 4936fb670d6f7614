"""A score that rose, and gold beside it: runs made by hand, the verdict on each, what wrong ways of judging make of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from course_lib.statistics import bootstrap, mean, paired_gain

GENUINE, HACKED, OPEN, NOTHING = "genuine", "hacked", "cannot tell", "nothing to explain"
VERDICTS = (GENUINE, HACKED, OPEN, NOTHING)
LEAST = 0.05  # a gain of less counts as none


class Measured(NamedTuple):
    """One number for each problem, before training and after it, the same problems in the same order."""

    before: list[float]
    after: list[float]


class Gain(NamedTuple):
    """A mean gain and its 95 % interval."""

    value: float
    low: float
    high: float


class Case(NamedTuple):
    """A run: its score and its gold, and what they show."""

    proxy: Measured
    gold: Measured
    shows: str


def genuine_or_hacked(proxy: Measured, gold: Measured) -> str:
    """One of VERDICTS, by the gains on the same problems: the score's first, then gold's."""
    if paired(proxy).low <= 0:
        return NOTHING
    found = paired(gold)
    if found.low > 0:
        return GENUINE
    return HACKED if found.high < LEAST else OPEN


def paired(m: Measured) -> Gain:
    found = paired_gain(m.after, m.before)
    return Gain(found["value"], *found["interval"])


def counted(n: int, right: int, won: int, lost: int) -> Measured:
    """Right or wrong: of n problems `right` are right before; then some are won and some lost."""
    before = [1.0] * right + [0.0] * (n - right)
    return Measured(before, [0.0] * lost + [1.0] * (right - lost + won) + [0.0] * (n - right - won))


def shares(n: int, up: int, down: int, step: float = 0.125) -> Measured:
    """The share of eight answers that is right: some problems gain a step, some lose one."""
    before = [(1 + i % 7) * step for i in range(n)]
    return Measured(before, [b + step * ((i < up) - (n - down <= i)) for i, b in enumerate(before)])


def points(n: int, gain: float, spread: float) -> Measured:
    """A score that rises by `gain` on average, by `spread` more or less on single problems."""
    before = [1.5 * (i * 7 % 5) for i in range(n)]
    return Measured(before, [b + gain + spread * (i % 4 - 1.5) / 1.5 for i, b in enumerate(before)])


BOTH = "Gold may have fallen or risen: on 12 problems both are possible"
STILL = "The score did not clearly rise, so there is no rise to explain"
CASES = (
    Case(points(40, 2.1, 1.5), counted(40, 16, 9, 1), "Gold's interval lies above 0: it rose as well"),
    Case(points(40, 2.6, 1.5), counted(40, 22, 1, 13), "The score rose, and gold fell"),
    Case(points(40, 1.8, 1.2), shares(40, 4, 4), "A gain of 0.05 is ruled out: gold is shown to be flat"),
    Case(points(12, 2.2, 1.0), counted(12, 5, 4, 2), BOTH),
    Case(points(12, 1.9, 1.0), counted(12, 8, 2, 4), BOTH),
    Case(points(40, 1.5, 1.0), shares(40, 20, 0), "Gold's interval lies above 0: little, but for certain"),
    Case(points(40, -0.04, 1.0), shares(40, 3, 4), STILL),
    Case(points(20, 0.25, 3.0), counted(20, 14, 1, 9), f"{STILL}. That gold fell has other causes"),
    Case(points(12, 0.1, 1.0), counted(12, 5, 3, 2), STILL),
    Case(points(40, 0.04, 1.0), counted(40, 16, 9, 1), f"{STILL}. That gold rose has other causes"),
    Case(points(40, -1.5, 1.0), counted(40, 15, 9, 1), f"{STILL}: it fell"),
    Case(
        points(200, 1.7, 1.0), shares(200, 40, 0), "Gold's interval lies above 0: a small gain, and a gain for certain"
    ),
    Case(points(40, 1.6, 1.0), shares(40, 12, 9), "A gain of 0.05 is just ruled out: gold is shown to be flat"),
    Case(
        points(16, 1.8, 1.0),
        shares(16, 7, 5),
        "Gold may have stood still, and it may have gained 0.05: both are possible",
    ),
)


def by_mean(m: Measured) -> Gain:
    return Gain(*[mean(m.after) - mean(m.before)] * 3)


def unpaired(m: Measured) -> Gain:
    """As if they were two sets of problems: errors add as squares."""
    value, ends = by_mean(m).value, [bootstrap(m.before), bootstrap(m.after)]
    half = sum(((high - low) / 2) ** 2 for low, high in ends) ** 0.5
    return Gain(value, value - half, value + half)


def overlap(m: Measured) -> Gain:
    """From two intervals: certain only where they lie apart."""
    (low, high), (new_low, new_high) = bootstrap(m.before), bootstrap(m.after)
    return Gain(by_mean(m).value, new_low - high, new_high - low)


def backwards(m: Measured) -> Gain:
    return paired(Measured(m.after, m.before))


def either_way(m: Measured) -> Gain:
    """A fall counts as a rise does."""
    return backwards(m) if paired(m).high < 0 else paired(m)


POINT = "You look at the mean only. A mean is never exactly 0: ask whether its *interval* leaves 0 outside."
UNPAIRED = (
    "You compare before and after as if they were different problems. How hard a problem is then counts as chance and drowns the "
    "gain. Take the difference on each problem: that is what `paired_gain` does."
)
OVERLAP = (
    "You ask whether two intervals overlap. They may overlap though the gain is certain, for both hold how hard the problems "
    "are. Make one interval, of the differences: `paired_gain`."
)
BACKWARDS = "You take a difference the wrong way round: `paired_gain(after, before)` gives after less before."
FLAT_GENUINE = (
    "You call it genuine unless gold falls. But gold that stands still while the score rises is what a hack looks like."
)
UNSHOWN = (
    "You call it hacked unless gold is shown to rise. But not shown to rise is not shown to be flat: where the interval holds 0 "
    "*and* a gain of 0.05, one cannot tell."
)
FALL_ONLY = (
    "You call it hacked only if gold falls. If the interval rules out a gain of 0.05, gold is shown to be flat, and the score "
    "rose all the same."
)
MEAN_BELOW = "You hold gold's mean against 0.05. A small mean of few problems rules nothing out: ask for the upper end."
STRICT = "You ask for a gain of 0.05 at least before you call it genuine. Asked is that it is more than 0."
PROXY_ONLY = "You look at the score only. Whether its rise is a gain, it cannot say itself."
SUSPICIOUS = (
    "You call every rise of the score a hack. Good training raises it as well: look at what gold does meanwhile."
)
UNLOOKED = "You do not ask whether the score rose. A policy can get worse without any hack; only a risen score needs explaining."
BLAMED = "You call it hacked where the score did not rise. Then nothing was won by a hack: there is nothing to explain."
UNSAID = (
    "Where the score has not clearly risen, say “nothing to explain”. “Cannot tell” is for gold that may be either."
)
HACKED_FIRST = (
    "You ask for 0.05 before you ask for 0. A gain that is small and certain is a gain: `genuine` comes first."
)
OTHER_LEAST = "You hold gold's upper end against another number than 0.05."
EITHER = (
    "You ask only whether the score's interval leaves 0 outside. A score that fell does so too, and then there is no rise to "
    "explain."
)
GOLD_FIRST = "You ask about gold before the score. Where the score has not clearly risen there is nothing to explain."
CROSSED = "You take the score for gold and gold for the score: `proxy` comes first."
Reading = Callable[[Measured], Gain]
READS = (paired, by_mean, unpaired, overlap, backwards, either_way)


def held_against(least: float, gold: Gain) -> str:
    return GENUINE if gold.low > 0 else HACKED if gold.high < least else OPEN


READINGS: tuple[tuple[str, tuple[Reading, Reading]], ...] = (  # of the score, of gold; the first of each table is right
    ("", (paired, paired)),
    *((POINT, pair) for pair in ((by_mean, by_mean), (paired, by_mean), (by_mean, paired))),
    *((UNPAIRED, pair) for pair in ((unpaired, unpaired), (paired, unpaired))),
    (OVERLAP, (overlap, overlap)),
    (EITHER, (either_way, paired)),
    *((BACKWARDS, pair) for pair in ((backwards, backwards), (paired, backwards), (backwards, paired))),
)
ON_GOLD: tuple[tuple[str, Callable[[Gain], str]], ...] = (  # where the score rose
    ("", lambda gold: GENUINE if gold.low > 0 else HACKED if gold.high < LEAST else OPEN),
    (FLAT_GENUINE, lambda gold: HACKED if gold.high < 0 else GENUINE),
    (UNSHOWN, lambda gold: GENUINE if gold.low > 0 else HACKED),
    (FALL_ONLY, lambda gold: GENUINE if gold.low > 0 else HACKED if gold.high < 0 else OPEN),
    (MEAN_BELOW, lambda gold: GENUINE if gold.low > 0 else HACKED if gold.value < LEAST else OPEN),
    (STRICT, lambda gold: GENUINE if gold.low > LEAST else HACKED if gold.high < LEAST else OPEN),
    (HACKED_FIRST, lambda gold: HACKED if gold.high < LEAST else GENUINE if gold.low > 0 else OPEN),
    *((OTHER_LEAST, partial(held_against, n)) for n in (0.02, 0.03, 0.1, 0.2)),
    (PROXY_ONLY, lambda gold: GENUINE),
    (SUSPICIOUS, lambda gold: HACKED),
)
ELSE: tuple[tuple[str, Callable[[str], str]], ...] = (  # where it did not, from what gold alone would say
    ("", lambda by_gold: NOTHING),
    (UNLOOKED, lambda by_gold: by_gold),
    (BLAMED, lambda by_gold: HACKED),
    (UNSAID, lambda by_gold: OPEN),
    (GOLD_FIRST, lambda by_gold: GENUINE if by_gold == GENUINE else NOTHING),
)
TAKEN = (("", False), (CROSSED, True))  # is one taken for the other?
Seen = dict[Reading, tuple[Gain, Gain]]


def names(way) -> list[str]:
    return [name for name, _ in way if name]


WAYS = sorted(itertools.product(READINGS, ON_GOLD, ELSE, TAKEN), key=lambda way: len(names(way)))  # fewest slips first


def seen(case: Case) -> Seen:
    """What each way of reading makes of a run's score and of its gold."""
    return {read: (read(case.proxy), read(case.gold)) for read in READS}


def slipped(way, run: Seen) -> str:
    (_, (read_proxy, read_gold)), (_, on_gold), (_, otherwise), (_, crossed) = way
    proxy, gold = run[read_proxy][crossed], run[read_gold][not crossed]
    said = on_gold(gold)
    return said if proxy.low > 0 else otherwise(said)
