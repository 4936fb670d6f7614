"""The score sheet: a row for each notebook, in words, as CSV and as JSON."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from course_lib.errors import CourseError
from course_lib.grading.book import code_cells
from course_lib.grading.cells import exercises
from course_lib.grading.judge import Mark, judged
from course_lib.grading.room import library, room
from course_lib.sandbox import Limits

NUMBERS = {
    "loop": "00", "star": "01", "rft": "02", "rest": "03", "self_rewarding": "04", "spin": "05", "cai": "06", "reflexion": "07",
    "ttrl": "08", "loopholes": "09a", "tampering": "09b", "collapse": "09c", "overoptimisation": "09d", "genuine": "09e",
    "stagnation": "09f", "agents": "10",
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
        return f"{NUMBERS.get(self.of, '')} {self.of}".strip()


def notebooks(paths: Iterable[Path]) -> list[Path]:
    """The files, and for a folder the notebooks in it and below, without Jupyter's hidden copies; each once."""
    found: dict[Path, Path] = {}
    for path in paths:
        inside = sorted(path.rglob("*.ipynb")) if path.is_dir() else []
        seen = [p for p in inside if not any(part.startswith(".") for part in p.relative_to(path).parts)]
        for one in seen or [path]:
            found.setdefault(one.resolve(), one)
    return list(found.values())


def graded(paths: Iterable[Path], held: str, limits: Limits) -> Iterable[Row]:
    """The row of each notebook, one after the other. What one of them does touches no other."""
    with library() as folders:
        for path in paths:
            try:
                yield row(path, partial(room, folders, held, limits))
            except CourseError as error:
                yield Row(str(path), "", {}, str(error))


def row(path: Path, room: Callable) -> Row:
    """Each exercise gets a process of its own: what ends one answer leaves the other as it is."""
    cells = code_cells(path)
    module, found = exercises(cells)
    if not found:
        raise CourseError(f"{path} has no exercise of this course: no cell imports one from course_lib.check.")
    try:
        marks = {name: judged(cells, module, list(found), exercise, room) for name, exercise in found.items()}
    except RecursionError:
        raise CourseError(f"{path} is nested too deep to be read.") from None
    return Row(str(path), module, marks)


def short(mark: Mark) -> str:
    return f"stopped: {mark.says}" if mark.status == "stopped" else mark.status


def words(mark: Mark | None) -> str:
    """What is to be read about an exercise, on one line; empty where all is well."""
    return " ".join(f"{mark.says if mark.status in TOLD else ''} {mark.note}".split()) if mark else ""


def line_of(row: Row, names: list[str]) -> list[str]:
    marks = [short(row.marks[name]) if name in row.marks else "" for name in names]
    points = [str(row.points), str(len(row.marks))] if row.marks else ["not graded", ""]
    return [row.name, row.notebook, *marks, *points]


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


def write_csv(rows: list[Row], path: Path) -> None:
    """The table with the words of each exercise beside it; a cell that a spreadsheet would take for a formula starts with '."""
    names, (heading, *lines) = names_in(rows), table(rows)
    with open(path, "w", newline="", encoding="utf-8", errors="replace") as file:
        writer = csv.writer(file)
        writer.writerow([*heading, *(f"{name}_words" for name in names), "error"])
        for row, line in zip(rows, lines, strict=True):
            said = [words(row.marks.get(name)) for name in names]
            writer.writerow([plain(cell) for cell in [*line, *said, row.error]])


def plain(cell: str) -> str:
    return harmless(f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell)


def as_json(rows: list[Row]) -> dict:
    return {
        "notebooks": [
            asdict(r) | {"notebook": r.notebook, "points": r.points, "of_points": len(r.marks)} for r in rows
        ],
        "points": sum(row.points for row in rows),
        "of_points": sum(len(row.marks) for row in rows),
    }
