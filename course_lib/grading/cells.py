"""Which cells of a notebook an exercise needs: those that give a function to its check, and what these use. No training cell.

A name that an answer's cell uses and does not make is looked up in the other cells: the last statement before it that makes the
name, those between that change what it stands for (`MARKS.append(9)`), and so on for what these use. Nothing of a notebook is
run here.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import pkgutil
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from course_lib import check
from course_lib.check.exercise import Exercise
from course_lib.grading.book import Cell
from course_lib.grading.names import STAR, Statement, alone, statement, statements

Places = dict[str, list[int]]
MODULES = {module.name for module in pkgutil.iter_modules(check.__path__)}
NAME = re.compile(r"ex\d")
IMPORTED = re.compile(rf"\b{re.escape(check.__name__)}(?:\.|\s+import\s+)(\w+)")  # in a cell that is no Python, too
BUILT_IN = frozenset(dir(builtins))


class Part(NamedTuple):
    """The exercises of one lesson: the module of their checks, each by its name, and the cells that may belong to them."""

    module: str
    exercises: dict[str, Exercise]
    cells: list[Cell]


def parts(cells: list[Cell]) -> list[Part]:
    """One for each module of checks that the cells import, in order: a file may hold two notebooks, one pasted below the other.

    Cells above the first import are everybody's; those from another lesson's import on are that lesson's.
    """
    began = begins(cells)
    places = [*began.values(), len(cells)]
    first = places[0]
    return [
        Part(module, exercises_of(module), cells[:first] + cells[at : places[i + 1]])
        for i, (module, at) in enumerate(began.items())
    ]


def begins(cells: list[Cell]) -> dict[str, int]:
    """The modules of checks with exercises in them, each with the place of the cell that imports it first."""
    found: dict[str, int] = {}
    for at, cell in enumerate(cells):
        for name in IMPORTED.findall(cell.source):
            if name in MODULES and exercises_of(name):
                found.setdefault(name, at)
    return found


def exercises_of(module: str) -> dict[str, Exercise]:
    made = vars(importlib.import_module(f"{check.__name__}.{module}"))
    return {k: made[k] for k in sorted(made) if NAME.fullmatch(k) and isinstance(made[k], Exercise)}


def nodes(cells: list[Cell], kind: type) -> Iterator:
    return (node for cell in cells if cell.tree for node in ast.walk(cell.tree) if isinstance(node, kind))


def calls(cells: list[Cell], name: str) -> list[ast.Call]:
    """The calls of this exercise's check."""
    near = [cell for cell in cells if ".check" in cell.source]
    return [call for call in nodes(near, ast.Call) if checks(call.func, name)]


def checks(called: ast.AST, name: str) -> bool:
    """Is this `ex1.check`, or `loop.ex1.check`?"""
    owner = called.value if isinstance(called, ast.Attribute) and called.attr == "check" else None
    return isinstance(owner, ast.Name | ast.Attribute) and name == getattr(owner, "id", getattr(owner, "attr", ""))


def untouched(cells: list[Cell], exercise: Exercise) -> bool:
    """Is nothing given to the check, or only the stub?"""
    function = exercise.call.split("(")[0]
    given = {
        ast.unparse(a) for call in calls(cells, exercise.name) for a in (*call.args, *(k.value for k in call.keywords))
    }
    stub = [ast.dump(node) for node in ast.parse(exercise.stub).body]
    run = [node for source in program(cells, exercise.name) for node in ast.parse(source).body]
    made = [node for node in run if function in statement(ast.unparse(node)).makes]
    return not given or (given == {function} and bool(made) and all(ast.dump(node) in stub for node in made))


def giving(cells: list[Cell], name: str) -> list[Cell]:
    """The cells that give an answer, those that are no Python too; a test cell gives none where another does."""
    near = [cell for cell in cells if f"{name}.check(" in cell.source]
    return [cell for cell in near if re.search(r"\b(def|lambda)\b", cell.source)] or near


def program(cells: list[Cell], name: str) -> list[str]:
    """The sources to run for the answers to the exercise `name`, in the order of the notebook."""
    pieces: list[Statement] = []
    for cell in cells:
        if calls([cell], name):
            pieces.append(alone(cell.source))
        elif cell.tree:
            pieces += statements(cell.tree)
    made, changed = places(pieces, "makes"), places(pieces, "changes")
    taken = set().union(*(needed(pieces, made, changed, k) for k, piece in enumerate(pieces) if piece.answers))
    if taken:  # these hold for all cells below
        taken |= {k for k, piece in enumerate(pieces) if piece.source.startswith("from __future__ import")}
    return [pieces[k].source for k in sorted(taken)]


def places(pieces: list[Statement], what: str) -> Places:
    """Each name with the places of the pieces that make it, or change it, in order."""
    found: Places = defaultdict(list)
    for k, piece in enumerate(pieces):
        for name in getattr(piece, what):
            found[name].append(k)
    return found


def needed(pieces: list[Statement], made: Places, changed: Places, end: int) -> set[int]:
    """The places of the answer at `end` and of all it needs. What a function's body uses may be made up to there.

    A name that no piece makes may come from any `import *`.
    """
    taken, waiting = {end}, [end]
    while waiting:
        at = waiting.pop()
        for names, before in ((pieces[at].uses, at), (pieces[at].later, end)):
            for name in names - BUILT_IN:
                found = nearest(made[name], at, before) if name in made else made.get(STAR, [])
                found = found + [k for k in changed.get(name, ()) if found and found[0] < k < before]
                waiting += set(found) - taken
                taken.update(found)
    return taken


def nearest(places: list[int], at: int, before: int) -> list[int]:
    """The last place ahead of `before`, or else the first of all, as cells can be run in another order; never `at` itself."""
    i = bisect_left(places, before)
    ahead, behind = places[max(0, i - 2) : i], places[:2]
    return [k for k in ahead if k != at][-1:] or [k for k in behind if k != at][:1]
