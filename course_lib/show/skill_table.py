"""A library of skills as a person reads it: for which sentence, the function, where it comes from; and what was not stored."""

from __future__ import annotations

import html
from collections.abc import Sequence

from course_lib.errors import need_count
from course_lib.plural import counted
from course_lib.show.page import Page, aside, block, cell, mono, row, table, title
from course_lib.skill_library import Library, Skill

HEAD = ("kind of sentence", "skill", "written down from")


def skills(library: Library, refused: Sequence[tuple[Skill, str]] = (), limit: int = 30, heading: str = "") -> Page:
    """Each skill of the library, by its kind; below them those that were refused, and why."""
    need_count("limit", limit)
    told = sorted(library.skills.values(), key=lambda s: s.kind)
    rows = [row(cell(html.escape(s.kind)), cell(body(s)), cell(source(s))) for s in told[:limit]]
    rows += [
        row(cell(html.escape(s.kind)), cell(body(s)), cell(f"✗ not stored: {html.escape(why)}"))
        for s, why in refused[:limit]
    ]
    rest = f"{counted(len(told), 'skill')} stored, {len(refused)} refused."
    words = [f"{s.kind}: {in_one_line(s)}" for s in told[:limit]]
    words += [f"{s.kind}: {in_one_line(s)} (not stored: {why})" for s, why in refused[:limit]]
    page = block(title(heading), table(rows, list(HEAD)), aside(rest))
    return Page(page, "\n".join([heading, *words, rest]).strip())


def body(skill: Skill) -> str:
    return "<br>".join(mono(line.replace("    ", "\u00a0" * 4)) for line in skill.code.strip().split("\n"))


def in_one_line(skill: Skill) -> str:
    return skill.code.strip().replace("\n    ", " ")


def source(skill: Skill) -> str:
    return f"{html.escape(skill.sentence)}.<br>{html.escape(skill.source)}"
