"""Data that passes through a pipe as lines of JSON. A reader can only make what stands here: no code, no class of the sender's.

A list is a list, a tuple and a dict carry a tag: {"tuple": [...]}. The course's nouns carry their name: {"Example": {...}}.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from fractions import Fraction
from typing import Any, BinaryIO

from course_lib import types

NOUNS = {noun.__name__: noun for noun in (types.Problem, types.Completion, types.Group, types.Example, types.Pair)}
Tag = dict[str, Any]


class Garbled(Exception):
    """What came is no message."""


def packed(value: Any, special: Callable[[Any], Tag | None] = lambda value: None) -> Any:
    """`value` as JSON. `special` knows how to send more kinds; of what nobody knows, only the name of its type is sent."""
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        value = value.item()  # a number of numpy's is a number
    value = float(value) if isinstance(value, Fraction) else value
    for kind in (bool, int, float, str):  # of a subclass the plain one is sent
        if isinstance(value, kind):
            return kind(value)
    if value is None:
        return None
    if tag := special(value):
        return tag
    if type(value) is list:
        return [packed(v, special) for v in value]
    if isinstance(value, tuple):
        return {"tuple": [packed(v, special) for v in value]}
    if isinstance(value, dict):
        return {"dict": [[packed(k, special), packed(v, special)] for k, v in value.items()]}
    if type(value) in NOUNS.values():
        return {type(value).__name__: {f.name: packed(getattr(value, f.name), special) for f in fields(value)}}
    return {"ellipsis": None} if value is ... else {"other": type(value).__name__}


def unpacked(value: Any, special: dict[str, Callable[[Any], Any]]) -> Any:
    """The value that `packed` gave; `special` makes more kinds from their tags. Raises Garbled."""
    if isinstance(value, list):
        return [unpacked(v, special) for v in value]
    if not isinstance(value, dict):
        return value
    try:
        ((tag, inner),) = value.items()
        if tag in special:
            return special[tag](inner)
        if tag in NOUNS:
            return NOUNS[tag](**{name: unpacked(v, special) for name, v in inner.items()})
        return READERS[tag](inner, special)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Garbled(str(error)) from None


READERS = {
    "tuple": lambda inner, special: tuple(unpacked(list(inner), special)),
    "dict": lambda inner, special: {unpacked(k, special): unpacked(v, special) for k, v in inner},
    "ellipsis": lambda inner, special: ...,
    "other": lambda inner, special: type(str(inner)[:60], (), {})(),  # a stranger with a name, to be complained about
}


def send(to: BinaryIO, message: dict) -> None:
    to.write(json.dumps(message).encode() + b"\n")
    to.flush()


def received(line: bytes) -> dict:
    """The message on one line. Raises Garbled."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Garbled(str(error)) from None
    if not isinstance(message, dict):
        raise Garbled(f"{type(message).__name__} is no message")
    return message
