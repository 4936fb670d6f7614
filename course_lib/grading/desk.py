"""The desk inside the walls: runs a notebook's cells, then calls the learner's function for a judge who sits outside.

What this process says can at most be what the function could have returned, so there is nothing here to forge: no check, no
answer key and no verdict. The learner's code can read, change and close everything in it.
"""

from __future__ import annotations

import inspect
import os
import random
import sys
import traceback
from collections import Counter, namedtuple
from types import ModuleType, SimpleNamespace
from typing import Any, BinaryIO

from course_lib.grading.values import packed, received, send, unpacked

NOT_HERE = "torch"  # it needs threads and seconds; an exercise is plain Python


class Noted:
    """What `ex1` is here: its check notes the function, and nothing else of it does anything."""

    def __init__(self):
        self.function = self.noted = None

    def check(self, f: Any) -> SimpleNamespace:
        self.function, self.noted = f, True
        return SimpleNamespace(passed=True, says="", title="")  # lets an `assert` of a test cell through

    def __getattr__(self, name: str):
        return lambda *args, **named: None


def main() -> None:
    """The program: one exercise of one notebook."""
    line = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    line[0].readline()  # the judge's knock
    send(line[1], {"ready": True})
    nowhere = os.open(os.devnull, os.O_RDWR)
    for handle in (0, 1, 2):  # what the cells print, nobody reads
        os.dup2(nowhere, handle)
    order = received(line[0].readline())
    spare = bytes(4 << 20)  # memory to say that there is none left
    try:
        function = function_of(order)
        send(line[1], {"found": kind_of(function)})
    except BaseException as error:
        del spare
        send(line[1], told(error, order["cells"]))
        return
    while asked := line[0].readline():
        send(line[1], answered(function, received(asked), line, order["cells"]))


def function_of(order: dict) -> Any:
    """What the cells give to the check of this exercise; the last one counts."""
    stand_ins = {name: Noted() for name in order["names"]}
    module = sys.modules[order["module"]] = ModuleType(order["module"])
    sys.modules["course_lib.check"] = ModuleType("course_lib.check")
    vars(module).update(stand_ins)
    sys.modules[NOT_HERE] = None
    main = sys.modules["__main__"] = ModuleType("__main__")
    vars(main).update(stand_ins | {"display": lambda *args, **named: None})
    stopped = None
    for i, source in enumerate(order["cells"]):
        try:
            exec(compile(source, f"cell {i}", "exec", dont_inherit=True), vars(main))
        except Exception as error:  # a cell after the answer may need what is not run here
            stopped = stopped or error
    noted = stand_ins[order["name"]]
    if not noted.noted:
        raise stopped or LookupError(f"`{order['name']}.check(...)` was not reached")
    return noted.function


def kind_of(function: Any) -> str:
    if inspect.iscoroutinefunction(function):
        return "async"
    return "function" if callable(function) else "something else"


def answered(function: Any, asked: dict, line: tuple[BinaryIO, BinaryIO], cells: list[str]) -> dict:
    """What the function returns, with those of its lists and dicts that it changed; or what ended it."""
    spare = bytes(4 << 20)
    try:
        args = [unpacked(a, readers(line)) for a in asked["args"]]
        before = [packed(a) for a in args]
        result = packed(function(*args))
        after = {str(i): packed(a) for i, a in enumerate(args) if isinstance(a, list | dict)}
        return {"gives": result, "changed": {i: a for i, a in after.items() if a != before[int(i)]}}
    except BaseException as error:
        del spare
        return told(error, cells)


def told(error: BaseException, cells: list[str]) -> dict:
    """An exception in words: its name, its message, and the line of the cell where it was raised."""
    words = str(error)[:500]
    if isinstance(error, ImportError) and error.name == NOT_HERE:
        words = f"{NOT_HERE} is not there when answers are graded: use plain Python (`math`, or numpy)"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith("cell ")]
    where = cells[int(frames[-1].filename[5:])].split("\n")[frames[-1].lineno - 1].strip() if frames else ""
    return {"raises": type(error).__name__, "words": words, "at": where[:200]}


def readers(line: tuple[BinaryIO, BinaryIO]) -> dict:
    """How the kinds are made that only the judge sends: a function to ask, a record, a counter, a source of lots."""

    def ask(number: int):
        def asks(*args, **named):
            named = [[name, packed(value)] for name, value in named.items()]
            send(line[1], {"ask": number, "args": [packed(a) for a in args], "named": named})
            said = received(line[0].readline())
            if "raises" in said:
                raise RuntimeError(said["raises"])
            return unpacked(said["gives"], own)

        return asks

    def record(inner: list):
        name, values, more = inner
        fields, properties = ({k: unpacked(v, own) for k, v in pairs} for pairs in (values, more))
        return type(name, (namedtuple(name, fields),), properties)(**fields)

    def lots(state: list):
        made = random.Random()
        made.setstate((state[0], tuple(state[1]), state[2]))
        return made

    own = {"ask": ask, "record": record, "counter": lambda inner: Counter(unpacked(inner, own)), "lots": lots}
    return own
