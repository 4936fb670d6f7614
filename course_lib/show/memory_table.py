"""What is remembered, attempt by attempt: read it as a person would."""

from __future__ import annotations

import html
from collections.abc import Sequence

from course_lib.errors import need_count
from course_lib.methods.reflexion import Episode
from course_lib.reflect import Attempt
from course_lib.show.page import MONO, Page, block, cell, row, table, title

HEAD = ["attempt", "remembered then", "asked, and answered", "the market said", "reflection"]


def memories(episodes: Sequence[Episode], limit: int = 3, heading: str = "") -> Page:
    """Each episode's attempts: what was in memory, the story, the answer, the feedback, the reflection."""
    need_count("limit", limit)
    shown = list(episodes)[:limit]
    rows = [line for e in shown for line in episode_rows(e)]
    return Page(
        block(title(heading), table(rows, HEAD)), "\n".join([heading, *(t for e in shown for t in in_words(e))]).strip()
    )


def episode_rows(episode: Episode) -> list[str]:
    name = row(cell(f"<b>Market {html.escape(episode.place.id)}</b>", "background:#f0f3f6;padding:8px", span=len(HEAD)))
    last = cell(f"in memory now: {told(episode.memory.sentences)}", span=len(HEAD))
    return [name, *(attempt_row(i, a) for i, a in enumerate(episode.attempts, 1)), row(last)]


def attempt_row(number: int, a: Attempt) -> str:
    said = f"{html.escape(a.story.prompt)}<br>{written(a.answer)}"
    verdict = f"{'✓' if a.right else '✗'} {html.escape(a.feedback)}"
    return row(
        cell(str(number)), cell(told(a.remembered)), cell(said), cell(verdict), cell(written(a.reflection) or "none")
    )


def told(sentences: Sequence[str]) -> str:
    return "<br>".join(map(html.escape, sentences)) or "nothing"


def written(text: str) -> str:
    """What a model wrote, line by line."""
    lines = "<br>".join(map(html.escape, text.strip().split("\n")))
    return f'<span style="{MONO}">{lines}</span>' if text.strip() else ""


def in_words(episode: Episode) -> list[str]:
    lines = ["", f"market {episode.place.id}"]
    for i, a in enumerate(episode.attempts, 1):
        lines += [f"  attempt {i}, remembering: {' '.join(a.remembered) or 'nothing'}", f"    {a.story.prompt}"]
        lines += [f"    {' | '.join(a.answer.split(chr(10)))}  {'right' if a.right else 'wrong'}: {a.feedback}"]
        lines += [f"    reflection: {' | '.join(a.reflection.split(chr(10)))}"] if a.reflection else []
    return [*lines, f"  in memory now: {' '.join(episode.memory.sentences) or 'nothing'}"]
