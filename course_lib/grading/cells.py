"""Which cells of a notebook an exercise needs: those that give a function to its check, and what these use. No training cell.

A name that an answer's cell uses and does not make is looked up in the other cells: the last statement before it that makes the
name, and so on for what that statement uses. Nothing of a notebook runs here.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import json
import pkgutil
import re
import symtable
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from course_lib import check
from course_lib.check.exercise import Exercise
from course_lib.errors import CourseError, need

MODULES = {module.name for module in pkgutil.iter_modules(check.__path__)}
NAME = re.compile(r"ex\d")
MAGIC = re.compile(r"^([ \t]*)[%!].*", re.MULTILINE)  # IPython's: Python takes it for a mistake
LARGEST = 50_000_000  # bytes
BUILT_IN = frozenset(dir(builtins))
CALLED = ast.dump(ast.parse("x.check", mode="eval").body).replace("'x'", "'{}'")


class Cell(NamedTuple):
    """A code cell: its source, its syntax tree, or what keeps it from having one."""

    source: str
    tree: ast.Module | None
    wrong: str = ""


class Statement(NamedTuple):
    """A piece of a notebook: the names it makes, those it uses at once, and those a function in it uses when it is called."""

    source: str
    makes: frozenset[str]
    uses: frozenset[str]
    later: frozenset[str]
    answers: bool = False


def code_cells(path: Path) -> list[Cell]:
    """The code cells of a notebook. Raises CourseError where the file is none."""
    try:
        size = path.stat().st_size
        need(size <= LARGEST, f"{path} has {size:,} bytes, and {LARGEST:,} is the limit: clear its outputs.")
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except CourseError:
        raise
    except OSError as error:
        raise CourseError(f"{path} can't be read: {error.strerror}.") from None
    except (ValueError, TypeError, KeyError, RecursionError):
        raise CourseError(f"{path} is no notebook: give a file that Jupyter saved, in notebook format 4.") from None
    return [parsed(MAGIC.sub(r"\1pass", source)) for source in sources]


def parsed(source: str) -> Cell:
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(source, "cell", "exec", dont_inherit=True)
            return Cell(source, ast.parse(source))
    except SyntaxError as error:
        return Cell(source, None, f"The cell is no Python: {error.msg}, line {error.lineno or 1}.")
    except (ValueError, RecursionError, MemoryError) as error:
        return Cell(source, None, f"The cell is no Python: {str(error) or 'it is nested too deep'}.")


def exercises(cells: list[Cell]) -> tuple[str, dict[str, Exercise]]:
    """The module of checks that the cells import first, and its exercises; ("", {}) where there is none."""
    for node in nodes(cells, ast.ImportFrom):
        package, _, last = (node.module or "").rpartition(".")
        if package == check.__name__ and last in MODULES:
            made = vars(importlib.import_module(node.module))
            if found := {k: made[k] for k in sorted(made) if NAME.fullmatch(k) and isinstance(made[k], Exercise)}:
                return last, found
    return "", {}


def nodes(cells: list[Cell], kind: type) -> Iterator:
    return (node for cell in cells if cell.tree for node in ast.walk(cell.tree) if isinstance(node, kind))


def calls(cells: list[Cell], name: str) -> list[ast.Call]:
    """The calls of this exercise's check."""
    near = [cell for cell in cells if ".check" in cell.source]
    return [call for call in nodes(near, ast.Call) if ast.dump(call.func) == CALLED.format(name)]


def untouched(cells: list[Cell], exercise: Exercise) -> bool:
    """Is nothing given to the check, or only the stub?"""
    function = exercise.call.split("(")[0]
    given = {ast.unparse(a) for call in calls(cells, exercise.name) for a in call.args}
    stub = [ast.dump(node) for node in ast.parse(exercise.stub).body]
    run = [node for source in program(cells, exercise.name) for node in ast.parse(source).body]
    made = [node for node in run if function in statement(ast.unparse(node)).makes]
    return not given or (given == {function} and bool(made) and all(ast.dump(node) in stub for node in made))


def broken(cells: list[Cell], name: str) -> str:
    """What is wrong with a cell that would give an answer if it were Python; empty where all is well."""
    return next((cell.wrong for cell in cells if cell.wrong and f"{name}.check(" in cell.source), "")


def program(cells: list[Cell], name: str) -> list[str]:
    """The sources to run for the answers to the exercise `name`, in the order of the notebook."""
    pieces: list[Statement] = []
    for cell in cells:
        if calls([cell], name):
            pieces.append(alone(statement(cell.source)))
        elif cell.tree:
            pieces += [statement(ast.unparse(node)) for node in cell.tree.body]
    taken: set[int] = set()
    for k, piece in enumerate(pieces):
        taken |= needed(pieces, k, k) if piece.answers else set()
    return [pieces[k].source for k in sorted(taken)]


def needed(pieces: list[Statement], k: int, end: int, known: frozenset[int] = frozenset()) -> set[int]:
    """The places of a statement and of all it needs. What a function's body uses may be made up to `end`."""
    taken = {k}
    for names, before in ((pieces[k].uses, k), (pieces[k].later, end)):
        for name in names - BUILT_IN:
            makers = [i for i, piece in enumerate(pieces) if name in piece.makes and i != k]
            earlier = [i for i in makers if i < before] or makers[:1]  # cells can be run in another order
            if earlier and earlier[-1] not in known | taken:
                taken |= needed(pieces, earlier[-1], end, known | taken)
    return taken


def statement(source: str) -> Statement:
    """What a piece of a cell makes and uses, by Python's own symbol table."""
    top = symtable.symtable(source, "cell", "exec")
    makes = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()}
    uses = {s.get_name() for s in top.get_symbols() if s.is_referenced()}
    return Statement(source, frozenset(makes), frozenset(uses), frozenset(inside(top) - makes))


def alone(cell: Statement) -> Statement:
    """A cell with an answer, run as a whole: it needs nothing of others for what it makes itself."""
    return cell._replace(uses=cell.uses - cell.makes, answers=True)


def inside(table: symtable.SymbolTable) -> set[str]:
    """The globals that functions and classes in it use."""
    children = table.get_children()
    used = {s.get_name() for t in children for s in t.get_symbols() if s.is_global() and s.is_referenced()}
    return used.union(*map(inside, children))
