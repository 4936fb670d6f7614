"""The code cells of a notebook as Python. IPython's own signs (`%timeit`, `keep?`, `!ls`) are translated, and run nothing."""

from __future__ import annotations

import ast
import json
import re
import stat
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from course_lib.errors import CourseError, need

NO_PYTHON = f"The cell is no Python {sys.version_info.major}.{sys.version_info.minor}"  # a newer one may read it
LARGEST = 50_000_000  # bytes, outputs and all
LONGEST, LINES = 100_000, 5_000  # characters and lines of code: reading more of it takes too long
MOST = 20  # signs in a cell: for each of these IPython reads the cell again
TIMED = re.compile(r"^([ \t]*)%time[ \t]+(?=\S)", re.MULTILINE)  # what stands behind it is run
AROUND = re.compile(r"\s*%%(time|timeit|capture|prun)\b.*")  # so is the cell below these
OTHER = re.compile(r"\s*%%")  # what stands below others is another language
SIGNS = re.compile(r"^([ \t]*)(?:[%!?].*|[\w.]+\s*=\s*[%!].*|[\w.]+\?{1,2}\s*$)", re.MULTILINE)


class Cell(NamedTuple):
    """A code cell: its source, its syntax tree, or what keeps it from having one."""

    source: str
    tree: ast.Module | None
    wrong: str = ""


def code_cells(path: Path) -> list[Cell]:
    """The code cells of a notebook. Raises CourseError where the file is none, and where it is only a link to one."""
    need(
        not path.is_symlink(),
        f"{path} is a link to another file, so nobody can tell whose it is: give the file itself.",
    )
    try:
        seen = path.stat()
        need(
            stat.S_ISREG(seen.st_mode),
            f"{path} is no notebook, and no folder with one in it: give a file that Jupyter saved.",
        )
        need(
            seen.st_size <= LARGEST,
            f"{path} has {seen.st_size:,} bytes, and {LARGEST:,} is the limit: clear its outputs.",
        )
        cells = json.loads(path.read_text(encoding="utf-8-sig"))["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except CourseError:
        raise
    except OSError as error:
        raise CourseError(f"{path} can't be read: {error.strerror}.") from None
    except (ValueError, TypeError, KeyError, RecursionError):
        raise CourseError(f"{path} is no notebook: give a file that Jupyter saved, in notebook format 4.") from None
    need_short(path, sources)
    return [parsed(source) for source in sources]


def need_short(path: Path, sources: list[str]) -> None:
    """Raises CourseError for more code than can be read while a class waits."""
    long, lines = sum(map(len, sources)), sum(source.count("\n") + 1 for source in sources)
    need(
        long <= LONGEST and lines <= LINES,
        f"{path} has {long:,} characters of code in {lines:,} lines, and {LONGEST:,} in {LINES:,} is the limit: put data into a "
        "file, or delete cells that no exercise needs.",
    )


def parsed(source: str) -> Cell:
    """A cell as it stands if it is Python, else as IPython would read it."""
    cell = read(source)
    return read(translated(source)) if cell.wrong else cell


def read(source: str) -> Cell:
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(source, "cell", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
            return Cell(source, ast.parse(source))
    except SyntaxError as error:
        return Cell(source, None, f"{NO_PYTHON}: {error.msg}, line {error.lineno or 1}.")
    except (ValueError, RecursionError, MemoryError) as error:
        return Cell(source, None, f"{NO_PYTHON}: {str(error) or 'it is nested too deep'}.")


def translated(source: str) -> str:
    """A cell with calls of `get_ipython()` in the place of IPython's signs; without IPython, or in an odd one, with `pass`."""
    source = TIMED.sub(r"\1", AROUND.sub("", source, count=1) if AROUND.match(source) else source)
    if len(SIGNS.findall(source)) <= MOST:
        with suppress(ImportError, SyntaxError, ValueError, RuntimeError):
            from IPython.core.inputtransformer2 import TransformerManager

            return TransformerManager().transform_cell(source)
    return "pass" if OTHER.match(source) else SIGNS.sub(r"\1pass", source)
