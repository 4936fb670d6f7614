"""Student versions of the notebooks, into build/release: `make release`.

usage: python notebooks/release.py [owner/name] [--out FOLDER]

Outputs are not there, exercises are their stubs (as in the notebooks that are shipped: no solution stands in them), and their
cells carry nbgrader's metadata (0.9, schema version 3): the stub is a solution cell, and after it comes a locked test cell worth one
point, whose result is that point. nbgrader itself is not needed. Links to the course's own notebooks, which show every result, are
left out; with owner/name, the repository of the class with these files at its top, a link opens them in Colab.
"""

from __future__ import annotations

import argparse
import re
import sys
from hashlib import sha256
from pathlib import Path

import build
import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from stamp import IN_COLAB, check

from course_lib.check.exercise import Exercise
from course_lib.grading.book import parsed
from course_lib.grading.cells import calls, parts

OUT = build.FOLDER.parent / "build" / "release"
LINKED = re.compile(r"^\[Open in Colab\]\(.*\n\n", re.M)
UNSTAMPED = 'REPOSITORY = ""  #'
TITLE = re.compile(r"^# .*\n\n")
GRADED = """What is graded: of each exercise the *last* thing that a cell gives to its check, `ex1.check(...)`, from top to bottom. Only \
your answers are run, not the experiments: so write what an answer needs (imports, helpers, constants) into its own cell, in plain \
Python or numpy, without files, threads or `input()`. Keep the cell that imports `ex1` and `ex2`, and one notebook in a file."""


def told(grade_id: str, **fields) -> dict:
    """nbgrader's metadata of a cell."""
    fixed = {"grade_id": grade_id, "schema_version": 3, "cell_type": "code", "task": False}
    return {"grade": False, "solution": False, "locked": False} | fields | fixed


def tested(exercise: Exercise, grade_id: str) -> NotebookNode:
    """The cell whose result is the point: 1 when the answer is right, else 0 (nbgrader's partial credit), and no traceback."""
    name = exercise.call.split("(")[0]
    source = f"int({exercise.name}.check({name}).passed)  # 1: right, 0: not yet"
    cell = new_code_cell(source, id=sha256(grade_id.encode()).hexdigest()[:8])
    cell.metadata.update(nbgrader=told(grade_id, grade=True, locked=True, points=1))
    return cell


def linked(book: NotebookNode, name: str, repository: str) -> None:
    """The link under the title, to this file in the repository of a class or to nothing."""
    title = book.cells[0]
    link = f"{IN_COLAB.format(repository=repository, path=name)}\n\n" if repository else ""
    title.source = TITLE.sub(lambda m: m[0] + link, LINKED.sub("", title.source), count=1)


def released(source: Path, repository: str = "") -> NotebookNode:
    """The student version of one notebook. Raises SystemExit where an exercise is not its stub."""
    book = build.convert(source)
    linked(book, source.stem, repository)
    ((of, found, _),) = parts([parsed(cell.source) for cell in book.cells if cell.cell_type == "code"])
    cells, left = [], dict(found)
    book.cells.insert(1, new_markdown_cell(GRADED, id=sha256(GRADED.encode()).hexdigest()[:8]))
    for cell in book.cells:
        cells.append(cell)
        names = [n for n in left if cell.cell_type == "code" and calls([parsed(cell.source)], n)]
        for name in names:
            exercise = left.pop(name)
            if not cell.source.endswith(exercise.stub):
                raise SystemExit(
                    f"{source.name}: the cell of {name} is not its stub; students would get what stands there."
                )
            cell.metadata.nbgrader = told(f"{of}-{name}", solution=True)
            cells.append(tested(exercise, f"{of}-{name}-test"))
    if left:
        raise SystemExit(f"{source.name}: no cell holds the stub of {', '.join(left)}.")
    book.cells = cells
    nbformat.validate(book)
    return book


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "repository", nargs="?", default="", metavar="owner/name", help="the class's own, for its links"
    )
    parser.add_argument("--out", type=Path, default=OUT, help="where they go (default: build/release)")
    args = parser.parse_args(argv)
    check(args.repository)
    out, sources = args.out, sorted((build.FOLDER / "src").glob("[0-9][0-9]*_*.py"))
    if args.repository and any(UNSTAMPED in source.read_text(encoding="utf-8") for source in sources):
        print(
            "Colab will not know what to install: `make stamp REPO=owner/name` first, then this again.", file=sys.stderr
        )
    out.mkdir(parents=True, exist_ok=True)
    for source in sources:
        nbformat.write(released(source, args.repository), out / f"{source.stem}.ipynb")
        print(out / f"{source.stem}.ipynb")


if __name__ == "__main__":
    main()
