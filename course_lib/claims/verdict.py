"""What an experiment says of its claim: it holds, it is not shown, or it came out the other way."""

from __future__ import annotations

HOLDS, NOT_SHOWN, OPPOSITE = "holds", "not shown at this scale", "the opposite at this scale"


def verdict(row: dict) -> str:
    """Of a row of data/claims.json: the interval lies on the claim's side of 0, includes 0, or lies on the other side."""
    low, high = row["interval"]
    if row["holds"]:
        return HOLDS
    return OPPOSITE if low > 0 or high < 0 else NOT_SHOWN
