"""The learner's function as the judge has it: called here, run behind the walls."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from course_lib.grading.room import Line, Stopped
from course_lib.grading.values import Tag, packed, unpacked


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
    """The exception that was raised behind the walls, by its name and in its words. Raises Stopped where it is no mistake."""
    name, words, at, needs = (str(said.get(key, "")) for key in ("raises", "words", "at", "needs"))
    words = (words or "no message") + f", at `{at}`" * bool(at)
    if name == "MemoryError":
        raise Stopped("memory")
    if needs:
        raise Stopped(f"It needs {needs}." + f" The line: `{at}`." * bool(at), "could not run")
    if said.get("outside"):
        raise Stopped(f"It reached for what is outside: {name}: {words}.", "reached outside")
    if name == "NotImplementedError":
        return NotImplementedError()
    return type(name if name.isidentifier() else "Exception", (Exception,), {})(words)
