"""A number with its noun."""

from __future__ import annotations


def counted(n: int, noun: str) -> str:
    """`1 round`, `2 rounds`; `noun` stands in the singular and takes an s."""
    return f"{n} {noun}{'' if n == 1 else 's'}"
