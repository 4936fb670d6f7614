"""Which cells of a notebook an exercise needs: those that give a function to its check, and what these use. No training cell.

A name that an answer's cell uses and does not make is looked up in the other cells: the last statement before it that makes the
name, and so on for what that statement uses. Nothing of a notebook runs here.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import pkgutil
import re
from collections.abc import Iterator

from course_lib import check
from course_lib.check.exercise import Exercise
from course_lib.grading.book import Cell
from course_lib.grading.names import Statement, alone, statement

MODULES = {module.name for module in pkgutil.iter_modules(check.__path__)}
NAME = re.compile(r"ex\d")
BUILT_IN = frozenset(dir(builtins))
CALLED = ast.dump(ast.parse("x.check", mode="eval").body).replace("'x'", "'{}'")


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
    """What is wrong with the last cell that gives an answer, if it is no Python; a test cell after it makes none."""
    near = [cell for cell in cells if f"{name}.check(" in cell.source]
    giving = [cell for cell in near if re.search(r"\b(def|lambda)\b", cell.source)] or near
    return giving[-1].wrong if giving else ""


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
    if taken:  # these hold for all cells below
        taken |= {k for k, piece in enumerate(pieces) if piece.source.startswith("from __future__ import")}
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
