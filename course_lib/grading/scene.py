"""What the cells are run in, behind the walls: stand-ins for the check and for the experiment, then statement after statement.

As in IPython each statement runs by itself. Other than there, the next one runs also where one stops: a line above the answer may
need what is not run here. What such a statement would have made is kept in mind, with what stopped it.
"""

from __future__ import annotations

import ast
import codeop
import sys
from collections.abc import Iterator
from types import CodeType, ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import course_lib
from course_lib.grading.names import statement

NOT_HERE = "torch"  # it needs threads and seconds; an exercise is plain Python


class Noted:
    """What `ex1` is here: its check notes the function, and nothing else of it does anything."""

    def __init__(self):
        self.function = self.noted = None

    def check(self, f: Any) -> SimpleNamespace:
        self.function, self.noted = f, True
        return SimpleNamespace(passed=True, says="", title="")  # lets an `assert` of a test cell through

    def __getattr__(self, name: str):
        return lambda *args, **named: None


class NotRun(Exception):
    """The experiment is not run here."""


class Experiment(ModuleType):
    """What `course_lib.lesson` is here."""

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)

        def begins(*args, **named):
            raise NotRun(f"lesson.{name}")

        return begins


class Played(NamedTuple):
    """What was given to the check, or why nothing was; each name not made, with why; lines of the answer that stopped."""

    function: Any
    why: Exception | None
    lost: dict[str, Exception]
    missed: list[tuple[str, Exception]]


def stage(order: dict) -> tuple[dict[str, Noted], dict]:
    """The exercises' stand-ins, and the names that the cells find."""
    stand_ins = {name: Noted() for name in order["names"]}
    module = sys.modules[order["module"]] = ModuleType(order["module"])
    course_lib.check = sys.modules["course_lib.check"] = ModuleType("course_lib.check")
    setattr(course_lib.check, order["module"].rpartition(".")[2], module)
    course_lib.lesson = sys.modules["course_lib.lesson"] = Experiment("course_lib.lesson")
    vars(module).update(stand_ins)
    sys.modules[NOT_HERE] = None
    main = sys.modules["__main__"] = ModuleType("__main__")
    shell = {"display": lambda *args, **named: None, "get_ipython": Noted}
    vars(main).update(stand_ins | shell)
    return stand_ins, vars(main)


def played(order: dict) -> Played:
    """Run the cells. Of what they give to the check of this exercise the last one counts."""
    stand_ins, names = stage(order)
    noted, checks, lost, missed = stand_ins[order["name"]], f"{order['name']}.check", {}, []
    why = LookupError(f"`{checks}(...)` was not reached")
    for source, node, code in pieces(order["cells"]):
        try:
            finish(eval(code, names))
        except MemoryError:
            raise
        except Exception as error:
            line = ast.unparse(node)
            lost |= dict.fromkeys(statement(line).makes, error)
            why = error if checks in line else why
            if checks in source:
                missed.append((line.split("\n")[0], error))
    return Played(noted.function, None if noted.noted else why, lost, missed)


def pieces(cells: list[str]) -> Iterator[tuple[str, ast.stmt, CodeType]]:
    """The statements of the cells, each with its cell's source, one after the other; an import of several names in as many
    pieces, for one of them may be missing here.
    """
    compiled = codeop.Compile()  # keeps `from __future__ import ...` in mind
    compiled.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    for i, source in enumerate(cells):
        for node in (part for whole in ast.parse(source).body for part in one_by_one(whole)):
            yield source, node, compiled(ast.Module([node], []), f"cell {i}", "exec")


def one_by_one(node: ast.stmt) -> list[ast.stmt]:
    """`from a import b, c` as two statements; any other as it is."""
    if not isinstance(node, ast.ImportFrom) or node.module == "__future__":
        return [node]
    return [ast.copy_location(ast.ImportFrom(node.module, [name], node.level), node) for name in node.names]


def finish(waiting: Any) -> None:
    """Run a statement with a top-level `await` to its end; there is no event loop, so nothing can be waited for."""
    try:
        while waiting is not None:
            waiting.send(None)
    except StopIteration:
        pass
