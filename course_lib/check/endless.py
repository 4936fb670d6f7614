"""An end for functions that have none. Lines are counted, not seconds: a slow machine changes no verdict."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from course_lib.check.guard import Unready

LINES = 2_000_000  # a call may run; two bootstraps of 10,000 samples of 40 in plain Python run fewer
LIBRARY = os.path.dirname(os.__file__)  # of Python: what `random` does inside is not counted


class Endless(BaseException):
    """No Exception: a learner's `except Exception` lets it through."""


def ending(f: Callable, call: str) -> Callable:
    """`f`, raising Unready where one call runs more than LINES lines of Python.

    Under a debugger, which counts lines too, `f` runs as it is. What loops inside C (`sum` of an endless iterator) only ■ stops,
    and on Python 3.11 a loop that jumps to itself alone (`while True: pass` on one line).
    """

    def run(*args):
        if sys.gettrace() is not None:
            return f(*args)
        sys.settrace(counter())
        try:
            return f(*args)
        except Endless:
            raise Unready(f"`{call}` has not ended after {LINES:,} lines. Does a loop in it ever stop?") from None
        finally:
            sys.settrace(None)

    return run


def counter() -> Callable:
    """A trace function that raises Endless when the lines are used up."""
    left = LINES

    def trace(frame, event, arg):
        nonlocal left
        if frame.f_code.co_filename.startswith(LIBRARY):
            return None
        left -= 1
        if left < 0:
            raise Endless
        return trace

    return trace
