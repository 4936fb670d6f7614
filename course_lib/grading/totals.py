"""Under the sheet: how often each mistake was made, and the points of each student where files or folders tell whose they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from course_lib.grading.sheet import NOTEBOOKS, Row, harmless, words
from course_lib.plural import counted

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
    """The points of each student, in lines."""
    what, held = owners(rows)
    return listed(f"Points by {what}:", [summed(name, group) for name, group in held.items()])


def students(rows: list[Row]) -> dict[str, dict]:
    """The same for a script: points, of how many, and files that could not be graded."""
    return {name: total(group) for name, group in owners(rows)[1].items()}


def owner_of(rows: list[Row]) -> dict[str, str]:
    """Whose each file is, by its name."""
    return {row.name: Path(name).name for name, group in owners(rows)[1].items() for row in group}


def owners(rows: list[Row]) -> tuple[str, dict[str, list[Row]]]:
    """The rows of each folder, or else of each file's name, where it can be a student: several notebooks for some; ("", {}) else.

    Of a notebook that a student has twice the better copy counts. Where more than half have one twice these are no students,
    unless the files bear the course's own names, as copies that Jupyter makes do.
    """
    for what, owner in (("folder", lambda path: str(path.parent)), ("file name", lambda path: path.stem)):
        if held := grouped(rows, owner):
            return what, held
    return "", {}


def total(rows: list[Row]) -> dict:
    best = best_of(rows)
    points, most = sum(r.points for r in best), sum(len(r.marks) for r in best)
    return {"points": points, "of_points": most, "not_graded": sum(not r.marks for r in rows)}


def summed(name: str, rows: list[Row]) -> str:
    t, best = total(rows), best_of(rows)
    twice = sorted({r.notebook for r in rows if r.marks and r not in best})
    lost = f", and {counted(t['not_graded'], 'file')} not graded" * bool(t["not_graded"])
    copies = f" (the better copy of {', '.join(twice)} counts)" * bool(twice)
    return f"{t['points']:4} of {t['of_points']}{lost}  {name}{copies}"


def best_of(rows: list[Row]) -> list[Row]:
    """One row for each notebook that was graded, the one with the most points."""
    best: dict[str, Row] = {}
    for row in sorted((r for r in rows if r.marks), key=lambda r: -r.points):
        best.setdefault(row.of, row)
    return list(best.values())


def grouped(rows: list[Row], owner: Callable[[Path], str]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(owner(Path(row.name)), []).append(row)
    strange = [[r for r in group if r.marks and not own_name(r)] for group in groups.values()]
    twice = sum(len(best_of(group)) < len(group) for group in strange)
    graded = [group for group in groups.values() if best_of(group)]
    several = len(graded) > 1 and any(len(best_of(group)) > 1 for group in graded)
    return groups if several and twice * 2 <= len(graded) else {}


def own_name(row: Row) -> bool:
    """Is the file called as the course calls it, perhaps with "-Copy1" behind?"""
    return Path(row.name).stem.startswith(NOTEBOOKS.get(row.of, "?"))


def listed(heading: str, lines: list[str]) -> str:
    return "\n".join(["", heading, *map(harmless, lines)]) if lines else ""
