"""`course grade FILE.ipynb ...`: runs the exercises of notebooks behind walls and prints a score sheet."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from course_lib.errors import CourseError, need_count, need_positive
from course_lib.sandbox import Limits

ABOUT = """Runs the answers in notebooks (not their experiments), each behind walls and within limits, and prints a score sheet.
Exit code 0: every file was graded, whatever the marks; 1: a file was no notebook with exercises; 2: nothing could be graded."""


def add_grade(commands: argparse._SubParsersAction) -> None:
    """The sub-command `grade`."""
    p = commands.add_parser("grade", help="grade the exercises in notebooks", description=ABOUT)
    p.add_argument("files", type=Path, nargs="+", metavar="FILE.ipynb", help="the notebooks, as they were handed in")
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
    limits = Limits(seconds=args.seconds, memory_mb=args.memory, output_kb=1024)
    rows = list(sheet.graded(args.files, room.walls(args.trust), limits))
    print(json.dumps(sheet.as_json(rows)) if args.json else sheet.printed(rows))
    try:
        if args.csv:
            sheet.write_csv(rows, args.csv)
    except OSError as error:
        raise CourseError(
            f"{args.csv} could not be written ({error.strerror or error}): name another --csv."
        ) from error
    return int(any(row.error for row in rows))
