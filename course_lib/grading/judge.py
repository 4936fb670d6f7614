"""One exercise of one notebook judged: the check runs here, on a function that lives behind the walls.

What a determined cheat can still do is to return the right results without having understood: copy the package's own function, or
write down what the check is known to expect. No machine sees that; an instructor who asks what a line does will.
"""

from __future__ import annotations

import ast
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from course_lib.check.exercise import Exercise
from course_lib.check.guard import unfilled
from course_lib.check.verdict import Verdict
from course_lib.grading.cells import Cell, broken, program, untouched
from course_lib.grading.room import Line, Stopped
from course_lib.grading.values import Tag, packed, unpacked

LONGEST = 1000  # characters of a sentence: it may quote what the learner's function returns


@dataclass(frozen=True)
class Mark:
    """What came of an exercise: "passed", "mistake", "not tried" or "stopped", and a sentence. `note` is for the instructor."""

    status: str
    says: str = ""
    note: str = ""


def judged(cells: list[Cell], module: str, names: list[str], exercise: Exercise, room: Callable) -> Mark:
    """Run what the cells give to this exercise's check behind the walls of `room()`, and judge it here."""
    if wrong := broken(cells, exercise.name):
        return Mark("mistake", wrong)
    if untouched(cells, exercise):
        return Mark("not tried")
    sources = program(cells, exercise.name)
    order = {"cells": sources, "name": exercise.name, "names": names, "module": f"course_lib.check.{module}"}
    try:
        with room() as line:
            verdict = verdict_on(exercise, line, line.asks(order))
    except Stopped as why:
        return Mark("stopped", str(why))
    if verdict.says == str(unfilled(exercise.call)):
        return Mark("not tried")
    return Mark("passed" if verdict.passed else "mistake", verdict.says[:LONGEST], borrowed(sources, exercise))


def verdict_on(exercise: Exercise, line: Line, found: dict) -> Verdict:
    """The check's verdict on the function that the cells gave it."""
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


class There:
    """The learner's function behind the walls. An object: `guard.stopped` looks for the source of a function."""

    def __init__(self, line: Line):
        self.line, self.functions = line, []

    def __call__(self, *args: Any) -> Any:
        reply = self.line.asks({"args": [packed(a, self.special) for a in args]})
        while "ask" in reply:
            reply = self.line.asks(self.answer(reply))
        if "raises" in reply:
            raise raised(reply)
        try:
            for i, value in reply["changed"].items():
                write_back(args[int(i)], unpacked(value, {}))
            return unpacked(reply["gives"], {})
        except Exception:
            raise Stopped("a garbled reply") from None

    def answer(self, asked: dict) -> dict:
        """What a function among the arguments, for example `ask`, says to the learner's call of it."""
        try:
            args, named = [unpacked(a, {}) for a in asked["args"]], unpacked({"dict": asked["named"]}, {})
            return {"gives": packed(self.functions[asked["ask"]](*args, **named), self.special)}
        except Exception as error:
            return {"raises": f"{type(error).__name__}: {error}"}

    def special(self, value: Any) -> Tag | None:
        """The kinds of argument that only a check sends."""
        if isinstance(value, random.Random):
            version, state, gauss = value.getstate()
            return {"lots": [version, list(state), gauss]}
        if isinstance(value, Counter):
            return {"counter": packed(dict(value))}
        if hasattr(value, "_asdict"):
            return {"record": [type(value).__name__, *([[k, packed(v)] for k, v in m] for m in members(value))]}
        if callable(value):
            self.functions.append(value)
            return {"ask": len(self.functions) - 1}
        return None


def members(record: Any) -> tuple[list, list]:
    """The fields of a named tuple and its properties, with their values."""
    properties = [name for name, value in vars(type(record)).items() if isinstance(value, property)]
    return list(record._asdict().items()), [(name, getattr(record, name)) for name in properties]


def write_back(mine: Any, theirs: Any) -> None:
    """Let the check see what the learner's function did to its argument."""
    if type(mine) is type(theirs) is list:
        mine[:] = theirs
    elif type(mine) is type(theirs) is dict:
        mine.clear()
        mine.update(theirs)


def raised(said: dict) -> Exception:
    """The exception that was raised behind the walls, by its name and in its words. Raises Stopped where memory was short."""
    name, words, at = (str(said.get(key, "")) for key in ("raises", "words", "at"))
    if name == "MemoryError":
        raise Stopped("memory")
    if name == "NotImplementedError":
        return NotImplementedError()
    words = (words or "no message") + f", at `{at}`" * bool(at)
    return type(name if name.isidentifier() else "Exception", (Exception,), {})(words)


def borrowed(sources: list[str], exercise: Exercise) -> str:
    """A note where the answer imports a function of the package that is the answer key, and no hint."""
    told = exercise.stub + exercise.task + exercise.hint_text
    key = {(f.__module__, f.__name__) for f in exercise.answer_of if f.__name__ not in told}
    nodes = (node for source in sources for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom))
    used = [f"{n.module}.{a.name}" for n in nodes for a in n.names if (n.module, a.name) in key]
    return f"imports {used[0]}, which is the answer key" if used else ""
