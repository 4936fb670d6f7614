"""One exercise of one notebook judged: the check runs here, on a function that lives behind the walls.

What a determined cheat can still do is to return the right results without having understood: copy the package's own function, or
write down what the check is known to expect. No machine sees that; an instructor who asks what a line does will.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from course_lib.check.exercise import Exercise
from course_lib.check.guard import unfilled
from course_lib.check.verdict import Verdict
from course_lib.grading.cells import Cell, giving, program, untouched
from course_lib.grading.keys import borrowed
from course_lib.grading.room import Line, Stopped
from course_lib.grading.there import There, raised

LONGEST = 1000  # characters of a sentence: it may quote what the learner's function returns


@dataclass(frozen=True)
class Mark:
    """What came of an exercise, and a sentence. `note` is for the instructor.

    status: "passed", "mistake", "not tried", "stopped" (by a limit), "could not run" (it needs what only the notebook has), or
    "reached outside" (for a file, the network or another process).
    """

    status: str
    says: str = ""
    note: str = ""


def judged(cells: list[Cell], module: str, names: list[str], exercise: Exercise, room: Callable) -> Mark:
    """Run what the cells give to this exercise's check behind the walls of `room()`, and judge it here."""
    tries, blank = giving(cells, exercise.name), untouched(cells, exercise)
    wrong = tries[-1].wrong if tries else ""
    if wrong and (blank or not any(cell.tree for cell in tries)):
        return Mark("mistake", wrong)
    if blank:
        return Mark("not tried")
    sources = program(cells, exercise.name)
    order = {"cells": sources, "name": exercise.name, "names": names, "module": f"course_lib.check.{module}"}
    notes = [borrowed(sources, exercise), f"An earlier answer counts: {wrong}" * bool(wrong)]
    try:
        with room() as line:
            found = line.asks(order)
            verdict = verdict_on(exercise, line, found)
    except Stopped as why:
        return Mark(why.status, str(why)[:LONGEST], noted(notes))
    if verdict.says == str(unfilled(exercise.call)):
        return Mark("not tried")
    notes += [f"A line could not run here: {missed(found)}."] * bool(missed(found))
    notes += [f"It reached for {tried(line)}."] * bool(tried(line))
    return Mark("passed" if verdict.passed else "mistake", verdict.says[:LONGEST], noted(notes))


def noted(notes: list[str]) -> str:
    return " ".join(filter(None, notes))[:LONGEST]


def missed(found: dict) -> str:
    """The first line of the answer's cells that stopped, in the words of the desk."""
    lines = found.get("missed")
    if not isinstance(lines, list) or not lines or "found" not in found:
        return ""
    return f"{lines[0]}" + f" (and {len(lines) - 1} more)" * (len(lines) > 1)


def tried(line: Line) -> str:
    """What the process behind the walls says it has reached for, last of all."""
    what = line.last.get("tried")
    return " and ".join(map(str, what)) if isinstance(what, list) else ""


def verdict_on(exercise: Exercise, line: Line, found: dict) -> Verdict:
    """The check's verdict on the function that the cells gave it. Raises Stopped."""
    if "raises" in found:
        error = raised(found)
        return Verdict(False, f"The cell stops with {type(error).__name__}: {error}.")
    kinds = {"function": There(line), "async": nothing, "something else": None}
    try:
        return exercise.check(kinds.get(str(found.get("found"))))
    except Exception as error:  # a check is made for what learners write, and this is none of it
        return Verdict(False, f"The check can't judge what this function returns ({type(error).__name__}).")


async def nothing() -> None:
    """Stands for a function with `async def`, which the check explains."""
