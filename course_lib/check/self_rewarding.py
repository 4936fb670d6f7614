"""Exercises of notebook 04: a pair of best and worst, and the mean of the points that could be read."""

from __future__ import annotations

import math

from course_lib.check import guard, made, paired
from course_lib.check.exercise import Exercise
from course_lib.check.made import group
from course_lib.check.page import quoted
from course_lib.check.readings import ex2
from course_lib.select import as_pair, best_worst, judged
from course_lib.types import Turn

NAN = math.nan
JUDGED = [  # Eva's worst has more points than most of Mia's; Ben's answers tie
    group(made.MIA, (made.OTHER, 3.0), (made.WRONG, 2.0), (made.RIGHT, 4.5), (made.MISREAD, 1.5)),
    group(made.BEN, (made.BEN_RIGHT, 3.0), (made.BEN_WRONG, 3.0), (made.BEN_FUDGED, 3.0)),
    group(made.EVA, (made.EVA_06, 4.2), (made.EVA_02, 4.0), (made.EVA_10, 4.4)),
]
UNREAD = [  # NaN first, then a problem with one judged answer, then NaN in the middle
    group(made.MIA, (made.RIGHT, NAN), (made.OTHER, 4.0), (made.LUCKY, 3.0), (made.WRONG, 2.0)),
    group(made.BEN, (made.BEN_WRONG, 4.0), (made.BEN_RIGHT, NAN)),
    group(made.EVA, (made.EVA_06, 3.0), (made.EVA_10, NAN), (made.EVA_00, 1.0)),
]
CUT = [  # cut ones on top, at the bottom, and beside a tie
    group(made.MIA, (made.CUT, 5.0), (made.WRONG, 2.0), (made.RIGHT, 4.0), cut=(made.CUT,)),
    group(made.BEN, (made.BEN_RIGHT, 4.0), (made.BEN_WORSE, 2.0), (made.BEN_CUT, 1.0), cut=(made.BEN_CUT,)),
    group(made.EVA, (made.EVA_10, 3.0), (made.EVA_CUT, 1.0), (made.EVA_02, 3.0), cut=(made.EVA_CUT,)),
]
# the judge likes a wrong one best
FOOLED = [group(made.BEN, (made.BEN_WORSE, 5.0), (made.BEN_RIGHT, 3.0), (made.BEN_WRONG, 1.5))]
NOTHING = [group(made.BEN, (made.BEN_CUT, 4.0), (made.BEN_WRONG, NAN), cut=(made.BEN_CUT,))]
BATCHES = (JUDGED, UNREAD, CUT, FOOLED, NOTHING)


def look_at_pairs(f) -> str | None:
    tried = [(groups, best_worst()(groups, Turn(0, 1)), f(list(groups))) for groups in BATCHES]
    for look in paired.LOOKS:
        if said := next((said for t in tried if (said := look(*t))), None):
            return said
    return None


ex1 = Exercise(
    name="ex1",
    call="pairs(groups)",
    title="Exercise 1: best against worst",
    task=(
        "Write the step from points to pairs. A group's `scores_G` are now the judge's mean points, 1 to 5, and NaN where no "
        "judgement could be read. For each problem make one `Pair` of its best completion and its worst.\n\n"
        "A completion that was cut (`finished` is False) or not judged (NaN) goes into no pair. Where all that is left has "
        "the same points, there is no pair either; any lead makes one (the margin comes later). Return a "
        "list of `Pair(prompt, chosen, rejected, problem_id, level)`, in "
        "the order of the groups."
    ),
    stub=(
        "import math\n"
        "\n"
        "from course_lib import Pair\n"
        "\n"
        "\n"
        "def pairs(groups):\n"
        '    """One pair of best and worst for each problem that has one."""\n'
        "    ...\n"
        "\n"
        "\n"
        "ex1.check(pairs)"
    ),
    minutes=8,
    stars=2,
    hint_text=(
        "For each group first make a list of what may go into a pair: `(score, text)` of all that is finished and for which "
        "`math.isnan(score)` is False. Only then look for the largest and the smallest score. Which two cases leave no pair?"
    ),
    confirms=(
        "The same as `select.best_worst()`. Did you see Ben's pair in which the judge was fooled? "
        f"{quoted(made.BEN_WORSE)} is chosen: it adds where it should take away, and got 5 points. No filter after the judge "
        "can know."
    ),
    answer_of=(best_worst, judged, as_pair),
    complain=guard.pairs,
    examine=look_at_pairs,
)

__all__ = ["ex1", "ex2"]
