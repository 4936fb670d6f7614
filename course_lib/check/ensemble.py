"""Several reward models of which the strictest counts: scores made by hand, what each wrong way makes of them, and its name."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from statistics import median
from typing import Any

from course_lib.check import guard
from course_lib.check.endless import ending
from course_lib.check.exercise import Exercise
from course_lib.loopholes import all_of
from course_lib.reward import standardised
from course_lib.statistics import mean

CALL = "ensemble(scores)"
Scores = list[list[float]]  # [member][answer]

ADORED: Scores = [  # the second member adores answer 3
    [2.4, -1.0, 0.9, 0.2, -0.6, 0.6],
    [50, 55, 59, 90, 47, 53],
    [0.40, 0.62, 0.55, 0.47, 0.42, 0.50],
]
DOUBTED: Scores = [[-3.0, 1.0, 2.0, 0.5, 1.5, 3.1], [12.0, 31.0, 20.0, 26.0, 10.0, 29.0]]
CASES = (ADORED, DOUBTED)


def ensemble(scores: Scores) -> list[float]:
    """The least that a member gives each answer, every member in its own standard deviations over the answers."""
    return least(list(map(in_deviations, scores)))


def in_deviations(row: list[float], ddof: int = 0) -> list[float]:
    middle = mean(row)
    return [(x - middle) / deviation(row, ddof) for x in row]


def deviation(row: list[float], ddof: int = 0) -> float:
    middle = mean(row)
    return math.sqrt(sum((x - middle) ** 2 for x in row) / (len(row) - ddof))


def joined(join: Callable[[tuple[float, ...]], float]) -> Callable[[Scores], list[float]]:
    return lambda scores: [join(each) for each in zip(*scores, strict=True)]


least = joined(min)


def by_member(change: Callable[[list[float]], list[float]]) -> Callable[[Scores], Scores]:
    return lambda scores: list(map(change, scores))


def by_answer(scores: Scores) -> Scores:
    columns = [in_deviations(list(each)) for each in zip(*scores, strict=True)]
    return [list(row) for row in zip(*columns, strict=True)]


def pooled(scores: Scores) -> Scores:
    every = [x for row in scores for x in row]
    return [[(x - mean(every)) / deviation(every) for x in row] for row in scores]


def stretched(row: list[float]) -> list[float]:
    return [(x - min(row)) / (max(row) - min(row)) for x in row]


def ranks(row: list[float]) -> list[float]:
    return [float(sum(y < x for y in row)) for x in row]


RAW = (
    "You compare the members' raw numbers. Reward models have no common scale: here one gives 47 to 90 and another 0.4 to 0.62, "
    "so the one with small numbers decides. Put each member into its own standard deviations first."
)
CENTRED = "You take off each member's mean and leave its scale. Divide by its standard deviation as well."
SCALED = "You divide by each member's standard deviation and leave its mean. Take that off first."
VARIANCE = "You divide by the variance. The standard deviation is its square root, and has the scores' own scale."
ACROSS = (
    "You standardise what the *members* give one answer. Then every answer has the same mean, and which one is better is gone. "
    "Standardise within each member, over its answers."
)
POOLED = "You take one mean and one deviation for all members together. Each has its own scale: one of each for every member."
STRETCHED = (
    "You stretch each member to 0 … 1. Then its two extreme answers alone set the scale. Asked are standard deviations."
)
RANKED = "You compare places, not scores: by how much an answer is better is lost. Asked are standard deviations."
MEAN = (
    "You take the members' mean. One that adores an answer then outvotes those who have doubts: just the answer that a search "
    "finds. The *least* asks all of them."
)
MOST = "You take the most that any member gives. Then the hole of every single member is open. Take the least."
MIDDLE = "You take the median: with three members one may have any doubts it likes. Take the least."
UWO = (
    "You take off for disagreement, the mean less the variance. That is a rule of the paper too (uncertainty-weighted); asked is "
    "its plainer one, the least."
)
ONE = "You listen to the first member only."
TURNED = "Your numbers are turned: higher is better."
AFTER = "You take the least first and standardise afterwards. Then the raw scales have already decided. The other way round."
NUMBERS: tuple[tuple[str, Callable[[Scores], Scores]], ...] = (  # what is done with scores before they are joined
    ("", by_member(in_deviations)),
    ("", by_member(lambda row: in_deviations(row, 1))),
    (RAW, lambda scores: scores),
    (CENTRED, by_member(lambda row: [x - mean(row) for x in row])),
    (SCALED, by_member(lambda row: [x / deviation(row) for x in row])),
    (SCALED, by_member(lambda row: [x / deviation(row, 1) for x in row])),
    (VARIANCE, by_member(lambda row: [(x - mean(row)) / deviation(row) ** 2 for x in row])),
    (VARIANCE, by_member(lambda row: [(x - mean(row)) / deviation(row, 1) ** 2 for x in row])),
    (ACROSS, by_answer),
    (POOLED, pooled),
    (STRETCHED, by_member(stretched)),
    (RANKED, by_member(ranks)),
    (RANKED, by_member(lambda row: [x + 1 for x in ranks(row)])),
)
JOINS: tuple[tuple[str, Callable[[Scores], list[float]]], ...] = (
    ("", least),
    (MEAN, joined(mean)),
    (MEAN, joined(sum)),
    (MOST, joined(max)),
    (MIDDLE, joined(median)),
    (UWO, joined(lambda each: mean(each) - deviation(list(each)) ** 2)),
    (UWO, joined(lambda each: mean(each) - deviation(list(each)))),
    (ONE, lambda scores: scores[0]),
    (TURNED, joined(lambda each: -min(each))),
    (TURNED, joined(lambda each: max(-x for x in each))),
)


def names(way) -> list[str]:
    return [name for name, _ in way if name]


WAYS = sorted(itertools.product(NUMBERS, JOINS), key=lambda way: len(names(way)))  # fewest slips first


def slipped(way, scores: Scores) -> list[float]:
    (_, numbers), (_, join) = way
    return join(numbers(scores))


def look_at_ensemble(f) -> str | None:
    f = ending(f, CALL)
    said = [list(f([list(row) for row in case])) for case in CASES]
    for got, case in zip(said, CASES, strict=True):
        if len(got) != len(case[0]):
            return odd_size(len(got), case)
    way = next((w for w in WAYS if all(near(got, slipped(w, c)) for got, c in zip(said, CASES, strict=True))), None)
    if way and not names(way):
        return None
    after = all(near(got, in_deviations(least(c))) for got, c in zip(said, CASES, strict=True))
    shown = next(differs(c, got) for got, c in zip(said, CASES, strict=True) if not near(got, ensemble(c)))
    return " ".join([*([AFTER] if after else names(way)[:2] if way else []), shown])


def odd_size(size: int, case: Scores) -> str:
    members, answers = len(case), len(case[0])
    start = f"{members} members have scored {answers} answers, and you return {size} numbers."
    if size == members:
        return (
            f"{start} That is one for each member. Asked is one for each *answer*: what the strictest member says of it. "
            "`zip(*scores)` turns rows into columns."
        )
    return f"{start} Return one for each answer."


def near(a: list[float], b: list[float]) -> bool:
    """Two decimals are enough."""
    return all(math.isclose(x, y, rel_tol=1e-9, abs_tol=0.0051) for x, y in zip(a, b, strict=True))


def differs(case: Scores, got: list[float]) -> str:
    """The first answer that is wrong: what each member says of it."""
    wanted, rows = ensemble(case), list(map(in_deviations, case))
    i = next(i for i, (x, y) in enumerate(zip(got, wanted, strict=True)) if not near([x], [y]))
    raw, own = ([row[i] for row in table] for table in (case, rows))
    return (
        f"To answer {i} the members give {listed(raw)}. In their own standard deviations that is {listed(own)}, and the least is "
        f"{listed([wanted[i]])}; you give {listed([got[i]])}."
    )


def listed(values: list[float]) -> str:
    return ", ".join(f"{v:.3g}".replace("-", "−") for v in values)


def one_for_each(result: Any) -> str | None:
    """A list of numbers is wanted."""
    if guard.one_number(result) is None:
        return (
            f"returns {guard.kind(result)}; return a list with one number for each answer. Which one to keep follows from them, "
            "and so does what the best of n is worth."
        )
    if not isinstance(result, list | tuple):
        return f"returns {guard.kind(result)}; return a list with one number for each answer."
    odd = [x for x in result if guard.one_number(x)]
    return f"returns a list that holds {guard.kind(odd[0])}; return one number for each answer." if odd else None


ex2 = Exercise(
    name="ex2",
    call=CALL,
    title="Exercise 2: the strictest counts",
    task=(
        "Several reward models have scored the same answers. One alone has holes, and the best of many answers is often one that "
        "fell into a hole. Where the models were taught nothing, they imagine different things. So let the *strictest* count: an "
        "answer is worth the least that any member gives it.\n\n"
        "`scores[m][i]` is what member m gives answer i. Reward models have no common scale, so put each member into its own "
        "standard deviations over these answers first: less its mean, divided by its standard deviation. Return a list with one "
        "number for each answer."
    ),
    stub=(
        "def ensemble(scores):\n"
        '    """The least that a member gives each answer, each in its own deviations."""\n'
        "    ...\n"
        "\n"
        "\n"
        "ex2.check(ensemble)"
    ),
    minutes=5,
    stars=1,
    hint_text=(
        "Two steps. For each member: `statistics.mean(row)` and `statistics.pstdev(row)`, and a new row. Then for each answer "
        "the `min` over members: `zip(*rows)` gives the columns."
    ),
    confirms=(
        "Coste et al. call it worst-case optimisation (arXiv 2310.02743). In the first example the mean would keep answer 3, "
        "which one member adores and two put below the middle. The least keeps answer 2, with which all are content. It helps "
        "where the members err *differently*. What all of them overrate stays open, and reward models raised on the same "
        "comparisons share a good deal."
    ),
    answer_of=(ensemble, in_deviations, standardised, all_of),
    complain=one_for_each,
    examine=look_at_ensemble,
)
