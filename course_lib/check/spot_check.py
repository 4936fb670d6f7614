"""Which answers a spot check has to read: asked many times with other lots, and what each wrong choice leaves unread."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

from course_lib.check import guard
from course_lib.check.endless import ending
from course_lib.check.exercise import Exercise
from course_lib.check.guard import Unready
from course_lib.statistics import wilson

CALL = "to_read(scores, n, rng)"
LOTS = 60  # seeds that a function is asked with


class Case(NamedTuple):
    """The scores of a round's answers, and how many of each kind there is time to read."""

    scores: tuple[float, ...]
    n: int

    @property
    def highest(self) -> list[float]:
        return sorted(self.scores, reverse=True)[: self.n]

    @property
    def told(self) -> str:
        return f"Let the scores be {listed(self.scores)} and n = {self.n}."


APART = Case((0.31, 0.86, 0.12, 0.55, 0.93, 0.07, 0.48, 0.64, 0.29, 0.77, 0.42, 0.18), 3)
ZERO_ONE = Case((0, 1, 1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 1), 4)
BORDER = Case((2, 8, 5, 5, 1, 5, 9, 3, 5, 0, 5, 4, 2), 4)  # two at the top, then five alike for two places
CASES = (APART, ZERO_ONE, BORDER)
ALL_EQUALS = " Do you take *all* that share the highest score? A lot decides between them."
Lists = tuple[list[int], list[int]]


def to_read(scores: list[float], n: int, rng: random.Random) -> Lists:
    """Places of the n answers with the highest score, a lot deciding between equals, and of n others by lot."""
    places = rng.sample(range(len(scores)), len(scores))
    places.sort(key=lambda i: -scores[i])  # keeps the lot's order among equals
    return places[:n], rng.sample(places[n:], n)


def look_at_to_read(f) -> str | None:
    f = ending(f, CALL)
    return next((said for case in CASES if (said := look_at(f, case))), None)


def look_at(f, case: Case) -> str | None:
    found = [asked(f, case, seed) for seed in range(LOTS)]
    for got in found:
        if said := odd_form(got, case) or odd_top(got, case) or read_twice(got, case):
            return said
    return own_lot(found[0], asked(f, case, 0)) or fixed_ties(found, case) or odd_others(found, case)


def asked(f, case: Case, seed: int) -> Lists:
    scores = list(case.scores)
    top, others = f(scores, case.n, random.Random(seed))
    if scores != list(case.scores):
        raise Unready("You change `scores`, so its places are no longer those of the answers. Sort places, or a copy.")
    return list(top), list(others)


def odd_form(got: Lists, case: Case) -> str | None:
    """Two lists of n places each?"""
    n, size = case.n, len(case.scores)
    for name, part in zip(("first", "second"), got, strict=True):
        odd = next((i for i in part if i not in range(size)), None)
        if odd is not None:
            return f"{odd} is no place: with {size} answers they run from 0 to {size - 1}."
        if len(part) != n:
            return f"{case.told} Your {name} list has {len(part)} places; it should have {n}.{ALL_EQUALS * (len(part) > n)}"
    return None


def odd_top(got: Lists, case: Case) -> str | None:
    scores = sorted((case.scores[i] for i in got[0]), reverse=True)
    if scores == case.highest and len(set(got[0])) == case.n:
        return None
    shown = f"{case.told} You read {listed(scores)} first; the {case.n} highest are {listed(case.highest)}."
    if len(set(got[0])) < case.n:
        return f"One answer stands twice in your first list: draw without putting back. {shown}"
    if scores == sorted(case.scores)[: case.n][::-1]:
        return (
            "You read the answers with the *lowest* score. They are what training turns away from; what it makes more of, and "
            f"where a hack would show, are the highest. {shown}"
        )
    if sorted((case.scores[i] for i in got[1]), reverse=True) == case.highest:
        return f"Your lists are in the wrong order: the highest scores come first, then the others. {shown}"
    if got[0] == list(range(case.n)):
        return f"You read the first {case.n} answers, whatever their score. {shown}"
    return f"Your first list does not hold the highest scores. (Does a lot decide between answers that are not equal?) {shown}"


def read_twice(got: Lists, case: Case) -> str | None:
    both = set(got[0]) & set(got[1])
    if both:
        return (
            f"{case.told} Answer {min(both)} is in both of your lists. The second is the control: draw it from the *others*, or "
            "you compare the highest with themselves."
        )
    if len(set(got[1])) < case.n:
        return (
            f"{case.told} One answer stands twice in your second list. `rng.choices` puts back what it drew; `rng.sample` does "
            "not."
        )
    return None


