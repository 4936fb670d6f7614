"""The same problems answered by two policies, side by side."""

from __future__ import annotations

import html
from collections.abc import Sequence

from course_lib.errors import need
from course_lib.show.answer_table import facts, problem_html, verdict_of
from course_lib.show.page import Page, block, cell, row, table, title
from course_lib.show.steps import steps_html, steps_text
from course_lib.types import Group


def beside(
    before: Sequence[Group], after: Sequence[Group], names: tuple[str, str] = ("before", "after"), title: str = ""
) -> Page:
    """The first answer of each group of `before` next to that of `after`, with wrong steps marked."""
    ids = [[g.problem.id for g in groups] for groups in (before, after)]
    need(ids[0] == ids[1], "beside() needs answers to the same problems in the same order, and these differ.")
    pairs = list(zip(before, after, strict=True))
    told = "\n".join([title, *(text_of(pair, names) for pair in pairs)]).strip()
    return Page(as_html(pairs, names, title), told)


def as_html(pairs: list[tuple[Group, Group]], names: tuple[str, str], heading: str) -> str:
    return block(title(heading), table([line for pair in pairs for line in pair_rows(*pair)], list(names)))


def pair_rows(old: Group, new: Group) -> list[str]:
    asked = row(cell(problem_html(old), "background:#f0f3f6;padding:8px", span=2))
    return [asked, row(*(cell(answer_html(g), "width:50%") for g in (old, new)))]


def answer_html(group: Group) -> str:
    verdict = html.escape(verdict_of(group, 0, None, None))
    return f"{steps_html(group.problem, group.completions_G[0].text)}<br><b>{verdict}</b>"


def text_of(pair: tuple[Group, Group], names: tuple[str, str]) -> str:
    lines = ["", facts(pair[0]), pair[0].problem.prompt]
    for name, group in zip(names, pair, strict=True):
        lines.append(f"  {name}: {verdict_of(group, 0, None, None)}")
        lines += [f"       {line}" for line in steps_text(group.problem, group.completions_G[0].text)]
    return "\n".join(lines)
