"""Does an answer use the function that is the answer key? It is looked for in what the answer takes from the package.

Seen: `from module import name`, `import module`, `from module import *` where the name is used, `importlib.import_module` and
`__import__` with the module's name written out, and other names given to these. Not seen: a copy of the key's text, and names
that are put together while it runs (`getattr`, `eval`, `sys.modules`).
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator

from course_lib.check.exercise import Exercise
from course_lib.grading.names import statement

Names = dict[str, str]  # what a name stands for: a dotted path
COMMON = "course_lib.statistics"  # a mean is anybody's
AROUND = ("lesson", "show", "controls", "recordings")  # what a notebook has around its exercises
BY_NAME, TOP = "importlib.import_module", "__import__"


def borrowed(sources: list[str], exercise: Exercise) -> str:
    """A note where the answer takes a function of the package that is the answer key, and no hint; or another one that its card
    does not name."""
    key = places([f for f in exercise.answer_of if f.__module__ != COMMON and not told(f.__name__, exercise)])
    nodes = [node for source in sources for node in ast.walk(ast.parse(source))]
    names = {TOP: TOP} | imported(nodes)
    for name, value in (pair for node in nodes for pair in given(node)):
        names |= {name: path} if (path := dotted(value, names)) else {}
    own = set().union(*(statement(source).makes for source in sources))
    stars = starred(nodes, key, own)
    used = [*names.values(), *(dotted(node, stars | names) for node in nodes)]
    if found := next((path for path in used if path in key), ""):
        return f"It takes {found}, which is the answer key: ask for an explanation."
    found = next((path for path in used if of_the_course(path, exercise)), "")
    return f"It takes {found}, which its card does not name: ask what that does." if found else ""


def of_the_course(path: str, exercise: Exercise) -> bool:
    """Is this a function of the package, which might do the exercise's work?"""
    module, _, name = path.rpartition(".")
    made = getattr(sys.modules.get(module), name, None)
    top, _, inside = module.partition(".")
    ours = top == "course_lib" and inside.split(".")[0] not in AROUND and made is not None
    return ours and inspect.isfunction(made) and made.__module__ != COMMON and not told(name, exercise)


def told(name: str, exercise: Exercise) -> bool:
    """Does the card itself name this function? A word of its text that happens to be the name is no pointer.

    Nor is the learner's own function of that name.
    """
    pointers = rf"import [\w, ]*\b{name}\b"
    if name != exercise.call.split("(")[0]:
        pointers += rf"|\b{name}\(|`{name}`"
    return re.search(pointers, exercise.stub + exercise.task + exercise.hint_text) is not None


def given(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """The names that an assignment gives to what stands on its right, also in pairs and in a loop over a written list."""
    if isinstance(node, ast.Assign):
        yield from (pair for target in node.targets for pair in matched(target, node.value))
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value:
        yield from matched(node.target, node.value)
    elif isinstance(node, ast.For | ast.comprehension) and isinstance(node.iter, ast.Tuple | ast.List):
        yield from (pair for value in node.iter.elts for pair in matched(node.target, value))


def matched(target: ast.AST, value: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        yield from (pair for t, v in zip(target.elts, value.elts, strict=False) for pair in matched(t, v))


def places(functions: Iterable[Callable]) -> set[str]:
    """The dotted paths of functions, also where another module of the package imports them."""
    modules = [(name, vars(m)) for name, m in list(sys.modules.items()) if m and name.split(".")[0] == "course_lib"]
    return {f"{name}.{f.__name__}" for f in functions for name, made in modules if made.get(f.__name__) is f}


def imported(nodes: list[ast.AST]) -> Names:
    """The names that imports make."""
    names: Names = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {a.asname or top(a.name): a.name if a.asname else top(a.name) for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names if a.name != "*"}
    return names


def starred(nodes: list[ast.AST], key: set[str], own: set[str]) -> Names:
    """The names of the key that an `import *` makes, if the answer does not make one like it."""
    modules = [n.module for n in nodes if isinstance(n, ast.ImportFrom) and n.names[0].name == "*"]
    split = [path.rpartition(".") for path in key]
    return {name: f"{module}.{name}" for module, _, name in split if module in modules and name not in own}


def dotted(node: ast.AST, names: Names) -> str:
    """The dotted path that an expression stands for; empty where it stands for none."""
    if isinstance(node, ast.Name):
        return names.get(node.id, "")
    if isinstance(node, ast.Attribute):
        return f"{base}.{node.attr}" if (base := dotted(node.value, names)) else ""
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        importer, name = dotted(node.func, names), str(node.args[0].value)
        return {BY_NAME: name, TOP: top(name)}.get(importer, "")
    return ""


def top(module: str) -> str:
    return module.split(".")[0]
