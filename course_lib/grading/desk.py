"""The desk inside the walls: runs a notebook's cells, then calls the learner's function for a judge who sits outside.

What this process says can at most be what the function could have returned, so there is nothing here to forge: no check, no
answer key and no verdict. The learner's code can read, change and close everything in it.
"""

from __future__ import annotations

import inspect
import os
import random
from collections import Counter, namedtuple
from typing import Any, BinaryIO

from course_lib.grading.causes import missed, told, watched
from course_lib.grading.scene import played
from course_lib.grading.values import packed, received, send, unpacked


def main() -> None:
    """The program: one exercise of one notebook."""
    line = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    line[0].readline()  # the judge's knock
    send(line[1], {"ready": True})
    nowhere = os.open(os.devnull, os.O_RDWR)
    for handle in (0, 1, 2):  # what the cells print, nobody reads
        os.dup2(nowhere, handle)
    order, tried = received(line[0].readline()), watched()
    function, lost, found = function_of(order)
    send(line[1], found | {"tried": sorted(tried)})
    while "found" in found and (asked := line[0].readline()):
        said = answered(function, received(asked), line, order["cells"], lost)
        send(line[1], said | {"tried": sorted(tried)})


def function_of(order: dict) -> tuple[Any, dict[str, Exception], dict]:
    """What the cells give to the check, the names that they could not make, and what to say of it."""
    spare, lost = bytes(4 << 20), {}  # memory to say that there is none left
    try:
        function, why, lost, stopped = played(order)
        found = told(why, order["cells"], lost) if why else {"found": kind_of(function)}
        return function, lost, found | {"missed": [missed(*line, lost) for line in stopped]}
    except BaseException as error:
        del spare
        return None, lost, told(error, order["cells"], lost)


def kind_of(function: Any) -> str:
    if inspect.iscoroutinefunction(function):
        return "async"
    return "function" if callable(function) else "something else"


def answered(function: Any, asked: dict, line: tuple[BinaryIO, BinaryIO], cells: list[str], lost: dict) -> dict:
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
        return told(error, cells, lost)


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
