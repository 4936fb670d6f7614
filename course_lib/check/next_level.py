"""Which level to train on next: the one of which most problems have samples that differ."""

from __future__ import annotations

from typing import Any

from course_lib.check import guard
from course_lib.check.endless import ending
from course_lib.check.exercise import Exercise
from course_lib.check.guard import Unready
from course_lib.check.level_slips import CASES, WAYS, Levels, differ, names, next_level, slipped

CALL = "next_level(levels)"


def look_at_next_level(f) -> str | None:
    f = ending(f, CALL)
    said = [asked(f, levels) for levels in CASES]
    if all(got is None for got in said):
        raise guard.returns_nothing(CALL)
    wrong = [(levels, got) for levels, got in zip(CASES, said, strict=True) if got != next_level(levels)]
    if not wrong:
        return None
    way = next((w for w in WAYS if all(slipped(w, c) == got for c, got in zip(CASES, said, strict=True))), None)
    return " ".join([*(names(way)[:2] if way else []), told(*wrong[0])])


def asked(f, levels: Levels) -> int | None:
    try:
        return f({n: [list(scores) for scores in level] for n, level in levels.items()})
    except Unready as why:
        empty = [n for n, level in levels.items() if not level]
        more = (
            f" Of level {empty[0]} nothing was sampled here: an empty list has no share. Pass over it." if empty else ""
        )
        raise Unready(f"{why}{more}") from None


def told(levels: Levels, got: int | None) -> str:
    """How many problems differ at each level, and what was said of it."""
    seen = "; ".join(f"level {n}: {sum(map(differ, level))} of {len(level)}" for n, level in sorted(levels.items()))
    wanted, odd = next_level(levels), "" if got is None or got in levels else f" There is no level {got}."
    return f"Problems that differ, {seen}. Next is {shown(wanted)}; you say {shown(got)}.{odd}"


def shown(level: int | None) -> str:
    return "`None`" if level is None else f"level {level}"


def a_level(result: Any) -> str | None:
    """A level or None."""
    if result is None or (hasattr(result, "__index__") and not isinstance(result, bool)):
        return None
    more = " Is this its share?" if isinstance(result, float) else ""
    return f"returns {guard.kind(result)}; return one of the levels, a whole number, or `None`.{more}"


ex2 = Exercise(
    name="ex2",
    call=CALL,
    title="Exercise 2: which level next?",
    task=(
        "A curriculum needs a next step that is neither solved nor out of reach. Choose it by what a filter or a policy gradient "
        "can learn from: problems that have a right sample *and* a wrong one.\n\n"
        "`levels` is a dictionary. `levels[5]` are the problems of five steps that were tried: for each one the list of its "
        "samples' scores, 1 or 0. Return the level with the largest *share* of problems whose scores differ; of equals the "
        "easier one, which is the smaller number; and `None` if no problem of any level differs. Levels come in any order, and "
        "of some level nothing may have been sampled: its list is empty."
    ),
    stub=(
        "def next_level(levels):\n"
        '    """The level with the largest share of problems that differ, or None."""\n'
        "    ...\n"
        "\n"
        "\n"
        "ex2.check(next_level)"
    ),
    minutes=8,
    stars=2,
    hint_text=(
        "Two levels can both have a mean of 0.5: in one every problem is right in half of its samples, in the other half of the "
        "problems are right in all. Only the first has anything to choose. So look at one problem at a time: "
        "`len(set(scores)) > 1`."
    ),
    confirms=(
        "One of the levels here had a mean of 0.5 and nothing to choose; the one to train on beside it had 0.16. A "
        "finer measure weighs *how much* a problem differs: p(1 − p), if p of its samples are right. And note what the share "
        "depends on: K samples of such a problem differ with a chance of 1 − pᴷ − (1 − p)ᴷ. With more samples more problems "
        "differ, but a slip in a hundred teaches little. One more thing the share can't say: whether the level is what you want "
        "the model to be good at."
    ),
    answer_of=(next_level, differ),
    complain=a_level,
    examine=look_at_next_level,
)
