"""The same problems answered by two policies: how many changed, and three of them side by side."""

from __future__ import annotations

import html
from collections.abc import Sequence

from course_lib.errors import need
from course_lib.plural import counted
from course_lib.show.answer_table import facts, faultless, problem_html, verdict_of
from course_lib.show.page import Page, block, cell, plain, row, table, title
from course_lib.show.steps import steps_html, steps_text
from course_lib.types import Group

# What became of a problem. {} is what its answers are called when nothing is wrong with them: right, or fine.
GAINED, LOST, NEVER, STILL = "became {}", "no longer {}", "still not {}", "still {}"
OTHER, SAME = "another verdict", "the same verdict"  # where nothing says what is right
# what is shown first: changes, and then a fault that stayed, which tells more than two right answers
ORDER = (GAINED, LOST, OTHER, NEVER, STILL, SAME)
SHOWN = 3


def beside(
    before: Sequence[Group], after: Sequence[Group], names: tuple[str, str] = ("before", "after"), title: str = ""
) -> Page:
    """How many first answers are right both times, only after, only before, neither; three pairs, wrong steps marked.

    The counts hold all problems, and `to_show` says which pairs are shown. Of requests the town's checkers say what is fine.
    Where nothing says what is right, changed verdicts are counted. Raises CourseError unless both answer the same problems.
    """
    ids = [[g.problem.id for g in groups] for groups in (before, after)]
    need(ids[0] == ids[1], "beside() needs answers to the same problems in the same order, and these differ.")
    pairs, word = list(zip(before, after, strict=True)), word_of(before)
    kinds = [kind_of(*pair, word) for pair in pairs]
    line = f"{counts(kinds, word, before)} {how_chosen(kinds, word)}"
    shown = [(kinds[i].format(word), *pairs[i]) for i in to_show(kinds)]
    told = "\n".join([title, line, *(text_of(*one, names) for one in shown)]).strip()
    return Page(as_html(shown, names, title, line), told)


def word_of(groups: Sequence[Group]) -> str:
    """What all these problems call a faultless answer, `right` or `fine`; empty where they do not all say the same."""
    words = {faultless(g.problem) for g in groups}
    return words.pop() if len(words) == 1 else ""


def kind_of(old: Group, new: Group, word: str) -> str:
    """What became of a problem: one of the six kinds above."""
    was, now = (verdict(g) for g in (old, new))
    if not word:
        return SAME if was == now else OTHER
    if was.startswith("✓"):
        return STILL if now.startswith("✓") else LOST
    return GAINED if now.startswith("✓") else NEVER


def to_show(kinds: list[str]) -> list[int]:
    """Places of three problems: the first of each sort, in the order became right, no longer right, still not right, still right.

    Gain, loss and what stayed, when all occur. Where fewer than three kinds occur, the first of the others follow, in
    the order they were asked. (Where nothing says what is right: another verdict, the same verdict.)
    """
    firsts = [kinds.index(kind) for kind in ORDER if kind in kinds]
    return (firsts + [i for i in range(len(kinds)) if i not in firsts])[:SHOWN]


def counts(kinds: list[str], word: str, groups: Sequence[Group]) -> str:
    """`Of 24 problems: 9 right both times, 8 only after, 2 only before, 5 neither.`"""
    things = "request" if groups and "kind" in groups[0].problem.facts else "problem"
    n = counted(len(kinds), things)
    if not word:
        return f"Nothing here tells right from wrong. Of {n}: {kinds.count(OTHER)} with another verdict after."
    both, gained, lost, neither = map(kinds.count, (STILL, GAINED, LOST, NEVER))
    return f"Of {n}: {both} {word} both times, {gained} only after, {lost} only before, {neither} neither."


def how_chosen(kinds: list[str], word: str) -> str:
    """`Shown, the first of each sort: became right, no longer right, still not right.`"""
    there = [kind.format(word) for kind in ORDER if kind in kinds][:SHOWN]
    more = "; then the next" if min(SHOWN, len(kinds)) > len(there) else ""
    return f"Shown, the first of each sort: {', '.join(there)}{more}."


def verdict(group: Group) -> str:
    return verdict_of(group, 0, None, None)


def as_html(shown: list[tuple[str, Group, Group]], names: tuple[str, str], heading: str, line: str) -> str:
    rows = [each for one in shown for each in pair_rows(*one)]
    return block(title(heading), plain(html.escape(line)), table(rows, list(names)))


def pair_rows(kind: str, old: Group, new: Group) -> list[str]:
    asked = f"<b>{html.escape(kind.capitalize())}</b> · {problem_html(old)}"
    answers = (cell(answer_html(g), "width:50%") for g in (old, new))
    return [row(cell(asked, "background:#f0f3f6;padding:8px", span=2)), row(*answers)]


def answer_html(group: Group) -> str:
    return f"{steps_html(group.problem, group.completions_G[0].text)}<br><b>{html.escape(verdict(group))}</b>"


def text_of(kind: str, old: Group, new: Group, names: tuple[str, str]) -> str:
    lines = ["", f"{kind.capitalize()} · {facts(old)}", old.problem.prompt]
    for name, group in zip(names, (old, new), strict=True):
        lines.append(f"  {name}: {verdict(group)}")
        lines += [f"       {line}" for line in steps_text(group.problem, group.completions_G[0].text)]
    return "\n".join(lines)
