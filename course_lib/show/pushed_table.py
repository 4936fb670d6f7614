"""What a policy gradient was given: the answers to a question, the reward of each, and which way it is pushed."""

from __future__ import annotations

import html
from collections.abc import Sequence

from course_lib.answers import same_answer
from course_lib.errors import need_count
from course_lib.show.answer_table import problem_html, verdict_of
from course_lib.show.page import MONO, Page, aside, block, cell, row, table, title
from course_lib.statistics import mean
from course_lib.types import Group

HEAD = ["answer (· parts its lines)", "reward", "pushed", "by gold"]


def pushed(rounds: Sequence[tuple[Sequence[Group], Sequence[Group]]], limit: int = 2, first: int = 1) -> Page:
    """Questions of a run, those first whose best-rewarded answer is wrong; `rounds` holds (groups, groups trained on),
    from round `first` on."""
    need_count("limit", limit)
    trained = [(number, group) for number, (_, kept) in enumerate(rounds, first) for group in kept]
    found = sorted(trained, key=lambda place: label_right(place[1]))
    wrong = sum(not label_right(g) for _, g in found)
    pushed_up = sum(any(map(wrong_and_up, told(g))) for _, g in found)
    many = f"{len(rounds)} round{'' if len(rounds) == 1 else 's'}"
    heading = f"{len(found):,} times a question was trained on in {many}"
    hint = (
        f"{wrong:,} times a wrong answer had the highest reward; {pushed_up:,} times some wrong answer was pushed up. "
        f"{min(limit, len(found))} shown, those with a wrong answer on top first."
    )
    rows = [line for place in found[:limit] for line in group_rows(*place)]
    text = [heading, hint, *(line for place in found[:limit] for line in in_words(*place))]
    return Page(block(title(heading), aside(hint), table(rows, HEAD)), "\n".join(text))


def label_right(group: Group) -> bool:
    """Is an answer with the highest reward the right one?"""
    best = max(range(len(group.scores_G)), key=lambda i: group.scores_G[i])
    return same_answer(group.completions_G[best].text, group.problem.answer)


def wrong_and_up(answer: tuple[str, float, float, str]) -> bool:
    _, _, advantage, mark = answer
    return advantage > 0 and mark.startswith("✗")


def told(group: Group) -> list[tuple[str, float, float, str]]:
    """(answer in one line, reward, advantage, verdict) of each answer."""
    middle = mean(group.scores_G)
    lines = [" · ".join(c.text.strip().split("\n")) for c in group.completions_G]
    marks = [verdict_of(group, i, None, None) for i in range(len(lines))]
    return [(line, s, s - middle, mark) for line, s, mark in zip(lines, group.scores_G, marks, strict=True)]


def group_rows(number: int, group: Group) -> list[str]:
    asked = row(cell(f"Round {number} · {problem_html(group)}", "background:#f0f3f6;padding:8px", span=len(HEAD)))
    return [asked, *(answer_row(*answer) for answer in told(group))]


def answer_row(line: str, reward: float, advantage: float, mark: str) -> str:
    way = "up" if advantage > 0 else "down" if advantage < 0 else "not"
    said = f'<span style="{MONO}">{html.escape(line)}</span>'
    return row(cell(said), cell(f"{reward:.2g}"), cell(f"{way} ({advantage:+.2f})"), cell(html.escape(mark)))


def in_words(number: int, group: Group) -> list[str]:
    head = ["", f"round {number} · {group.problem.prompt}"]
    return head + [
        f"  {reward:.2g} ({advantage:+.2f})  {mark}: {line}" for line, reward, advantage, mark in told(group)
    ]
