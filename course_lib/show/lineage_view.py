"""Where a training example comes from: click one and read its problem, its siblings, its score and the filter's decisions."""

from __future__ import annotations

import html
from collections.abc import Sequence

from course_lib.errors import need, need_count
from course_lib.show.answer_table import HEAD, group_rows, problem_html, score_of
from course_lib.show.decisions import Filter, Marks, decision, kept_marks, read_filter
from course_lib.show.page import Page, aside, block, fold, table, title
from course_lib.show.steps import wrong_steps
from course_lib.types import Example, Group

Place = tuple[int, Group, int, Marks, Filter]  # (round from 1, group, which completion, the group's marks, the filter)


def lineage(rounds: Sequence[tuple[Sequence[Group], Sequence[Example]]], limit: int = 20) -> Page:
    """A fold for each training example of a run; `rounds` holds (groups, what was kept of them) for each round.

    Those answered with a hint or with a wrong step come first: there is most to see.
    """
    need(all(len(r) == 2 for r in rounds), "rounds must be a list of (groups, examples), one pair for each round.")
    need_count("limit", limit)
    found = sorted(places(rounds).values(), key=plain)
    heading = f"{count(len(found), 'different training example')} of {count(len(rounds), 'round')}"
    first = ", those with a hint or a wrong step first" if not all(map(plain, found)) else ""
    hint = f"{min(limit, len(found))} shown{first}. Click one to see where it comes from."
    body = [fold(html.escape(headline(p)), inside(p)) for p in found[:limit]]
    text = [f"{headline(p)}\n    {p[0][1].problem.prompt}" for p in found[:limit]]
    return Page(block(title(heading), aside(hint), *body), "\n".join([heading, *text]))


def count(n: int, what: str) -> str:
    return f"{n} {what}" + ("" if n == 1 else "s")


def places(rounds: Sequence) -> dict[tuple, list[Place]]:
    """For each distinct training example (problem and text), where it was kept, round by round."""
    found: dict[tuple, list[Place]] = {}
    for number, (groups, kept) in enumerate(rounds, 1):
        marks = kept_marks(groups, kept)
        seen = read_filter(groups, marks)
        for group, mark in zip(groups, marks, strict=True):
            for i, completion in enumerate(group.completions_G):
                if mark[i]:
                    key = (group.problem.id, completion.text, completion.hinted)
                    found.setdefault(key, []).append((number, group, i, mark, seen))
    return found


def plain(found: list[Place]) -> bool:
    """Nothing odd about it: no hint, every step right."""
    _, group, i, _, _ = found[0]
    return not group.completions_G[i].hinted and wrong_steps(group.problem, group.completions_G[i].text) == 0


def headline(found: list[Place]) -> str:
    """`story-7 · kept in rounds 1, 2 · score 1 · 1 wrong step · 23+14=37 37-8=28 #### 28`"""
    _, group, i, marks, seen = found[0]
    numbers = sorted({place[0] for place in found})
    when = f"kept in round{'' if len(numbers) == 1 else 's'} {', '.join(map(str, numbers))}"
    odd = decision(group, i, marks, seen).removeprefix("kept")
    start = " ".join(group.completions_G[i].text.split())
    start = start if len(start) <= 48 else f"{start[:47]}…"
    return f"{group.problem.id} · {when} · score {score_of(group, i)}{odd} · {start}"


def inside(found: list[Place]) -> str:
    """The problem; then for each round in which the example was kept, all answers to that problem and what became of them."""
    _, group, _, _, _ = found[0]
    rounds = {place[0]: place for place in reversed(found)}  # of copies in one round, the first
    first, *later = (one_round(*rounds[r]) for r in sorted(rounds))
    return f"<p>{problem_html(group)}</p>" + aside(first[0]) + first[1] + "".join(fold(*round) for round in later)


def one_round(number: int, group: Group, i: int, marks: Marks, seen: Filter) -> tuple[str, str]:
    """A sentence and the table of what became of all answers to this problem in one round."""
    drawn = len(group.completions_G)
    told = f"<b>Round {number}</b>: {drawn} answers to this problem, {sum(marks)} kept."
    return told, table(group_rows(group, marks, drawn, seen, here=i), HEAD)
