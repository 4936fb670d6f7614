"""Which level to train on next: levels made by hand, the one with most to choose, and what wrong ways would take."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from course_lib.statistics import mean

Level = list[list[int]]  # a list of scores for each problem
Levels = dict[int, Level]


def next_level(levels: Levels) -> int | None:
    """The level where the largest share of problems has samples that differ, the easier of two equals; None if none has any."""
    share = {n: mean([differ(scores) for scores in levels[n]]) for n in sorted(levels) if levels[n]}
    best = max(share, key=share.get, default=None)  # the first of equals
    return best if share.get(best) else None


def differ(scores: list[int]) -> bool:
    return len(set(scores)) > 1


RIGHT, MIXED, ONCE, WRONG, NEARLY = [1, 1, 1, 1], [1, 0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 0], [1, 1, 1, 0]


def made_of(right: int = 0, mixed: int = 0, once: int = 0, wrong: int = 0, nearly: int = 0) -> Level:
    """A level: so many problems of each kind. Each has its own list, so that changing one changes one."""
    kinds = ((RIGHT, right), (MIXED, mixed), (ONCE, once), (WRONG, wrong), (NEARLY, nearly))
    return [list(scores) for scores, n in kinds for _ in range(n)]


CASES: tuple[Levels, ...] = (
    {3: made_of(7, 1), 4: made_of(4, wrong=4), 5: made_of(0, 2, 1, 5), 6: made_of(wrong=8)},  # 4: 0.5, and nothing to learn
    {3: made_of(5, wrong=1), 4: made_of(2, 4), 5: made_of(0, 0, 1, 5)},
    {3: made_of(1, 3), 4: made_of(6, 6, 0, 8), 6: made_of(2, 0, 0, 6)},  # 3 of 4 against 6 of 20
    {7: made_of(1, 2, 0, 1), 5: made_of(0, 4, 0, 4), 6: made_of(1, 1, 0, 2)},
    {6: made_of(1, 3), 4: made_of(0, 3, 0, 1), 8: made_of(0, 3, 0, 1)},
    {3: made_of(5), 4: made_of(2, wrong=2), 5: made_of(wrong=5)},
    {3: made_of(6), 4: made_of(3, 2, 0, 1), 9: []},
    {4: made_of(nearly=8), 5: made_of(0, 7, 0, 1)},  # all of 8 differ, each by little; 7 of 8, each by more
)  # fmt: skip
Measure = Callable[[int, Level], float]


def share_of(kind: Callable[[list[int]], bool]) -> Measure:
    return lambda n, level: mean([bool(kind(scores)) for scores in level])


def right(level: Level) -> float:
    return mean([s for scores in level for s in scores])


COUNTS = "You take the largest *number* of problems that differ. That favours the level that was sampled most: take the share."
HALF = (
    "You take the level whose mean is nearest to 0.5, or, which is the same for 0 and 1, the largest variance of *all* its "
    "samples. Half of the problems always right and half always wrong make that too, with nothing to choose. Look within "
    "problems."
)
FINER = (
    "You weigh each problem by how much its samples differ, p(1 − p). That is finer than what was asked: in it 3 of 4 right "
    "counts for less than 2 of 4. Asked is the share of problems whose samples differ at all."
)
HARDEST = "You take the hardest level. Where no sample is right, a filter keeps nothing."
HARDEST_RIGHT = (
    "You take the hardest level where anything is right. One lucky problem teaches little: take the largest share."
)
HARDEST_ANY = "You take the hardest level at which any problem differs. Take the one where the largest *share* does."
EASIEST_ANY = "You take the easiest level at which any problem differs. The easier one is for a tie only."
BEST = "You take the level that is solved best. There least is left to learn."
WORST = "You take the level that is solved worst. There a filter finds least."
FAILING = "You count problems that have a wrong sample. Where *all* are wrong there is nothing to choose."
REACHED = "You count problems that have a right sample. Where *all* are right there is nothing to choose."
MEASURES: tuple[tuple[str, Measure], ...] = (  # the first is right
    ("", share_of(differ)),
    (COUNTS, lambda n, level: sum(map(differ, level))),
    (COUNTS, lambda n, level: sum(sum(scores) for scores in level if differ(scores))),
    (HALF, lambda n, level: 0.5 - abs(right(level) - 0.5)),
    (FINER, lambda n, level: mean([mean(scores) * (1 - mean(scores)) for scores in level])),
    (HARDEST, lambda n, level: n),
    (HARDEST_RIGHT, lambda n, level: n * (right(level) > 0)),
    (HARDEST_ANY, lambda n, level: n * any(map(differ, level))),
    (EASIEST_ANY, lambda n, level: any(map(differ, level)) / n),
    (BEST, lambda n, level: right(level)),
    (WORST, lambda n, level: 1 - right(level)),
    (FAILING, share_of(lambda scores: not all(scores))),
    (REACHED, share_of(any)),
)
HARDER = "Of two levels with the same share you take the harder one. Take the easier: its answers are surer."
FIRST = "Of two levels with the same share you take the one that happens to stand first. Take the easier one."
TIES = (("", lambda n, at: -n), (HARDER, lambda n, at: n), (FIRST, lambda n, at: -at))
ANYWAY = "You name a level though no problem of any level differs. Then there is nothing to choose anywhere: `None`."
GATES: tuple[tuple[str, Callable[[float, Levels], bool]], ...] = (
    ("", lambda worth, levels: any(differ(scores) for level in levels.values() for scores in level)),
    ("", lambda worth, levels: worth > 0),
    (ANYWAY, lambda worth, levels: True),
)


def names(way) -> list[str]:
    return [name for name, _ in way if name]


WAYS = sorted(itertools.product(MEASURES, TIES, GATES), key=lambda way: len(names(way)))  # fewest slips first


def slipped(way, levels: Levels) -> int | None:
    (_, measure), (_, tie), (_, gate) = way
    worth = {n: (measure(n, level), tie(n, at)) for at, (n, level) in enumerate(levels.items()) if level}
    best = max(worth, key=worth.get)
    return best if gate(worth[best][0], levels) else None
