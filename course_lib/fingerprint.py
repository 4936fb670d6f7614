"""What a method is made of, as a hash: the code of its slots and the settings they were made with."""

from __future__ import annotations

import hashlib
import inspect
from dataclasses import fields, is_dataclass
from functools import partial
from typing import Any

UNSEEN = ("bar",)  # a progress bar changes no result


def fingerprint(*things: Any) -> str:
    """Sixteen hexadecimal digits; another slot, another setting or another line of a slot's code gives others."""
    return hashlib.sha256(repr([parts(t) for t in things]).encode()).hexdigest()[:16]


def parts(thing: Any) -> Any:
    """Functions become their code and what they enclose; records their fields; plain values stay."""
    if isinstance(thing, partial):
        return ["partial", parts(thing.func), parts(thing.args), named(thing.keywords)]
    if inspect.isfunction(thing):
        return [thing.__qualname__, code(thing.__code__), named(enclosed(thing)), parts(thing.__defaults__)]
    if is_dataclass(thing) and not isinstance(thing, type):
        return [type(thing).__name__, named({f.name: getattr(thing, f.name) for f in fields(thing)})]
    if isinstance(thing, list | tuple):
        return [parts(t) for t in thing]
    return thing if isinstance(thing, str | int | float | bool | None) else type(thing).__name__


def named(values: dict) -> list:
    return [(name, parts(value)) for name, value in sorted(values.items()) if name not in UNSEEN]


def enclosed(function) -> dict:
    cells = function.__closure__ or ()
    return dict(zip(function.__code__.co_freevars, (c.cell_contents for c in cells), strict=True))


def code(body) -> list:
    """A function's bytecode, names and constants, those of the functions inside it too."""
    constants = [code(c) if inspect.iscode(c) else repr(c) for c in body.co_consts]
    return [body.co_code.hex(), body.co_names, constants]
