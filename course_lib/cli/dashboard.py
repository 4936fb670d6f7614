"""`course inspect RUN`: the five signs of a run in a folder, as a table and a figure (evidence.py, signs.py)."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from course_lib.errors import CourseError, need
from course_lib.evidence import LABELS
from course_lib.record import settings_of
from course_lib.run.log import ARMS
from course_lib.sealed import finished, seal_of

ABOUT = """Genuine or hacked? Five signs of a run, and what they come to. No model is loaded.

Works on any run folder, finished or not: of `course star`, of a notebook, or of one of its arms."""


def add_inspect(commands: argparse._SubParsersAction) -> None:
    """The sub-command `inspect`."""
    p = commands.add_parser(
        "inspect",
        help="genuine or hacked?",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    p.add_argument("run", type=Path, metavar="RUN", help="the folder of a run, finished or not, or of one of its arms")
    p.add_argument(
        "--gold",
        type=int,
        default=LABELS,
        metavar="N",
        help=f"gold labels that may be looked at for each policy, as if a person had to give them (default: {LABELS})",
    )
    p.add_argument("--seed", type=int, default=0, help="the lot that says which answers are labelled (default: 0)")
    p.add_argument("--figure", type=Path, metavar="FILE", help="PNG, PDF or SVG (default: RUN/inspect.png)")
    p.add_argument("--json", action="store_true", help="print one JSON object, and nothing else, on standard output")


def need_untouched(run: Path) -> None:
    """Raise CourseError where `course` began this run, or the run of this arm, and its run.json is missing or was edited. A
    notebook's run has none, and its result names no model."""
    folder = run.resolve().parent if run.resolve().name in ARMS else run
    told, result = folder / "run.json", folder / "result.json"
    known = result.exists() and finished(result) and "model_hash" in json.loads(result.read_text(encoding="utf-8"))
    if known or told.exists() or seal_of(told).exists():
        settings_of(folder)


def inspect(args: argparse.Namespace) -> int:
    """Print the signs and save the figure. Raises CourseError where there is no whole run, or no place for the figure."""
    from course_lib.evidence import evidence
    from course_lib.show.signs_picture import inspected, lines
    from course_lib.signs import signs, verdict

    file = args.figure or args.run / "inspect.png"
    need(file.suffix in (".png", ".pdf", ".svg"), f"--figure is {file}: its name must end in .png, .pdf or .svg.")
    need_untouched(args.run)
    run = evidence(args.run, args.gold, args.seed)
    found = signs(run)
    said = verdict(run, found)
    try:
        inspected(run, found, said).save(file)
    except OSError as error:
        raise CourseError(f"{file} could not be written ({error.strerror or error}): name another --figure.") from error
    if args.json:
        labels = {r.round: r.labels for r in run.readings}
        told = {"run": str(args.run), "verdict": said, "signs": [asdict(s) for s in found], "labels": labels}
        print(json.dumps(told | {"seed": run.seed, "figure": str(file)}))
    else:
        print(lines(found, said))
        print(f"figure: {file}")
    return 0
