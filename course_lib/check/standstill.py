"""Why a round leaves a filter nothing to choose: the cause, and rounds made by hand that each show one thing."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

from course_lib.check.made import MIA, MISREAD, OTHER, RIGHT, SPACED, TENS, WRONG
from course_lib.select import differs, only_judged
from course_lib.types import Completion, Group

NONE, SATURATED, ALIKE, BEYOND = "none", "saturated", "alike", "out of reach"
CAUSES = (NONE, SATURATED, ALIKE, BEYOND)
ENOUGH = 1 / 3  # of the problems; from there on there is something to choose


def why(groups: list[Group]) -> str:
    """One of CAUSES for a round: NONE if at least ENOUGH of its problems differ, else the commonest among the others."""
    causes = Counter(cause(g) for g in map(only_judged, groups) if g.scores_G)
    if causes[NONE] >= ENOUGH * causes.total():
        return NONE
    del causes[NONE]
    return causes.most_common(1)[0][0]


def cause(group: Group) -> str:
    """Why a problem leaves nothing to choose; NONE if its scores differ."""
    if differs(group):
        return NONE
    if group.scores_G[0] > 0.5:
        return SATURATED
    return ALIKE if one_text(group) else BEYOND


def one_text(group: Group) -> bool:
    return len({c.text for c in group.completions_G}) == 1


# ---- rounds made by hand

FAR, SHORT, BENT = "23+9=32\n32+14=46\n#### 46", "14-9=5\n#### 5", "23-9=13\n13+14=27\n#### 27"
NAN = math.nan
KINDS = {  # the samples of a problem: texts and scores
    "solved": ((RIGHT, OTHER, RIGHT, TENS), (1, 1, 1, 1)),
    "same": ((RIGHT,) * 4, (1, 1, 1, 1)),
    "mostly": ((RIGHT, WRONG, OTHER, RIGHT), (1, 0, 1, 1)),
    "once": ((FAR, WRONG, OTHER, SHORT), (0, 0, 1, 0)),
    "wrong": ((WRONG, FAR, SHORT, MISREAD), (0, 0, 0, 0)),
    "twice": ((WRONG, FAR, WRONG, FAR), (0, 0, 0, 0)),
    "ending": ((WRONG, MISREAD, BENT, WRONG + "\n"), (0, 0, 0, 0)),  # one answer, four texts
    "echo": ((WRONG,) * 4, (0, 0, 0, 0)),
    "solved_but": ((RIGHT, FAR, OTHER, SPACED), (1, NAN, 1, 1)),  # but one could not be judged
    "wrong_but": ((WRONG, FAR, SHORT, MISREAD), (0, 0, NAN, 0)),
    "echo_but": ((WRONG, WRONG, FAR, WRONG), (0, 0, NAN, 0)),
    "unjudged": ((RIGHT, FAR, WRONG, OTHER), (NAN, NAN, NAN, NAN)),
}


def made_of(**counts: int) -> list[Group]:
    """A round: so many problems of each kind."""
    kinds = [KINDS[name] for name, n in counts.items() for _ in range(n)]
    return [Group(replace(MIA, id=f"mia {i}"), tuple(map(Completion, t)), s) for i, (t, s) in enumerate(kinds)]


ROUNDS = (
    made_of(solved=13, mostly=8),  # nearly all right, and much to learn
    made_of(solved=13, wrong=7),  # a mean in the middle, and nothing to learn
    made_of(once=8, wrong=13),
    made_of(mostly=7, solved=14),  # a third, and not one more
    made_of(mostly=6, solved=14),  # one less
    made_of(wrong=16, mostly=2, solved=2),
    made_of(echo=16, wrong=4, solved=1),
    made_of(same=16, solved=2, once=2),
    made_of(once=11, solved=9),
    made_of(once=11, wrong=9),
    made_of(mostly=9, wrong=7, solved=4),
    made_of(twice=14, solved=4, mostly=2),
    made_of(ending=13, same=4, mostly=2),
    made_of(solved_but=14, solved=4, wrong=2),
    made_of(wrong_but=12, echo=5, mostly=2),
    made_of(echo_but=13, wrong=6, once=1),
    made_of(unjudged=12, wrong=5, mostly=3),
    made_of(unjudged=11, solved=6, once=1, wrong=1),
)
