"""Reading answers: GSM8K's `#### 31` convention and the equations of a worked solution. Pure text, no model.

GSM8K: Cobbe et al. 2021, arXiv 2110.14168. The number after the *last* `####` counts, as a solution that corrects
itself means its last word; commas group thousands; text after the number is ignored.
"""

from __future__ import annotations

import re
from decimal import Decimal

NUMBER = r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
MARKED = re.compile(rf"####\s*[$€£]?\s*({NUMBER})")
EQUATION = re.compile(r"(\d+)([+-])(\d+)=(-?\d+)")


def parse_answer(text: str) -> str | None:
    """The final number of a solution, without commas or needless zeros; None when there is no `####` number.

    >>> parse_answer("20+3=23\\n#### 1,023.50 apples")
    '1023.5'
    """
    found = MARKED.findall(text)
    return normal(found[-1]) if found else None


def normal(number: str) -> str:
    """`1,023.50` and `1023.5` are the same number: one spelling for both."""
    value = Decimal(number.replace(",", ""))
    return f"{value.normalize():f}" if value else "0"


def same_answer(text: str, gold: str | None) -> bool:
    """True when the text's final number equals the gold number."""
    said = parse_answer(text)
    return said is not None and gold is not None and said == normal(gold)


def equations(text: str) -> list[tuple[int, str, int, int]]:
    """Every `a+b=c` of a solution as (a, sign, b, c), in order."""
    return [(int(a), sign, int(b), int(c)) for a, sign, b, c in EQUATION.findall(text)]


def true_equation(a: int, sign: str, b: int, c: int) -> bool:
    """Does the arithmetic hold?"""
    return (a + b if sign == "+" else a - b) == c


def path_of(text: str) -> str:
    """What makes two solutions the same path: their equations in order, whitespace and words aside (RFT, §3.2)."""
    return " ".join(f"{a}{sign}{b}={c}" for a, sign, b, c in equations(text))
