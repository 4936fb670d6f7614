"""What a piece of a notebook makes and uses, by Python's own symbol table. Nothing of it runs."""

from __future__ import annotations

import symtable
from typing import NamedTuple


class Statement(NamedTuple):
    """A piece of a notebook: the names it makes, those it uses at once, and those a function in it uses when it is called."""

    source: str
    makes: frozenset[str]
    uses: frozenset[str]
    later: frozenset[str]
    answers: bool = False


def statement(source: str) -> Statement:
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
