"""Exercises of notebook 09f: why a round leaves a filter nothing to choose, and which level to train on next."""

from __future__ import annotations

from collections import Counter
from typing import Any

from course_lib.check import guard
from course_lib.check.endless import ending
from course_lib.check.exercise import Exercise
from course_lib.check.genuine import plain
from course_lib.check.next_level import ex2
from course_lib.check.standstill import ALIKE, BEYOND, CAUSES, NONE, ROUNDS, SATURATED, cause, why
from course_lib.check.standstill_slips import WAYS
from course_lib.select import differs, only_judged
from course_lib.types import Group

CALL = "why(groups)"


def look_at_why(f) -> str | None:
    f = ending(f, CALL)
    said = [plain(f(list(groups))) for groups in ROUNDS]
    wrong = [(groups, got) for groups, got in zip(ROUNDS, said, strict=True) if got != why(groups)]
    if not wrong:
        return None
    way = next((w for w in WAYS if all(w.say(g) == got for g, got in zip(ROUNDS, said, strict=True))), None)
    return " ".join([*(way.names[:2] if way else []), told(*wrong[0])])


def told(groups: list[Group], got: str) -> str:
    """A round in numbers, its cause, and what was said of it."""
    seen = [g for g in map(only_judged, groups) if g.scores_G]
    n, count = len(seen), Counter(map(cause, seen))
    parts = ", ".join(f"{count[c]} {words}" for c, words in WORDS.items() if count[c])
    left_out = f" ({len(groups) - n} more have nothing judged.)" if len(groups) > n else ""
    return f"Of {n} problems: {parts}.{left_out} That is “{why(groups)}”; you say “{got}”."


WORDS = {
    NONE: "that differ",
    SATURATED: "all right",
    ALIKE: "all wrong with one text",
    BEYOND: "all wrong with several texts",
}


def one_of_four(result: Any) -> str | None:
    wanted = f"one of four, as text: {', '.join(f'`{c!r}`' for c in CAUSES)}."
    if not isinstance(result, str):
        return f"returns {guard.kind(result)}; return {wanted}"
    return None if plain(result) in CAUSES else f"says “{result[:40]}”; say {wanted}"


ex1 = Exercise(
    name="ex1",
    call=CALL,
    title="Exercise 1: why does nothing move?",
    task=(
        "A run stands still. Find the cause in what one round sampled. `groups` has a group for each problem: `g.scores_G` are "
        "the scores of its samples, 1 for right and 0 for wrong, and `[c.text for c in g.completions_G]` are their texts. NaN "
        "means that a sample could not be judged: leave it out with its text, and a problem of which nothing was judged as "
        "well.\n\n"
        "A problem *differs* if it has a right sample and a wrong one. If at least a third of the problems differ, there is "
        "enough to choose: say `'none'`. If not, say which of these is commonest (there is no tie):\n\n"
        "`'saturated'`: all its samples are right, whatever the texts.\n\n"
        "`'alike'`: all are wrong, and all are one and the same text.\n\n"
        "`'out of reach'`: all are wrong, and the texts are not all the same."
    ),
    stub=('def why(groups):\n    """Why this round teaches little: one of the four."""\n    ...\n\n\nex1.check(why)'),
    minutes=8,
    stars=2,
    hint_text=(
        "First a word for each problem, then count the words with `Counter`. Leave out what was not judged before anything else: "
        "`[(s, c.text) for s, c in zip(g.scores_G, g.completions_G) if not math.isnan(s)]`."
    ),
    confirms=(
        "Each cause has its own cure. *Saturated*: other problems; the same ones teach no more, however they are sampled. "
        "*Alike*: a higher temperature, for here something new has to be tried. *Out of reach*: a teacher, or easier problems on "
        "the way. The word hides the counts, though: with 13 solved problems and 7 out of reach it says “saturated”, and the 7 "
        "need another cure than the 13. And before you pay a teacher, read three of the answers “out of reach”. In public runs "
        "the commonest cause is none of these: the answers are right, and the program that reads them finds none."
    ),
    answer_of=(why, cause, only_judged, differs),
    complain=one_of_four,
    examine=look_at_why,
)

__all__ = ["ex1", "ex2"]
