"""What a method is made of, as a hash: the code of its slots, what that code calls, and the settings they were made with."""

from __future__ import annotations

import dis
import hashlib
import inspect
import re
from dataclasses import fields, is_dataclass
from functools import partial
from importlib import import_module
from itertools import chain
from typing import Any

from course_lib.policy import weights_hash

PLAIN = (str, bytes, int, float, bool, tuple, set, frozenset, dict, re.Pattern)
UNSEEN = ("bar", "say")  # a progress bar and what is said change no result


def fingerprint(*things: Any) -> str:
    """Sixteen hexadecimal digits; another slot, another setting or another line of a slot's code gives others.

    The code includes functions and classes of the same package, of the course and of the notebook that it calls by name,
    also through a module of the course or an import inside a function, and the plain values it reads there. What a
    library does, and what an object of another kind holds, is not looked into; of a model it is the weights.
    """
    seen: set[int] = set()
    return hashlib.sha256(repr([parts(t, seen) for t in things]).encode()).hexdigest()[:16]


def parts(thing: Any, seen: set[int]) -> Any:
    """Functions become their code and what they use; records, lists and dicts what they hold; plain values stay."""
    if thing is None or isinstance(thing, str | int | float | bool):
        return thing
    if isinstance(thing, bytes):
        return thing.hex()
    if isinstance(thing, set | frozenset):
        return sorted(repr(parts(t, seen)) for t in thing)
    if isinstance(thing, partial):
        return ["partial", parts(thing.func, seen), parts(thing.args, seen), named(thing.keywords, seen)]
    if inspect.ismethod(thing):
        return [parts(thing.__func__, seen), named(getattr(thing.__self__, "__dict__", {}), seen)]
    if inspect.isfunction(thing):
        return function(thing, seen)
    if not inspect.isclass(thing) and callable(getattr(thing, "state_dict", None)):
        return weights_hash(thing)
    if type(thing).__module__.partition(".")[0] in ("torch", "numpy") and hasattr(thing, "shape"):
        return numbers_of(thing)
    if inspect.isclass(thing) and package(thing) in ("course_lib", "__main__"):
        return kind(thing, seen)
    if isinstance(thing, re.Pattern):
        return [thing.pattern, thing.flags]
    if is_dataclass(thing) and not isinstance(thing, type):
        return [kind(type(thing), seen), named({f.name: getattr(thing, f.name) for f in fields(thing)}, seen)]
    if isinstance(thing, list | tuple):
        return [parts(t, seen) for t in thing]
    if isinstance(thing, dict):
        return sorted(
            ((repr(k), parts(v, seen)) for k, v in thing.items()), key=lambda row: row[0]
        )  # disk orders weights anew
    return getattr(thing, "__qualname__", type(thing).__name__)


def numbers_of(thing: Any) -> list:
    """A tensor or an array: its kind, its shape and a hash of what it holds."""
    if type(thing).__module__.startswith("numpy"):  # which may hold texts or objects as well
        return [str(thing.dtype), thing.shape, hashlib.sha256(repr(thing.tolist()).encode()).hexdigest()]
    import torch

    whole = torch.as_tensor(thing).detach().cpu().contiguous()
    return [str(whole.dtype), tuple(whole.shape), hashlib.sha256(whole.flatten().view(torch.uint8).numpy()).hexdigest()]


def named(values: dict, seen: set[int]) -> list:
    return [(name, parts(value, seen)) for name, value in sorted(values.items()) if name not in UNSEEN]


def function(f, seen: set[int]) -> list:
    """Its code, what it encloses, its defaults and what it reads by name; only its name when it was met before."""
    if id(f) in seen:
        return [f.__qualname__]
    seen.add(id(f))
    settings = [named(enclosed(f), seen), parts(f.__defaults__, seen), named(f.__kwdefaults__ or {}, seen)]
    return [f.__qualname__, code(f.__code__), *settings, named(looked_up(f), seen)]


def kind(c: type, seen: set[int]) -> list:
    """A class as its name, its methods, properties and plain values; only its name when it was met before."""
    if id(c) in seen:
        return [c.__qualname__]
    seen.add(id(c))
    held = {name: bare(value) for name, value in vars(c).items()}
    own = {n: v for n, v in held.items() if inspect.isfunction(v) or (isinstance(v, PLAIN) and not n.startswith("__"))}
    return [c.__qualname__, named(own, seen)]


def bare(value: Any) -> Any:
    """The function behind a property, a static method or a class method."""
    return getattr(value, "fget", None) or getattr(value, "__func__", value)


def enclosed(thing: Any) -> dict:
    """What a function was made with, by name; nothing for what is no function."""
    cells = getattr(thing, "__closure__", None) or ()
    return dict(zip(thing.__code__.co_freevars, (c.cell_contents for c in cells), strict=True)) if cells else {}


def looked_up(f) -> dict:
    """What a function's code reads by name, without functions of libraries."""
    names = global_names(f.__code__) - {"__builtins__"}  # Python's own, and a notebook's: no part of a method
    found = {name: f.__globals__[name] for name in names if name in f.__globals__}
    found |= imported(f.__code__)
    found |= within(found, f.__code__)
    return {name: value for name, value in found.items() if not inspect.isfunction(value) or ours(value, f)}


def within(found: dict, body) -> dict:
    """The functions and plain values that the code reads from modules of the course, such as `asks.hint`."""
    modules = {name: m for name, m in found.items() if inspect.ismodule(m) and m.__name__.startswith("course_lib")}
    names = {n for b in bodies(body) for n in b.co_names}
    read = {f"{name}.{n}": getattr(m, n) for name, m in modules.items() for n in names if hasattr(m, n)}
    return {name: value for name, value in read.items() if inspect.isfunction(value) or isinstance(value, PLAIN)}


def imported(body) -> dict:
    """What the code imports from the course when it runs."""
    found, home = {}, ""
    for i in chain.from_iterable(map(dis.get_instructions, bodies(body))):
        if i.opname == "IMPORT_NAME":
            home = i.argval
        elif i.opname == "IMPORT_FROM" and home.startswith("course_lib"):
            found[i.argval] = getattr(import_module(home), i.argval, None)
    return found


def ours(called, caller) -> bool:
    homes = {package(caller), "course_lib", "__main__"}
    return package(called) in homes


def package(f) -> str:
    return (f.__module__ or "").partition(".")[0]


def bodies(body) -> list:
    """The code of a function and of the functions inside it."""
    return [body, *(b for c in body.co_consts if inspect.iscode(c) for b in bodies(c))]


def global_names(body) -> set[str]:
    instructions = chain.from_iterable(map(dis.get_instructions, bodies(body)))
    return {i.argval for i in instructions if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")}


def code(body) -> list:
    """A function's bytecode, names and constants, those of the functions inside it too."""
    return [body.co_code.hex(), body.co_names, [constant(c) for c in body.co_consts]]


def constant(value: Any) -> Any:
    """A set's elements in one order: as written it changes from process to process."""
    if inspect.iscode(value):
        return code(value)
    return sorted(map(repr, value)) if isinstance(value, frozenset) else repr(value)
