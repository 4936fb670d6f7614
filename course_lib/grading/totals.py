"""Under the sheet: how often each mistake was made, and the points of each student where files or folders tell whose they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from course_lib.grading.sheet import Row, harmless, words

# What a sentence quotes of one learner's answer.
OWN = re.compile(r"`[^`]*`|(?<!\w)'[^']*'|\"[^\"]*\"|“[^”]*”|-?\d[\d.,]*")


def commonest(rows: list[Row]) -> str:
    """Each mistake with its number, the commonest first. Sentences that differ in what they quote are one mistake."""
    found, first = Counter(), {}
    for row in rows:
        for name, mark in row.marks.items():
            if mark.status == "mistake":
                said = words(replace(mark, note=""))
                what = row.notebook, name, OWN.sub("…", said)
                found[what] += 1
                first.setdefault(what, said)
    lines = [f"{n:4} × {what[0]} {what[1]}: {first[what]}" for what, n in found.most_common()]
    return listed("How often each mistake was made:", lines) if len(rows) > 1 else ""


def by_student(rows: list[Row]) -> str:
    """The points of each folder, or else of each file's name, where it can be a student: several notebooks for some.

    Of a notebook that a student has twice the better copy counts. Where more than half have one twice these are no students.
    """
    for what, owner in (("folder", lambda path: str(path.parent)), ("file name", lambda path: path.stem)):
        if held := grouped(rows, owner):
            return listed(f"Points by {what}:", [summed(name, rows) for name, rows in held.items()])
    return ""


def summed(name: str, rows: list[Row]) -> str:
    best = best_of(rows)
    twice = sorted({r.notebook for r in rows if r not in best})
    points, most = sum(r.points for r in best), sum(len(r.marks) for r in best)
    return f"{points:4} of {most}  {name}" + f" (the better copy of {', '.join(twice)} counts)" * bool(twice)


def best_of(rows: list[Row]) -> list[Row]:
    """One row for each notebook, the one with the most points."""
    best: dict[str, Row] = {}
    for row in sorted(rows, key=lambda r: -r.points):
        best.setdefault(row.of, row)
    return list(best.values())


def grouped(rows: list[Row], owner: Callable[[Path], str]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row.marks:
            groups.setdefault(owner(Path(row.name)), []).append(row)
    twice = sum(len(best_of(group)) < len(group) for group in groups.values())
    several = len(groups) > 1 and any(len(best_of(group)) > 1 for group in groups.values())
    return groups if several and twice * 2 <= len(groups) else {}


def listed(heading: str, lines: list[str]) -> str:
    return "\n".join(["", heading, *map(harmless, lines)]) if lines else ""
