"""One kind of error for what a user can mend: a sentence that names the value, what is allowed and what to do."""

from __future__ import annotations

import math


class CourseError(ValueError):
    """Shown as one sentence, without a traceback, by the command line and in notebooks."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in the place of a traceback."""
        return [str(self)]


def need(ok: bool, sentence: str) -> None:
    """Raise CourseError(sentence) unless `ok`."""
    if not ok:
        raise CourseError(sentence)


def need_count(name: str, value: int, least: int = 1) -> None:
    need(isinstance(value, int) and value >= least, f"{name} is {value}: it must be a whole number of {least} or more.")


def need_positive(name: str, value: float) -> None:
    """A finite number above 0; NaN is neither."""
    need(math.isfinite(value) and value > 0, f"{name} is {value}: it must be a number above 0, for example 1.0.")


def need_between(name: str, value: float, low: float, high: float) -> None:
    """A number in [low, high]; NaN is outside."""
    need(low <= value <= high, f"{name} is {value}: it must lie between {low} and {high}.")
