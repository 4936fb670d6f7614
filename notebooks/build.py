"""From notebooks/src/NAME.py to notebooks/NAME.ipynb, run from a fresh kernel, with its outputs: `make notebooks`.

usage: python notebooks/build.py [00_the_loop ...] [--no-run] [--out FOLDER]

With --no-run outputs stay where no code of the notebook has changed, and what they show of the package (its source, exercises,
quiz cards, claims) is shown as it is now. The .py files (jupytext, py:percent) are what one edits. COURSE_FAST=1 makes a quick
trial; what is committed comes from a full run. An error in a cell ends the build, and the notebook on disk stays as it was.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from collections import Counter
from hashlib import sha256
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from renew import renew

from course_lib.memory import peak_resident

FOLDER = Path(__file__).parent
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
VIEW = "application/vnd.jupyter.widget-view+json"
LIMIT = 1_500_000  # bytes: GitHub shows no more than a few megabytes, and a reader on a phone less
SLOW = 5.0  # seconds from which a cell is named in the report


def convert(source: Path) -> NotebookNode:
    """The notebook a source stands for, without outputs. A cell's id depends on its text alone, so a rebuild changes few."""
    book, seen = jupytext.read(source), Counter()
    book.metadata = NotebookNode(kernelspec=KERNEL, language_info={"name": "python"})
    book.nbformat, book.nbformat_minor = 4, 5
    for cell in book.cells:
        cell.id = sha256(f"{seen[cell.source]} {cell.source}".encode()).hexdigest()[:8]
        cell.metadata = NotebookNode({k: v for k, v in cell.metadata.items() if k == "tags"})
        seen[cell.source] += 1
    return book


def execute(book: NotebookNode, runs: Path) -> dict:
    """Run the cells in place in a fresh kernel, whose runs go to `runs`. Returns the seconds and the memory it took."""
    began, starts, took, memory, pictures = time.monotonic(), {}, {}, {}, []

    def starting(cell, cell_index):
        starts[cell_index] = time.monotonic()

    def ended(cell, cell_index, execute_reply):
        took[cell_index] = time.monotonic() - starts[cell_index]
        memory[cell_index] = peak_resident(client.km.provisioner.pid) or 0
        if any("image/png" in o.get("data", {}) for o in cell.outputs):
            pictures.append(time.monotonic() - began)

    client = NotebookClient(
        book, timeout=900, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}},
        store_widget_state=False, coalesce_streams=True, on_cell_execute=starting, on_cell_executed=ended,
    )  # fmt: skip
    client.execute(env=os.environ | {"COURSE_RUNS": str(runs)})
    return {"all": time.monotonic() - began, "cells": took, "memory": memory, "pictures": pictures}


def clean(book: NotebookNode, runs: Path) -> None:
    """Take out what belongs to this machine or this moment: widget state, times, versions, stderr, the run folder's path."""
    book.metadata = NotebookNode(kernelspec=KERNEL, language_info={"name": "python"})
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.metadata.pop("execution", None)
            cell.outputs = [still(o, str(runs)) for o in cell.outputs if o.get("name") != "stderr"]


def still(output: NotebookNode, runs: str) -> NotebookNode:
    """The output without its widget, of which the static twin stays, and with the run folder called `runs`."""
    for part in (output.get("data", {}), output.get("metadata", {})):
        part.pop(VIEW, None)
    if "text" in output:
        output.text = output.text.replace(runs, "runs")
    for kind, value in output.get("data", {}).items():
        if isinstance(value, str) and kind.startswith("text/"):
            output.data[kind] = value.replace(runs, "runs")
    return output


def keep_outputs(book: NotebookNode, before: Path) -> bool:
    """Take the outputs over from the notebook on disk, if its code is the same: then only words have changed."""
    if not before.exists():
        return False
    old = [c for c in nbformat.read(before, 4).cells if c.cell_type == "code"]
    new = [c for c in book.cells if c.cell_type == "code"]
    if [c.source for c in old] != [c.source for c in new]:
        return False
    for mine, theirs in zip(new, old, strict=True):
        mine.outputs, mine.execution_count = theirs.outputs, theirs.execution_count
    return True


def report(name: str, book: NotebookNode, found: dict) -> None:
    """Seconds and memory, with the cells that took much of either."""
    took, memory, before = found["cells"], found["memory"], 0.0
    picture = f"first picture after {found['pictures'][0]:.1f} s" if found["pictures"] else "no picture"
    print(f"{name}: {found['all']:.0f} s, {picture}, at most {max(memory.values(), default=0):,.0f} MB")
    for i, seconds in took.items():
        if seconds >= SLOW or memory[i] - before >= 100:
            lines = [
                line for line in book.cells[i].source.splitlines() if line and not line.startswith(("import", "from"))
            ]
            print(f"  {seconds:6.1f} s {memory[i]:6,.0f} MB  cell {i}: {lines[-1] if lines else ''}")
        before = memory[i]


def save(book: NotebookNode, path: Path) -> None:
    nbformat.validate(book)
    text = nbformat.writes(book) + "\n"
    size = len(text.encode())
    if size > LIMIT:
        raise SystemExit(
            f"{path.name} would be {size:,} bytes, and {LIMIT:,} is the limit: show fewer or smaller outputs."
        )
    path.write_text(text, encoding="utf-8")
    print(f"  {path.name}: {size / 1000:.0f} kB")


def build(source: Path, out: Path, run: bool) -> None:
    book, target = convert(source), out / f"{source.stem}.ipynb"
    if run:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as runs:
            found = execute(book, Path(runs))
            clean(book, Path(runs))
        report(source.stem, book, found)
    else:
        kept = keep_outputs(book, target)
        print(f"{source.stem}: " + (f"outputs kept, {renew(book)} of them renewed" if kept else "without outputs"))
    save(book, target)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = sorted(p.stem for p in (FOLDER / "src").glob("[0-9][0-9]*_*.py"))
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which notebooks (default: all): {', '.join(known)}")
    parser.add_argument("--no-run", action="store_true", help="convert only; outputs stay if no code has changed")
    parser.add_argument("--out", type=Path, default=FOLDER, help="where the notebooks go (default: notebooks/)")
    args = parser.parse_args(argv)
    if unknown := [n for n in args.names if n not in known]:
        parser.error(f"there is no notebooks/src/{unknown[0]}.py: choose from {', '.join(known)}")
    for name in args.names or known:
        build(FOLDER / "src" / f"{name}.py", args.out, not args.no_run)


if __name__ == "__main__":
    sys.exit(main())
