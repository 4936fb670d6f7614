"""A slot function in a few words, as one would write it: `correct(cap=2)`, `noisy(score=verify, p=0.2)`."""

from __future__ import annotations

import inspect
import sys
from dataclasses import fields, is_dataclass
from functools import partial
from typing import Any

from course_lib.errors import CourseError
from course_lib.run.fingerprint import UNSEEN, enclosed
from course_lib.show.code import maker


def settings(slot: Any) -> dict:
    """What a slot function was made with, from its closure, in the order its maker takes it. Records are opened."""
    if isinstance(slot, partial):
        return {k: v for k, v in slot.keywords.items() if k not in UNSEEN}
    found: dict = {}
    for name, value in enclosed(slot).items():
        found |= {f.name: getattr(value, f.name) for f in fields(value)} if is_dataclass(value) else {name: value}
    makes = maker(slot)
    known = list(inspect.signature(makes).parameters) if makes is not slot else list(found)
    return {name: found[name] for name in known if name in found and name not in UNSEEN}


def same(a: Any, b: Any) -> bool:
    """Do two slot functions run the same code with the same settings?"""
    if hasattr(a, "__code__") and hasattr(b, "__code__"):
        mine, other = settings(a), settings(b)
        return same_code(a, b) and mine.keys() == other.keys() and all(same(mine[k], other[k]) for k in mine)
    if isinstance(a, partial) and isinstance(b, partial):
        return same(a.func, b.func) and a.args == b.args and settings(a) == settings(b)
    return a is b or a == b


def same_code(a: Any, b: Any) -> bool:
    return getattr(a, "__code__", a) == getattr(b, "__code__", b)


def spelled(slot: Any) -> str:
    """The slot as one would write it."""
    if isinstance(slot, partial):
        return called(spelled(slot.func), settings(slot))
    if isinstance(slot, dict):
        return f"{{{len(slot)} entries}}"
    if not hasattr(slot, "__code__"):
        return repr(slot)
    bound = next((n for n, v in vars(sys.modules[slot.__module__]).items() if v is slot), None)
    writer, given = written(slot)
    return bound or (slot.__name__ if writer is slot else called(writer.__name__, given))


def called(name: str, given: dict) -> str:
    return f"{name}({', '.join(f'{k}={spelled(v)}' for k, v in given.items() if v is not None)})"


def written(slot: Any) -> tuple[Any, dict]:
    """(maker, its arguments). `correct(cap)` makes what `above(0.5, cap)` makes, and is the nicer word for it.

    Nicer words are looked for only in the course's own files, among makers of the same kind: calling those only makes.
    """
    makes, given = maker(slot), settings(slot)
    if makes is slot or not slot.__module__.startswith("course_lib."):
        return makes, given
    kind = makes.__annotations__.get("return", "unknown")
    for other in vars(sys.modules[slot.__module__]).values():
        if inspect.isfunction(other) and other is not makes and other.__annotations__.get("return") == kind:
            trial = arguments(other, makes, given)
            if trial and makes_same(other, trial, slot):
                return other, trial
    return makes, given


def arguments(other: Any, makes: Any, given: dict) -> dict:
    """What `other` would be called with: some of these settings by name, or all of them where it takes the same kinds."""
    names = list(inspect.signature(other).parameters)
    if set(names) <= set(given):
        return {n: given[n] for n in names}
    alike = list(other.__annotations__.values()) == list(makes.__annotations__.values())
    return dict(zip(names, given.values(), strict=True)) if alike and len(names) == len(given) else {}


def makes_same(other: Any, trial: dict, slot: Any) -> bool:
    try:
        return same(other(**trial), slot)
    except CourseError:  # settings that this maker does not allow
        return False
