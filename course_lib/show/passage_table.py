"""Passages of the pocket town, their rare words marked: what a reader loses when the tail goes dark."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Sequence

from course_lib.errors import need
from course_lib.show.page import Page, aside, block, cell, row, table
from course_lib.tasks.passages import WORDS, logprob, tail

RARE = re.compile(r"\b(" + "|".join(sorted(word for slot in WORDS for word in tail(slot))) + r")\b")
HINT = "Bold: a word of the rarer half. A cross: no passage that the town's grammar can write."


def passages(texts: dict[str, Sequence[str]]) -> Page:
    """Passages by who wrote them: name → texts."""
    need(any(texts.values()), "there is no passage to show: give one or more.")
    rows = [row(cell(html.escape(name)), cell(marked(text))) for name, said in texts.items() for text in said]
    words = [f"{name}: {in_words(text)}" for name, said in texts.items() for text in said]
    return Page(block(aside(HINT), table(rows, ["by", "passage"])), "\n".join([HINT.replace("Bold", "*word*"), *words]))


def marked(text: str) -> str:
    return cross(text) + RARE.sub(r"<b>\1</b>", html.escape(text))


def in_words(text: str) -> str:
    return cross(text) + RARE.sub(r"*\1*", text)


def cross(text: str) -> str:
    return "" if math.isfinite(logprob(text)) else "✗ "
