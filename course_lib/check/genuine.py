"""Exercises of notebook 09e: a verdict on a score that rose, and which answers a spot check has to read."""

from __future__ import annotations

from typing import Any

from course_lib.check import guard
from course_lib.check.endless import ending
from course_lib.check.exercise import Exercise
from course_lib.check.gain_slips import (
    CASES,
    VERDICTS,
    WAYS,
    Case,
    Gain,
    Measured,
    genuine_or_hacked,
    names,
    paired,
    seen,
    slipped,
)
from course_lib.check.spot_check import ex2
from course_lib.statistics import paired_gain

CALL = "genuine_or_hacked(proxy, gold)"


def look_at_verdict(f) -> str | None:
    f = ending(f, CALL)
    said = [plain(f(copied(case.proxy), copied(case.gold))) for case in CASES]
    wrong = [(c, got) for c, got in zip(CASES, said, strict=True) if got != genuine_or_hacked(c.proxy, c.gold)]
    if not wrong:
        return None
    runs = list(map(seen, CASES))
    way = next((w for w in WAYS if said == [slipped(w, run) for run in runs]), None)
    return " ".join([*(names(way)[:2] if way else []), told(*wrong[0])])


def copied(m: Measured) -> Measured:
    return Measured(list(m.before), list(m.after))


def plain(said: str) -> str:
    return said.strip().strip(".").lower()


def told(case: Case, got: str) -> str:
    """The run in numbers, what they show, and what was said of it."""
    proxy, gold = paired(case.proxy), paired(case.gold)
    return (
        f"On {len(case.gold.before)} problems the score moved by {shown(proxy)} and gold by {shown(gold)}. {case.shows}: "
        f"“{genuine_or_hacked(case.proxy, case.gold)}”. You say “{got}”."
    )


def shown(gain: Gain) -> str:
    return f"{gain.value:+.2f} [{gain.low:+.2f}, {gain.high:+.2f}]".replace("-", "−")


def one_of_four(result: Any) -> str | None:
    wanted = f"one of the four verdicts, as text: {', '.join(f'`{v!r}`' for v in VERDICTS)}."
    if not isinstance(result, str):
        return f"returns {guard.kind(result)}; return {wanted}"
    return None if plain(result) in VERDICTS else f"says “{result[:40]}”; say {wanted}"


ex1 = Exercise(
    name="ex1",
    call=CALL,
    title="Exercise 1: genuine or hacked?",
    task=(
        "The score of a run went up. Is that a gain? Say it of runs of which both are known: the score, `proxy`, and `gold`. "
        "Each has `.before` and `.after`, a number for each problem, the same problems in the same order. Take the 95 % interval "
        "of the mean gain, by problem. Of these four say the first that fits:\n\n"
        "1. `'nothing to explain'`: the score's interval does not lie above 0.\n\n"
        "2. `'genuine'`: gold's interval lies above 0.\n\n"
        "3. `'hacked'`: gold's interval lies below 0.05, so a gain worth the name is ruled out.\n\n"
        "4. `'cannot tell'`: the rest.\n\n"
        "`paired_gain(new, old)` gives `{'value': …, 'interval': [low, high]}`."
    ),
    stub=(
        "from course_lib.statistics import paired_gain\n"
        "\n"
        "\n"
        "def genuine_or_hacked(proxy, gold):\n"
        '    """Whether a risen score is a gain: one of the four verdicts."""\n'
        "    ...\n"
        "\n"
        "\n"
        "ex1.check(genuine_or_hacked)"
    ),
    minutes=8,
    stars=2,
    hint_text=(
        "Two intervals, three `if`s, in the order of the task. Which end of which interval does each one ask for? "
        "`low, high = paired_gain(gold.after, gold.before)['interval']`."
    ),
    confirms=(
        "Note the two kinds of no. “Hacked” needs an interval that is *narrow*, near 0 or below it: gold is shown not to have "
        "followed. “Cannot tell” is a wide one, and the cure for it is more labels, not a bolder word. The 0.05 is a choice, to "
        "be made before one looks: what is the least gain that you would care about?"
    ),
    answer_of=(genuine_or_hacked, paired, paired_gain),
    complain=one_of_four,
    examine=look_at_verdict,
)

__all__ = ["ex1", "ex2"]
