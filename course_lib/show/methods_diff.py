"""The lesson is the difference between two methods: which slots changed, and the code of those."""

from __future__ import annotations

import html

from course_lib.errors import need
from course_lib.show.code import lines_of, listing, maker
from course_lib.show.page import Page, aside, block, cell, mono, row, table, title
from course_lib.show.spelling import same, same_code, spelled, written
from course_lib.types import Method

SLOTS = ("rollout", "score", "revise", "select", "train")


def diff(a: Method, b: Method) -> Page:
    """The slots in which `b` differs from `a`, what either does there, and the source of b's."""
    for given in (a, b):
        need(
            isinstance(given, Method), f"diff() was given {given!r}: give two methods, for example diff(rft(), star())."
        )
    changed = {slot: (spelled(getattr(a, slot)), spelled(getattr(b, slot))) for slot in SLOTS if not alike(a, b, slot)}
    if a.from_base != b.from_base:
        changed["from_base"] = (start(a), start(b))
    equal = [s for s in (*SLOTS, "from_base") if s not in changed]
    heading = (
        f"From {a.name} to {b.name}: {len(changed)} of {len(SLOTS) + 1} changed"
        if changed
        else f"{a.name} and {b.name} are the same"
    )
    codes = [listing(*lines_of(f)) for f in new_code(a, b)]
    rest = f"The same in both: {', '.join(equal)}." if equal else ""
    rows = [row(cell(f"<b>{s}</b>"), cell(mono(x)), cell(mono(y))) for s, (x, y) in changed.items()]
    body = table(rows, ["slot", a.name, b.name]) if rows else ""
    page = block(title(heading), body, aside(html.escape(rest))) + "".join(c.html for c in codes)
    lines = [heading, *(f"  {s}: {x}  →  {y}" for s, (x, y) in changed.items()), rest, *(c.text for c in codes)]
    return Page(page, "\n".join(lines))


def alike(a: Method, b: Method, slot: str) -> bool:
    return same(getattr(a, slot), getattr(b, slot))


def start(method: Method) -> str:
    return "every round from the base" if method.from_base else "goes on from the last round"


def new_code(a: Method, b: Method) -> list:
    """The functions to read: b's slots that run other code than a's. Where only a setting differs, the table has said it all."""
    pairs = [(getattr(a, slot), getattr(b, slot)) for slot in SLOTS]
    slots = [new for old, new in pairs if not same_code(old, new) and hasattr(new, "__code__")]
    return list(dict.fromkeys(f for slot in slots for f in (written(slot)[0], maker(slot))))
