"""Running a learner's function: a stub, a crash, a result of the wrong type each become one clear sentence."""

from __future__ import annotations

import dis
import inspect
import traceback
from collections.abc import Callable
from fractions import Fraction
from numbers import Real
from typing import Any

from course_lib.plural import counted
from course_lib.types import Example, Pair

Complaint = Callable[[Any], str | None]
IDLE = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"}  # all that a body of `...` compiles to


class Unready(Exception):
    """The function cannot be judged yet; the message is the sentence for the learner."""


def unfilled(call: str) -> Unready:
    return Unready(f"`{call}` is still the empty stub: write its body, run its cell, then check again.")


def is_empty(f: Callable) -> bool:
    """Is there nothing in the body but a docstring, `...`, `pass` or `return None`?"""
    steps = list(dis.get_instructions(f)) if inspect.isfunction(f) else []
    consts = [s.argval for s in steps if s.opcode in dis.hasconst]
    return bool(steps) and {s.opname for s in steps} <= IDLE and all(c is None or c is ... for c in consts)


def returns_nothing(call: str) -> Unready:
    return Unready(f"`{call}` returns `None`: it is still the empty stub, or a way through it ends without `return`.")


def guarded(f: Callable, call: str, complain: Complaint) -> Callable:
    """`f`, raising Unready where it is a stub, stops, or returns something that cannot be an answer."""
    name = call.split("(")[0]
    if not callable(f):
        raise Unready(f"Give the check the function itself, not what it returns: `check({name})`.")
    if inspect.iscoroutinefunction(f):
        raise Unready(f"`{name}` is written with `async def`: plain `def` is enough here.")
    if is_empty(f):
        raise unfilled(call)

    def run(*args):
        try:
            result = f(*args)
        except NotImplementedError:
            raise unfilled(call) from None
        except SystemExit:
            raise Unready(f"`{call}` calls `exit()`, which would end the whole session: end with `return`.") from None
        except Exception as error:
            raise Unready(stopped(f, call, args, error)) from None
        if result is ...:
            raise unfilled(call)
        result = float(result) if isinstance(result, Fraction) else result  # as exact, and checks print numbers
        if said := complain(result):
            raise returns_nothing(call) if result is None else Unready(f"`{call}` {said}")
        return result

    return run


def stopped(f: Callable, call: str, args: tuple, error: Exception) -> str:
    """Where and with what an exception ended the function."""
    try:
        inspect.signature(f).bind(*args)
    except TypeError:
        return f"The check calls `{call}`, but your function does not take {counted(len(args), 'argument')}."
    except ValueError:
        pass  # some built-ins show no signature
    code = getattr(f, "__code__", None)
    frames = [s for s in traceback.extract_tb(error.__traceback__) if code and s.filename == code.co_filename]
    where = f" at `{frames[-1].line}`" if frames and frames[-1].line else ""
    return f"Your function stops{where} with {type(error).__name__}: {str(error) or 'no message'}."


def examples(result: Any) -> str | None:
    """A list of Examples is wanted."""
    if not isinstance(result, list):
        return f"returns {kind(result)}; return a list of `Example`s (an empty list where nothing is kept)."
    odd = [r for r in result if not isinstance(r, Example)]
    if odd:
        return (
            f"returns a list that holds {kind(odd[0])}. The trainer needs `Example`s: "
            "what was asked (`prompt`) and what to imitate (`completion`)."
        )
    for name in ("prompt", "completion"):
        wrong = next((r for r in result if not isinstance(getattr(r, name), str)), None)
        if wrong is not None:
            return (
                f"returns an `Example` whose `{name}` is {kind(getattr(wrong, name))}; it is text: "
                "`problem.prompt` is what was asked, and `c.text` what a completion says."
            )
    return None


def text_or_none(result: Any) -> str | None:
    if result is None or isinstance(result, str):
        return None
    return f"returns {kind(result)}; return the number as text, for example `'28'`, or `None`."


def is_number(value: Any) -> bool:
    """A number of Python's or numpy's; True and False are none."""
    return isinstance(value, Real) and not isinstance(value, bool)


def number(result: Any) -> str | None:
    good = is_number(result)
    return None if good else f"returns {kind(result)}; return one number from 0 to 1."


def numbers_or_none(result: Any) -> str | None:
    if not isinstance(result, list):
        return f"returns {kind(result)}; return a list with one entry for each reply."
    odd = [r for r in result if r is not None and number(r)]
    return f"returns a list that holds {kind(odd[0])}; each entry is a number from 0 to 1, or `None`." if odd else None


def kind(value: Any) -> str:
    """What a value is, in words."""
    name = "None" if value is None else type(value).__name__
    return name if value is None else f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} `{name}`"


def pairs(result: Any) -> str | None:
    """A list of Pairs is wanted."""
    if not isinstance(result, list):
        return f"returns {kind(result)}; return a list of `Pair`s (an empty list where nothing is preferred)."
    odd = [r for r in result if not isinstance(r, Pair)]
    if odd:
        return (
            f"returns a list that holds {kind(odd[0])}. A preference has two sides: "
            "`Pair(prompt, chosen, rejected)`, what was asked, the better text and the worse one."
        )
    for name in ("prompt", "chosen", "rejected"):
        wrong = next((r for r in result if not isinstance(getattr(r, name), str)), None)
        if wrong is not None:
            return f"returns a `Pair` whose `{name}` is {kind(getattr(wrong, name))}; it is text."
    return None


def one_number(result: Any) -> str | None:
    """One number of any size."""
    good = is_number(result)
    return None if good else f"returns {kind(result)}; return one number (`float(...)` makes one of a tensor)."


def points_or_none(result: Any) -> str | None:
    good = result is None or is_number(result)
    return None if good else f"returns {kind(result)}; return one number, the mean points, or `None`."
