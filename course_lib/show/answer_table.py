"""A table of answers: what was asked, what the model said, where it went wrong, its score, and what the filter did with it."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from course_lib.errors import need, need_count
from course_lib.plural import counted
from course_lib.show.decisions import Filter, Marks, answer_fault, decision, kept_marks, read_filter
from course_lib.show.page import QUIET, Page, aside, block, cell, row, table, title
from course_lib.show.steps import steps_html, steps_text
from course_lib.show.style import METHOD
from course_lib.types import Example, Group, Problem

HEAD = ("no.", "completion (· parts its lines)", "score", "the filter")


def answers(groups: Sequence[Group], kept: Iterable[Example] | None = None, limit: int = 12, title: str = "") -> Page:
    """The groups' completions with wrong steps marked; given what was `kept`, each with the filter's decision in words.

    Give `kept` whole (all that select returned) and `groups` too: reasons such as "over the cap" are read from both.
    Only the first `limit` answers are shown.
    """
    need(not isinstance(groups, Group), "answers() was given one group: it shows a list, so write answers([group]).")
    need_count("limit", limit)
    marks = None if kept is None else kept_marks(groups, kept)
    seen = None if marks is None else read_filter(groups, marks)
    parts = first(groups, marks or [None] * len(groups), limit)
    total = sum(len(g.completions_G) for g in groups)
    rest = " ".join(footer(seen, limit, total))
    return Page(as_html(parts, seen, title, rest), as_text(parts, seen, title, rest))


def first(groups: Sequence[Group], marks: list[Marks | None], limit: int) -> list[tuple[Group, Marks | None, int]]:
    """(group, its marks, how many of its answers to show), until `limit` answers are shown."""
    parts = []
    for group, mark in zip(groups, marks, strict=True):
        shown = min(limit, len(group.completions_G))
        if shown > 0:
            parts.append((group, mark, shown))
        limit -= shown
    return parts


def footer(seen: Filter | None, limit: int, total: int) -> list[str]:
    """What the rows do not say."""
    lowest = seen.lowest if seen and seen.graded else None
    told = [f"The lowest score kept is {lowest:.2f}."] if lowest is not None else []
    return told + ([f"The first {limit} of {total} answers; limit={total} shows all."] if total > limit else [])


def as_html(parts: list, seen: Filter | None, heading: str, rest: str) -> str:
    rows = [line for group, marks, n in parts for line in [asked(group), *group_rows(group, marks, n, seen)]]
    head = [*HEAD[:3], HEAD[3] if seen else "answer"]
    return block(title(heading), table(rows, head), aside(html.escape(rest)) if rest else "")


def asked(group: Group) -> str:
    """The row that tells the problem, once for all its answers."""
    return row(cell(problem_html(group), "background:#f0f3f6;padding:8px", span=4))


def problem_html(group: Group) -> str:
    return f"<b>{html.escape(facts(group))}</b><br>{html.escape(group.problem.prompt)}"


def facts(group: Group) -> str:
    """`Problem story-7 · 5 steps · right answer 28`"""
    p = group.problem
    steps = f" · {counted(p.level, 'step')}" if p.level else ""
    what = "Problem" if "kind" not in p.facts else "Kind request" if p.facts["kind"] else "Unkind request"
    return f"{what} {p.id}{steps}" + (f" · right answer {p.answer}" if p.answer is not None else "")


def group_rows(group: Group, marks: Marks | None, n: int, seen: Filter | None, here: int | None = None) -> list[str]:
    """One row for each of the first `n` completions; number `here` says that it is the one looked at."""
    return [answer_row(group, i, marks, seen, "this one · " if i == here else "") for i in range(n)]


def answer_row(group: Group, i: int, marks: Marks | None, seen: Filter | None, prefix: str = "") -> str:
    """A kept completion carries a tick and a bar at its left; a dropped one is dimmed."""
    kept = marks is None or marks[i]
    bar = f"border-left:5px solid {METHOD['color'] if marks and kept else '#ffffff'};"
    ink = "" if kept else f"color:{QUIET};"
    verdict = html.escape(prefix + verdict_of(group, i, marks, seen))
    return row(
        cell(str(i + 1), bar + ink),
        cell(steps_html(group.problem, group.completions_G[i].text), ink),
        cell(score_of(group, i), ink),
        cell(f"<b>{verdict}</b>" if marks and kept else verdict, ink),
    )


def verdict_of(group: Group, i: int, marks: Marks | None, seen: Filter | None) -> str:
    """With a sign before the words; without a filter, whether the answer is right."""
    if marks is not None and seen is not None:
        return f"{'✓' if marks[i] else '–'} {decision(group, i, marks, seen)}"
    fault = answer_fault(group, group.completions_G[i])
    word = faultless(group.problem)
    return f"✗ {fault}" if fault else f"✓ {word}" if word else ""


def faultless(problem: Problem) -> str:
    """What an answer without a fault is called: `right` or, of a request that the town can check, `fine`; otherwise nothing."""
    return "right" if problem.answer is not None else "fine" if "do" in problem.facts else ""


def score_of(group: Group, i: int) -> str:
    return f"{round(group.scores_G[i], 2):g}" if group.scores_G else "–"


def as_text(parts: list, seen: Filter | None, heading: str, rest: str) -> str:
    lines = [heading] if heading else []
    for group, marks, n in parts:
        lines += ["", facts(group), group.problem.prompt]
        for i in range(n):
            lines.append(f"  {i + 1}. score {score_of(group, i)}  {verdict_of(group, i, marks, seen)}")
            lines += [f"       {line}" for line in steps_text(group.problem, group.completions_G[i].text)]
    return "\n".join([*lines, rest]).strip()
