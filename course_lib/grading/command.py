"""`course grade FILE.ipynb ...`: runs the exercises of notebooks behind walls and prints a score sheet."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from course_lib import progress
from course_lib.errors import CourseError, need, need_count, need_positive
from course_lib.sandbox import Limits

if TYPE_CHECKING:
    from course_lib.grading.sheet import Row

MOST_MB = 1_000_000  # a system takes no number without end
ABOUT = """Runs the answers in notebooks (not their experiments), each behind walls and within limits, and prints a score sheet.
Exit code 0: every file was graded, whatever the marks; 1: a file was no notebook with exercises; 2: nothing could be graded;
130: it was stopped (Ctrl-C, or its session ended), and the sheet has what was graded by then."""


def add_grade(commands: argparse._SubParsersAction) -> None:
    """The sub-command `grade`."""
    p = commands.add_parser("grade", help="grade the exercises in notebooks", description=ABOUT)
    files = "the notebooks, as they were handed in; a folder stands for those in it"
    p.add_argument("files", type=Path, nargs="+", metavar="FILE.ipynb", help=files)
    p.add_argument("--json", action="store_true", help="print one JSON object, and nothing else, on standard output")
    p.add_argument("--csv", type=Path, metavar="SHEET.csv", help="also write the sheet to this file")
    p.add_argument("--seconds", type=float, default=10.0, metavar="S", help="time for each exercise (default: 10)")
    p.add_argument("--memory", type=int, default=1024, metavar="MB", help="memory for each (default: 1024)")
    p.add_argument("--trust", action="store_true", help="grade also where this machine has not all walls")


def grade(args: argparse.Namespace) -> int:
    """Print the sheet. Raises CourseError for odd limits, and where a wall is missing."""
    from course_lib.grading import room, sheet

    need_positive("--seconds", args.seconds)
    need_count("--memory", args.memory, 256)
    need(args.memory <= MOST_MB, f"--memory is {args.memory}: give at most {MOST_MB} (MB).")
    limits = Limits(seconds=args.seconds, memory_mb=args.memory, output_kb=1024)
    if args.csv:
        need_writable(args.csv)
    paths = sheet.notebooks(args.files)
    rows = kept(sheet.graded(paths, room.walls(args.trust), limits), len(paths), args.json)
    if rows:
        show(rows, args)
    if len(rows) < len(paths):
        print(f"course: stopped; {len(rows)} of {len(paths)} notebooks were graded.", file=sys.stderr)
        return 130
    errors = sum(bool(row.error) for row in rows)
    return 2 if errors == len(rows) else int(errors > 0)


def kept(rows: Iterable[Row], total: int, quiet: bool) -> list[Row]:
    """The rows with a bar on standard error; those there are when it is interrupted."""
    done: list[Row] = []
    with (
        suppress(KeyboardInterrupt),
        stoppable(),
        progress.bar("grading", total, "notebook", quiet) as bar,
        closing(rows),
    ):
        for row in rows:
            done.append(row)
            bar.update()
    return done


@contextmanager
def stoppable() -> Iterator[None]:
    """What ends a process from outside, such as a session that is closed, is taken as Ctrl-C: what is graded is printed. What it
    was told to ignore (`nohup`) it goes on ignoring."""

    def stop(*_) -> None:
        raise KeyboardInterrupt

    signals = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = [(s, signal.signal(s, stop)) for s in signals if signal.getsignal(s) != signal.SIG_IGN]
    try:
        yield
    finally:
        for s, handler in before:
            signal.signal(s, handler)


def show(rows: list[Row], args: argparse.Namespace) -> None:
    """The sheet on standard output, and in the file that was asked for."""
    from course_lib.grading import sheet, totals

    parts = [sheet.printed(rows), totals.by_student(rows), totals.commonest(rows)]
    students = totals.students(rows)
    print(json.dumps(sheet.as_json(rows, students)) if args.json else "\n".join(filter(None, parts)))
    if args.csv:
        with written(args.csv):
            sheet.write_csv(rows, args.csv, totals.owner_of(rows))


def need_writable(path: Path) -> None:
    """Raises CourseError before a class is graded, not after."""
    there = path.exists()
    with written(path), open(path, "a", encoding="utf-8"):
        pass
    if not there:
        path.unlink()


@contextmanager
def written(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CourseError(f"{path} could not be written ({error.strerror or error}): name another --csv.") from error