def own_lot(first: Lists, again: Lists) -> str | None:
    if tuple(map(sorted, first)) == tuple(map(sorted, again)):
        return None
    return (
        "With a new `rng` of the same seed you choose other answers. Draw all lots from `rng`: then somebody else can read "
        "the same ones, and nobody can draw until the picture pleases."
    )


def fixed_ties(found: list[Lists], case: Case) -> str | None:
    """Does every answer that shares the last place among the highest get read now and then?"""
    edge = case.highest[-1]
    equal = {i for i, s in enumerate(case.scores) if s == edge}
    missed = equal - {i for top, _ in found for i in top}
    if not missed:
        return None
    return (
        f"{case.told} Answers {listed(sorted(equal))} have {edge:g} alike; with {LOTS} lots you never read {min(missed)} "
        "among the highest. Their order in the list decides, and it has a meaning: answers to one problem stand together, easy "
        "problems may come first. Let `rng` decide between equals."
    )


def odd_others(found: list[Lists], case: Case) -> str | None:
    """Is every answer that was not read as one of the highest a part of the control now and then?"""
    drawn = {i for _, others in found for i in others}
    missed = [i for i in range(len(case.scores)) if i not in drawn and any(i not in top for top, _ in found)]
    if not missed:
        return None
    start = (
        f"{case.told} With {LOTS} lots you never read answer{'s' * (len(missed) > 1)} {listed(missed)} as a control."
    )
    scores, left = sorted({case.scores[i] for i in drawn}), [case.scores[i] for i in missed]
    if len(drawn) == case.n:
        low = sorted(case.scores)[: case.n] == sorted(case.scores[i] for i in drawn)
        which = "the lowest" if low else "the same"
        return f"{start} It is always {which} {case.n}. Draw it by lot from all others: it is to show what is usual."
    if min(left) >= max(scores):
        return (
            f"{start} You draw it from low scores only. Such answers are bad with any score; draw from *all* others, or the "
            "highest look good beside them."
        )
    return f"{start} Draw from all that are not in the first list."


def listed(values) -> str:
    return ", ".join(f"{v:g}" for v in values)


def two_lists(result: Any) -> str | None:
    wanted = "return two lists of places, `(top, others)`"
    if not isinstance(result, tuple | list):
        return f"returns {guard.kind(result)}; {wanted}."
    if len(result) == 2 and not any(isinstance(part, list | tuple) or hasattr(part, "__index__") for part in result):
        return f"returns {guard.kind(result[0])} and {guard.kind(result[1])}; {wanted}: make each a list."
    if not any(isinstance(part, list | tuple) for part in result):
        return f"returns one list; {wanted}. Without the others there is nothing to compare the highest with."
    if len(result) != 2 or not all(isinstance(part, list | tuple) for part in result):
        return f"returns {len(result)} parts; {wanted}."
    odd = next((i for part in result for i in part if not hasattr(i, "__index__")), None)
    if odd is None:
        return None
    more = " Are these scores?" if isinstance(odd, float) else ""
    return f"returns a list that holds {guard.kind(odd)}; {wanted}, whole numbers counted from 0.{more}"


ex2 = Exercise(
    name="ex2",
    call=CALL,
    title="Exercise 2: a spot check",
    task=(
        "Nobody can read ten thousand answers. If the score has a hole, training goes there: so it shows in the answers with the "
        "*highest* score. But answers that look odd prove little by themselves. Perhaps this policy writes such things "
        "everywhere. So read as many others beside them, as a control.\n\n"
        "`scores` has one number for each answer of a round, at least 2n of them. Return two lists of n places each, counted "
        "from 0: the n answers with the highest score, and n of *all* the others, by lot. Many scores are equal, above all if "
        "they are 0 or 1: then a lot decides who is among the highest. All lots come from `rng`, a `random.Random`, so that the "
        "same seed reads the same answers."
    ),
    stub=(
        "def to_read(scores, n, rng):\n"
        '    """Places of the n highest scores, and of n others by lot: (top, others)."""\n'
        "    ...\n"
        "\n"
        "\n"
        "ex2.check(to_read)"
    ),
    minutes=8,
    stars=2,
    hint_text=(
        "Python's sort keeps equals in the order in which it found them. So shuffle the places first (`rng.shuffle`), and sort "
        "them by score then. The second list: `rng.sample` from what is left."
    ),
    confirms=(
        "Mix the two lists before you read them, so that you do not know which is which. Then count. Few good ones among the "
        "highest and many among the others: the score likes what is bad, a hole. Few in both: a poor policy, and no sign of a "
        f"hack. And mind the n: none bad of 8 still leaves room for {wilson(0, 8)[1]:.0%}."
    ),
    answer_of=(to_read,),
    complain=two_lists,
    examine=look_at_to_read,
)
