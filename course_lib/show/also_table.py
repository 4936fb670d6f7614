"""What else a claim's experiment compares, a line for each comparison, in the unit it is in."""

from __future__ import annotations

import html

from course_lib.claims.scale import difference, named, value
from course_lib.show.page import Page, aside, block, cell, row, table, title

HEAD = ["compared", "mean", "against", "difference, 95 % interval"]
BOLD = "Bold: the interval does not include 0."


def also(claim: dict) -> Page:
    """The other comparisons of `claim`, a row of data/claims.json."""
    heading = f"The experiment of {claim['id']} also compares"
    rows = [told(other) for other in claim["also"]]
    lines = [line(cells, weight(other)) for other, cells in zip(claim["also"], rows, strict=True)]
    text = "\n".join([heading, *(f"  {what}: {a} against {b}, {gain}" for what, a, b, gain in rows)])
    return Page(block(title(heading), table(lines, HEAD), aside(BOLD)), text)


def line(cells: list[str], bold: str) -> str:
    what, *numbers = map(html.escape, cells)
    return row(cell(what, bold), *(cell(number, f"{bold};white-space:nowrap") for number in numbers))


def told(other: dict) -> list[str]:
    """One comparison in words: what, both means, the difference with its interval and its unit."""
    means = [value(mean, other["scale"]) for mean in other["means"]]
    return [other["what"], *means, f"{difference(other)} {named(other['scale'])}"]


def weight(other: dict) -> str:
    low, high = other["interval"]
    return "font-weight:bold" if low > 0 or high < 0 else ""
