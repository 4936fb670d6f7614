"""The score sheet: a row for each notebook, in words, as CSV and as JSON."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from course_lib.errors import CourseError
from course_lib.grading.book import code_cells
from course_lib.grading.cells import Part, parts
from course_lib.grading.judge import Mark, judged
from course_lib.grading.room import library, room
from course_lib.sandbox import Limits

NOTEBOOKS = {  # by the module of their checks
    "loop": "00_the_loop", "star": "01_star", "rft": "02_rft", "rest": "03_rest", "self_rewarding": "04_self_rewarding",
    "spin": "05_spin", "cai": "06_constitutional_ai", "reflexion": "07_reflexion_and_self_refine", "ttrl": "08_ttrl",
    "loopholes": "09a_reward_hacking", "tampering": "09b_tampering", "collapse": "09c_collapse",
    "overoptimisation": "09d_over_optimisation", "genuine": "09e_genuine_or_hacked", "stagnation": "09f_stagnation",
    "agents": "10_self_evolving_agents",
}  # fmt: skip
TOLD = ("mistake", "could not run", "reached outside")  # their sentence is for reading


@dataclass(frozen=True)
class Row:
    """One notebook: the module of its exercises, a mark for each of them, and what is wrong where it could not be graded."""

    name: str
    of: str
    marks: dict[str, Mark]
    error: str = ""

    @property
    def points(self) -> int:
        return sum(mark.status == "passed" for mark in self.marks.values())

    @property
    def notebook(self) -> str:
        """Its number and its checks, "06 cai": a number alone would lose its nought in a spreadsheet."""
        return f"{NOTEBOOKS.get(self.of, '').partition('_')[0]} {self.of}".strip()


def notebooks(paths: Iterable[Path]) -> list[Path]:
    """The files, and for a folder the notebooks in it and below, without Jupyter's hidden copies; each once."""
    found: dict[Path, Path] = {}
    for path in paths:
        inside = sorted(path.rglob("*.ipynb")) if path.is_dir() else []
        seen = [p for p in inside if not any(part.startswith(".") for part in p.relative_to(path).parts)]
        for one in seen or [path]:
            found.setdefault(Path(os.path.abspath(one)), one)  # not what a link leads to: that is another's
    return list(found.values())


def graded(paths: Iterable[Path], held: str, limits: Limits) -> Iterable[Row]:
    """The row of each notebook, one after the other. What one of them does touches no other."""
    with library() as folders:
        for path in paths:
            try:
                yield from rows_of(path, partial(room, folders, held, limits))
            except CourseError as error:
                yield Row(str(path), "", {}, str(error))


def rows_of(path: Path, room: Callable) -> list[Row]:
    """A row for each lesson in the file. Each exercise has a process of its own: what ends one answer leaves the other."""
    found = parts(code_cells(path))
    if not found:
        raise CourseError(f"{path} has no exercise of this course: no cell imports one from course_lib.check.")
    try:
        return [Row(str(path), part.module, marks_of(part, room)) for part in found]
    except RecursionError:
        raise CourseError(f"{path} is nested too deep to be read.") from None


def marks_of(part: Part, room: Callable) -> dict[str, Mark]:
    names = list(part.exercises)
    return {name: judged(part.cells, part.module, names, one, room) for name, one in part.exercises.items()}


def short(mark: Mark) -> str:
    return f"stopped: {mark.says}" if mark.status == "stopped" else mark.status


def words(mark: Mark | None) -> str:
    """What is to be read about an exercise, on one line; empty where all is well."""
    return " ".join(f"{mark.says if mark.status in TOLD else ''} {mark.note}".split()) if mark else ""


def line_of(row: Row, names: list[str]) -> list[str]:
    marks = [short(row.marks[name]) if name in row.marks else "" for name in names]
    points = [str(row.points), str(len(row.marks))] if row.marks else ["", ""]
    return [row.name, row.notebook or "not graded", *marks, *points]


def names_in(rows: list[Row]) -> list[str]:
    """As many exercises as the longest row has."""
    return sorted({name for row in rows for name in row.marks}) or ["ex1"]


def table(rows: list[Row]) -> list[list[str]]:
    """The sheet with its heading."""
    names = names_in(rows)
    return [["file", "notebook", *names, "points", "of"], *(line_of(row, names) for row in rows)]


def printed(rows: list[Row]) -> str:
    """The sheet for a terminal: the table, the total, then the words about each exercise."""
    lines = table(rows)
    wide = [max(map(len, column)) for column in zip(*lines, strict=True)]
    said = ["  ".join(cell.ljust(w) for cell, w in zip(line, wide, strict=True)).rstrip() for line in lines]
    said += [f"total: {sum(r.points for r in rows)} of {sum(len(r.marks) for r in rows)} points, {len(rows)} notebooks"]
    about = [row.error for row in rows]
    about += [f"{row.name} {name}: {words(mark)}" for row in rows for name, mark in row.marks.items() if words(mark)]
    return "\n".join(map(harmless, said)) + "".join(f"\n\n{harmless(text)}" for text in about if text)


def harmless(text: str) -> str:
    """Without what steers a terminal or begins a line: names and messages are the learners' words."""
    return "".join(c if c.isprintable() else "�" for c in text)


def write_csv(rows: list[Row], path: Path, owners: dict[str, str]) -> None:
    """The table with whose each file is and the words of each exercise beside it; a cell that a spreadsheet would take for a
    formula starts with '."""
    names, (heading, *lines) = names_in(rows), table(rows)
    with open(path, "w", newline="", encoding="utf-8-sig", errors="replace") as file:  # the mark is for spreadsheets
        writer = csv.writer(file)
        writer.writerow(["student", *heading, *(f"{name}_words" for name in names), "error"])
        for row, line in zip(rows, lines, strict=True):
            said = [words(row.marks.get(name)) for name in names]
            writer.writerow([plain(cell) for cell in [owners.get(row.name, ""), *line, *said, row.error]])


def plain(cell: str) -> str:
    return harmless(f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell)


def as_json(rows: list[Row], students: dict[str, dict]) -> dict:
    return {
        "notebooks": [
            asdict(r) | {"notebook": r.notebook, "points": r.points, "of_points": len(r.marks)} for r in rows
        ],
        "students": students,
        "points": sum(row.points for row in rows),
        "of_points": sum(len(row.marks) for row in rows),
    }
