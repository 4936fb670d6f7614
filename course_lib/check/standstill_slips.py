"""Wrong ways to say why a round leaves nothing to choose: of a problem, of what was not judged, of the round. Each has a name."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from course_lib.check.standstill import ALIKE, BEYOND, CAUSES, ENOUGH, NONE, SATURATED, cause, one_text
from course_lib.select import only_judged
from course_lib.statistics import mean
from course_lib.types import Group

Read = Callable[[Group, Group], str]  # (what was judged of a group, all of it) -> its cause
FOR_RIGHT = (
    "You count a problem with right and wrong samples as solved, or as failed. It is neither: there a filter chooses."
)
TEXTS_FIRST = (
    "You look at the texts before the scores. What is right every time is solved, and one text is enough for that. *Alike* is "
    "a trouble where that one text is wrong."
)
UNREAD = (
    "You do not look at the texts. Four wrong tries of four kinds and one try made four times need different cures."
)
ALL_ALIKE = "You call all that is wrong every time alike. Look at the texts: are they one and the same?"
BY_TEXT = "You ask whether the *texts* differ. A filter goes by scores: where all are right, it keeps all."
SOME_SAME = "You call it alike once two texts are the same. Asked is whether there is one text only."
ANSWERS = "You compare the answers, the last lines. Other steps to the same wrong answer are another try: compare whole texts."
SWAPPED = "You take right for wrong: 1 is right, and *saturated* means that all are."
STRANGE = (
    "You look at the texts of samples that were not judged, too. What could not be judged is left out with its text."
)
READINGS: tuple[tuple[str, Read], ...] = (  # the first of each table is right
    ("", lambda seen, group: cause(seen)),
    (FOR_RIGHT, lambda seen, group: unlike(seen, any(seen.scores_G))),
    (FOR_RIGHT, lambda seen, group: unlike(seen, mean(seen.scores_G) > 0.5)),
    (FOR_RIGHT, lambda seen, group: unlike(seen, all(seen.scores_G))),
    (TEXTS_FIRST, lambda seen, group: ALIKE if one_text(seen) else cause(seen)),
    (UNREAD, lambda seen, group: BEYOND if cause(seen) == ALIKE else cause(seen)),
    (ALL_ALIKE, lambda seen, group: ALIKE if cause(seen) == BEYOND else cause(seen)),
    (BY_TEXT, lambda seen, group: cause(seen) if one_text(seen) else NONE),
    (SOME_SAME, lambda seen, group: failed(seen, len({c.text for c in seen.completions_G}) < len(seen.scores_G))),
    (ANSWERS, lambda seen, group: failed(seen, len({c.text.split()[-1] for c in seen.completions_G}) == 1)),
    (SWAPPED, lambda seen, group: cause(replace(seen, scores_G=tuple(1 - s for s in seen.scores_G)))),
    (SWAPPED, lambda seen, group: {SATURATED: BEYOND, BEYOND: SATURATED}.get(cause(seen), cause(seen))),
    (STRANGE, lambda seen, group: failed(seen, one_text(group))),
)


def unlike(group: Group, solved: bool) -> str:
    """As if a problem were right every time or wrong every time."""
    return cause(replace(group, scores_G=(float(solved),) * len(group.scores_G)))


def failed(group: Group, alike: bool) -> str:
    said = cause(group)
    return said if said in (NONE, SATURATED) else ALIKE if alike else BEYOND


def put(value: float) -> Callable[[Group], Group]:
    """NaN as if it were this score."""
    return lambda g: replace(g, scores_G=tuple(value if math.isnan(s) else s for s in g.scores_G))


def put_or_drop(value: float) -> Callable[[Group], Group]:
    return lambda g: put(value)(g) if only_judged(g).scores_G else only_judged(g)


def whole_only(group: Group) -> Group:
    return group if only_judged(group) is group else replace(group, completions_G=(), scores_G=())


AS_WRONG = "You count a sample that could not be judged (NaN) as wrong. Nobody said so: leave it out."
AS_RIGHT = "You count a sample that could not be judged as right. (Python takes NaN for true.) Leave it out, with `math.isnan`."
AS_OTHER = "You take NaN for a score of its own, so a problem with one seems to differ. Nothing was judged there: leave it out."
DROPPED = "You leave out a problem as soon as one of its samples could not be judged. The others tell enough."
EMPTY = (
    "A problem of which nothing was judged you count as saturated. (`all` of an empty list is true.) Leave it out: it says "
    "nothing."
)
EMPTY_WRONG = "A problem of which nothing was judged you count as wrong. Leave it out: it says nothing."
COUNTED = "You take the third of all problems. Take it of those of which something was judged."
COUNT = ""  # counts among the problems, and for no cause
Gap = tuple[Callable[[Group], Group], str | None]  # what is seen of a group, and its cause if nothing is
UNJUDGED: tuple[tuple[str, Gap], ...] = (
    ("", (only_judged, None)),
    *((AS_WRONG, (way(0.0), None)) for way in (put, put_or_drop)),
    *((AS_RIGHT, (way(1.0), None)) for way in (put, put_or_drop)),
    *((AS_OTHER, (way(0.5), None)) for way in (put, put_or_drop)),
    (AS_OTHER, (put_or_drop(0.5), NONE)),
    (DROPPED, (whole_only, None)),
    (EMPTY, (only_judged, SATURATED)),
    *((EMPTY_WRONG, (only_judged, said)) for said in (BEYOND, ALIKE)),
    (COUNTED, (only_judged, COUNT)),
)


def commonest(causes: Counter, among=CAUSES) -> str:
    return max(among, key=lambda c: causes[c])


def shared(causes: Counter, one: str) -> float:
    return causes[one] / causes.total()


def found_first(order: tuple[str, ...]) -> Callable[[Counter], str]:
    return lambda causes: NONE if shared(causes, NONE) >= ENOUGH else next((c for c in order if causes[c]), NONE)


ONE_DIFFERS = "One problem that differs is enough for you to say “none”. A few are always left; a third has to differ."
TOO_FEW = "You say “none” only if most problems differ. A third is enough to learn from, whatever the rest looks like."
ABOVE = "You ask for more than a third. At least a third is asked for, so 7 of 21 are enough."
BELOW = "You say “none” where fewer than a third differ. 6 of 20 are not enough: compare with 1/3 itself."
UNASKED = "You do not ask how many problems differ. Where a third does, there is something to choose: say “none”."
FIRST_FOUND = "You name a cause as soon as one problem has it. Count, and name the commonest."
MIXED = "You say “none” where several causes stand side by side. There is nothing to choose all the same: name the commonest."
THREE = CAUSES[1:]
VERDICTS: tuple[tuple[str, Callable[[Counter], str]], ...] = (
    ("", lambda causes: NONE if shared(causes, NONE) >= ENOUGH else commonest(causes, THREE)),
    (ONE_DIFFERS, lambda causes: NONE if causes[NONE] else commonest(causes, THREE)),
    (TOO_FEW, commonest),
    (TOO_FEW, lambda causes: NONE if shared(causes, NONE) > 0.5 else commonest(causes, THREE)),
    (ABOVE, lambda causes: NONE if shared(causes, NONE) > ENOUGH else commonest(causes, THREE)),
    (BELOW, lambda causes: NONE if shared(causes, NONE) >= 0.3 else commonest(causes, THREE)),
    (UNASKED, lambda causes: commonest(causes, THREE)),
    *((FIRST_FOUND, found_first(order)) for order in itertools.permutations(THREE)),
    *((MIXED, lambda causes, least=x: next((c for c in THREE if shared(causes, c) >= least), NONE)) for x in (1, 0.9, 0.75)),
)  # fmt: skip
MEAN = (
    "You go by the mean of all scores. It does not say whether samples of *one problem* differ: half of the problems always "
    "right and half always wrong make 0.5, with nothing to choose; 0.9 may leave much. Count problems."
)
HIGH, LOW = (0.95, 0.9, 0.8, 0.75, 0.6, 0.5), (0.05, 0.1, 0.2, 0.25, 0.4, 0.5)


class Way(NamedTuple):
    """A way to look: the names of its slips, and what it says of a round."""

    names: list[str]
    say: Callable[[list[Group]], str]


def looking(reading, unjudged, verdict) -> Way:
    (read_name, read), (gap_name, (see, empty)), (end_name, end) = reading, unjudged, verdict

    def say(groups: list[Group]) -> str:
        pairs = [(see(g), g) for g in groups]
        causes = [read(seen, g) if seen.scores_G else empty for seen, g in pairs]
        return end(Counter(c for c in causes if c is not None))

    return Way([name for name in (read_name, gap_name, end_name) if name], say)


def by_mean(high: float, low: float, among: tuple[str, ...] = (ALIKE, BEYOND)) -> Way:
    def say(groups: list[Group]) -> str:
        seen = [g for g in map(only_judged, groups) if g.scores_G]
        found = mean([s for g in seen for s in g.scores_G])
        below = commonest(Counter(map(cause, seen)), among)
        return SATURATED if found >= high else below if found <= low else NONE

    return Way([MEAN], say)


EVERY = [*itertools.starmap(looking, itertools.product(READINGS, UNJUDGED, VERDICTS))]
EVERY += itertools.starmap(by_mean, itertools.product(HIGH, LOW, ((ALIKE, BEYOND), (BEYOND,))))
WAYS = sorted((way for way in EVERY if len(way.names) <= 2), key=lambda way: len(way.names))  # fewest slips first
