"""The unit that a claim's numbers are in, and how they are written: a share in percent, all else in its own unit."""

from __future__ import annotations

PERCENT = "%"
MINUS = "−"


def value(number: float, scale: str) -> str:
    """A mean: 72.0 of a share of .72 (percent), 0.47 of nats."""
    told = f"{100 * number:.1f}" if scale == PERCENT else f"{number:.2f}"
    return told.replace("-", MINUS)


def difference(found: dict) -> str:
    """A difference of two means with its interval: +12.1 [+10.2, +14.3] in points of percent, +0.30 [+0.26, +0.34] in nats."""
    low, high = found["interval"]
    return f"{signed(found['effect'], found['scale'])} [{signed(low, found['scale'])}, {signed(high, found['scale'])}]"


def signed(number: float, scale: str) -> str:
    """The number with its sign; one that rounds to nothing has a plus."""
    told = value(abs(number), scale)
    return f"{MINUS if number < 0 and float(told) else '+'}{told}"


def named(scale: str) -> str:
    """What a difference in this unit is called."""
    return "points" if scale == PERCENT else scale


def of_arms(row: dict) -> str:
    """What a claim's two means are in: a gain is a difference itself."""
    return named(row["scale"]) if row["unit"].startswith("gain") else row["scale"]


def drawn(number: float, scale: str) -> float:
    """The number as an axis shows it."""
    return 100 * number if scale == PERCENT else number
