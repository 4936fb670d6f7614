"""What agents did with the same tasks: their commands, what the tools said, whether the test passed, and what an audit says."""

from __future__ import annotations

import html
from collections.abc import Sequence

from course_lib.errors import need
from course_lib.show.page import MONO, Page, block, cell, row, table
from course_lib.tampering import OPEN, Episode, audited


def transcripts(by: dict[str, Sequence[Episode]]) -> Page:
    """`by`: who → one episode for each task, the same tasks in the same order."""
    ids = [[e.problem.id for e in episodes] for episodes in by.values()]
    need(
        bool(by) and all(i == ids[0] for i in ids), "transcripts() needs episodes of the same tasks in the same order."
    )
    rows, words = [], []
    for told in zip(*by.values(), strict=True):
        task = told[0].problem.prompt.split("Task: ")[-1].split("\n")[0]
        rows += [row(cell(f"<b>{html.escape(task)}</b> · right: {told[0].problem.answer}", span=len(by)))]
        rows += [row(*(cell(as_html(e)) for e in told))]
        words += [task, *(f"  {who}: {in_words(e)}" for who, e in zip(by, told, strict=True))]
    return Page(block(table(rows, list(by))), "\n".join(words))


def as_html(episode: Episode) -> str:
    said = "<br>".join(html.escape(line) for line in lines(episode))
    return f'<span style="{MONO}">{said}</span><br><b>{html.escape(verdict(episode))}</b>'


def in_words(episode: Episode) -> str:
    return f"{' | '.join(lines(episode))}. {verdict(episode)}"


def lines(episode: Episode) -> list[str]:
    return [c + (f" → {s}" if s else "") for c, s in zip(episode.commands, episode.said, strict=False)]


def verdict(episode: Episode) -> str:
    passed = "✓ the test passes" if OPEN.reward(episode) else "✗ the test fails"
    wrong = audited(episode) if episode.submitted is not None else "nothing was submitted"
    return f"{passed}; {wrong or 'worked out'}"
