"""The score sheet: a row for each notebook, in words, as CSV and as JSON."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from course_lib.errors import CourseError
from course_lib.grading.cells import code_cells, exercises
from course_lib.grading.judge import Mark, judged
from course_lib.grading.room import library, room
from course_lib.sandbox import Limits


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


def line_of(row: Row, names: list[str]) -> list[str]:
    marks = [short(row.marks[name]) if name in row.marks else "" for name in names]
    points = [str(row.points), str(len(row.marks))] if row.marks else ["not graded", ""]
    return [row.name, row.of, *marks, *points]


def table(rows: list[Row]) -> list[list[str]]:
    """The sheet with its heading; as many exercises as the longest row has."""
    names = sorted({name for row in rows for name in row.marks}) or ["ex1"]
    return [["notebook", "checks", *names, "points", "of"], *(line_of(row, names) for row in rows)]


def printed(rows: list[Row]) -> str:
    """The sheet for a terminal: the table, the total, then each mistake in its words."""
    lines = table(rows)
    wide = [max(map(len, column)) for column in zip(*lines, strict=True)]
    said = ["  ".join(cell.ljust(w) for cell, w in zip(line, wide, strict=True)).rstrip() for line in lines]
    said += [f"total: {sum(r.points for r in rows)} of {sum(len(r.marks) for r in rows)} points, {len(rows)} notebooks"]
    said += [f"\n{row.error}" for row in rows if row.error]
    for row in rows:
        for name, mark in row.marks.items():
            said += [f"\n{row.name} {name}: {mark.says}"] * (mark.status == "mistake")
            said += [f"\n{row.name} {name}: {mark.note}; ask for an explanation."] * bool(mark.note)
    return "\n".join(map(harmless, said))


def harmless(text: str) -> str:
    """Without what steers a terminal: names and messages are the learners' words."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)


def write_csv(rows: list[Row], path: Path) -> None:
    """The table with the sentences beside it, for a spreadsheet; a cell that it would take for a formula starts with '."""
    heading, *lines = table(rows)
    with open(path, "w", newline="", encoding="utf-8", errors="replace") as file:
        writer = csv.writer(file)
        writer.writerow([*heading, "words"])
        for row, line in zip(rows, lines, strict=True):
            writer.writerow([plain(cell) for cell in [*line, words(row)]])


def words(row: Row) -> str:
    said = {name: m.says if m.status == "mistake" else m.note for name, m in row.marks.items()}
    return " ".join(f"{name}: {text}" for name, text in said.items() if text) or row.error


def plain(cell: str) -> str:
    return harmless(f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell)


def as_json(rows: list[Row]) -> dict:
    return {
        "notebooks": [asdict(row) | {"points": row.points, "of_points": len(row.marks)} for row in rows],
        "points": sum(row.points for row in rows),
        "of_points": sum(len(row.marks) for row in rows),
    }
