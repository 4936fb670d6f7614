"""The command line: `course star | rft | rest | grpo | inspect | export | doctor | grade`, or `python -m course_lib`."""

from __future__ import annotations

import argparse
import sys

from course_lib.cli.dashboard import add_inspect, inspect
from course_lib.cli.export import add_export, export_run
from course_lib.cli.run_arguments import METHODS, add_methods
from course_lib.cli.run_command import run_method
from course_lib.errors import CourseError
from course_lib.grading.command import add_grade, grade

ABOUT = """Teach a language model by its own filtered answers, and show what the filter was worth.

  course star                    STaR: keep right answers, retry failures with the answer as a hint
  course rft --rounds 1 --k 16   RFT: keep every distinct right solution, once
  course rest --tau 0 0.6 0.9    ReST: sample, then imitate above a rising threshold
  course grpo --beta 0.01        GRPO: a policy gradient on right and wrong answers, held by a KL to the round's start
  course inspect RUN             genuine or hacked? Five signs of the run in a folder, and what they come to
  course export RUN --merge      the model of a run as a plain Hugging Face folder, with a card of how it was made
  course doctor                  what this machine can do, and what to mend
  course grade FILE.ipynb ...    a score sheet of the exercises in notebooks, each answer run behind walls

A run samples K answers a problem, scores and selects them, trains, and measures the policy on held-out problems; then the
matched control does the same with completions kept at random (grpo: with scores dealt at random). Everything is written to
a run folder as it ends; a run that was stopped goes on with --resume FOLDER."""


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(
        prog="course", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = root.add_subparsers(
        dest="command", required=True, metavar="star|rft|rest|grpo|inspect|export|doctor|grade"
    )
    add_methods(commands)
    add_inspect(commands)
    add_export(commands)
    commands.add_parser(
        "doctor",
        help="look at this machine",
        description="What machine this is, how fast it is, what to mend. Exit code 1 where a line begins with 'mend', else 0: "
        "a 'note' is good to know, and the course works without.",
    )
    add_grade(commands)
    return root


def main(argv: list[str] | None = None) -> int:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that lacks a sign shows "?", not a traceback
    args = parser().parse_args(argv)
    try:
        if args.command == "doctor":
            from course_lib.cli import doctor

            return doctor.main()
        if args.command == "inspect":
            return inspect(args)
        if args.command == "export":
            return export_run(args)
        if args.command == "grade":
            return grade(args)
        return run_method(args)
    except CourseError as error:
        print(f"course: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        more = " What had ended is on disk; --resume goes on." if args.command in METHODS else ""
        print(f"course: {where}{error.strerror or error}.{more}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"course: {stopped(args)}", file=sys.stderr)
        return 130


def stopped(args: argparse.Namespace) -> str:
    """What a Ctrl-C led to that came where nobody was waiting for one: while something was read, or before a first phase."""
    if args.command == "grade":
        return "stopped before the first notebook was graded."
    if args.command not in METHODS:
        return "stopped."
    if hasattr(args, "resume"):
        return "stopped. What had ended is on disk; --resume goes on."
    return "stopped before the first phase ended; nothing was lost."
