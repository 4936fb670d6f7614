"""What a piece of a notebook makes and uses, by Python's own symbol table. Nothing of it runs."""

from __future__ import annotations

import ast
import symtable
from typing import NamedTuple

CHANGERS = set("append extend insert update add setdefault pop remove discard clear sort reverse".split())
STAR = "*"  # stands for the names that an `import *` makes, which nobody knows


class Statement(NamedTuple):
    """A piece of a notebook: the names it makes, those it uses at once, and those a function in it uses when it is called.

    `changes`: the names of lists, dicts and sets that it changes in place.
    """

    source: str
    makes: frozenset[str]
    uses: frozenset[str]
    later: frozenset[str]
    changes: frozenset[str] = frozenset()
    answers: bool = False


def statement(source: str) -> Statement:
    top = symtable.symtable(source, "cell", "exec")
    tree = ast.parse(source)
    makes = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()} | stars(tree)
    uses = {s.get_name() for s in top.get_symbols() if s.is_referenced()} | updated(tree)
    return Statement(
        source, frozenset(makes), frozenset(uses), frozenset(inside(top) - makes), frozenset(changed(tree))
    )


def statements(cell: ast.Module) -> list[Statement]:
    return [statement(ast.unparse(node)) for node in cell.body]


def alone(source: str) -> Statement:
    """A cell with an answer, run as a whole: it needs nothing of others for what it has made itself by then."""
    made, uses = frozenset(), frozenset()
    for piece in statements(ast.parse(source)):
        uses |= piece.uses - made
        made |= piece.makes
    return statement(source)._replace(uses=uses, answers=True)


def stars(tree: ast.AST) -> set[str]:
    return {STAR for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.names[0].name == STAR}


def changed(tree: ast.AST) -> set[str]:
    """The names behind `x[k] = 1`, `del x[k]` and `x.append(1)`."""
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.Subscript | ast.Attribute)]
    stored = [n.value for n in nodes if not isinstance(n.ctx, ast.Load)]
    called = [n.value for n in nodes if isinstance(n, ast.Attribute) and n.attr in CHANGERS]
    return {base.id for base in map(root, stored + called) if isinstance(base, ast.Name)}


def root(node: ast.AST) -> ast.AST:
    """`x` of `x[0].a[1]`."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node


def updated(tree: ast.AST) -> set[str]:
    """The names of `x += 1` outside functions and classes: x must be there, though the symbol table calls it assigned alone."""
    found, waiting = set(), [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)
    return found


def inside(table: symtable.SymbolTable) -> set[str]:
    """The globals that functions and classes in it use, or change (`global n; n += 1`)."""
    children = table.get_children()
    used = {s.get_name() for t in children for s in t.get_symbols() if s.is_global()}
    return used.union(*map(inside, children))
