"""What pairs say: the chosen answer beside the rejected one, and what is wrong with either."""

from __future__ import annotations

import html
from collections.abc import Sequence

from course_lib.errors import need_count
from course_lib.show.answer_table import facts, problem_html, verdict_of
from course_lib.show.page import Page, aside, block, cell, row, table, title
from course_lib.show.steps import steps_html, steps_text
from course_lib.types import Completion, Group, Pair

Place = tuple[int, Group, Pair]  # (round from 1, its group, the pair)


def pairs(rounds: Sequence[tuple[Sequence[Group], Sequence[Pair]]], limit: int = 6) -> Page:
    """Pairs of a run, those that choose a faulty answer first; `rounds` holds (groups, pairs) for each round."""
    need_count("limit", limit)
    found = sorted(places(rounds), key=lambda p: faultless(p[1], p[2].chosen))
    bad = sum(not faultless(g, p.chosen) for _, g, p in found)
    heading = (
        f"{len(found):,} pairs of {len(rounds)} round{'' if len(rounds) == 1 else 's'}; {bad:,} choose a faulty answer"
    )
    hint = f"{min(limit, len(found))} shown, those first that choose a faulty answer."
    lines = [line for place in found[:limit] for line in rows(*place)]
    told = [heading, *(text for place in found[:limit] for text in text_of(*place))]
    return Page(block(title(heading), aside(hint), table(lines, ["chosen", "rejected"])), "\n".join(told))


def places(rounds: Sequence) -> list[Place]:
    found = []
    for number, (groups, kept) in enumerate(rounds, 1):
        by_id = {g.problem.id: g for g in groups}
        found += [(number, by_id[p.problem_id], p) for p in kept]
    return found


def alone(group: Group, text: str) -> Group:
    """A group of this answer only, to say what is wrong with it."""
    return Group(group.problem, (Completion(text),))


def verdict(group: Group, text: str) -> str:
    return verdict_of(alone(group, text), 0, None, None)


def faultless(group: Group, text: str) -> bool:
    return not verdict(group, text).startswith("✗")


def rows(number: int, group: Group, pair: Pair) -> list[str]:
    asked = cell(f"Round {number} · {problem_html(group)}", "background:#f0f3f6;padding:8px", span=2)
    return [row(asked), row(*(cell(answer_html(group, text), "width:50%") for text in (pair.chosen, pair.rejected)))]


def answer_html(group: Group, text: str) -> str:
    return f"{steps_html(group.problem, text)}<br><b>{html.escape(verdict(group, text))}</b>"


def text_of(number: int, group: Group, pair: Pair) -> list[str]:
    lines = ["", f"round {number} · {facts(group)}", group.problem.prompt]
    for name, text in (("chosen", pair.chosen), ("rejected", pair.rejected)):
        lines.append(f"  {name}: {verdict(group, text)}")
        lines += [f"       {line}" for line in steps_text(group.problem, text)]
    return lines
