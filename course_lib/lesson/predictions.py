"""Predictions: chosen before a number is seen, kept on disk, shown again beside the number."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

from course_lib.controls import Choice, choose
from course_lib.sealed import finished, write
from course_lib.show.page import Page, block, title


def read(path: Path) -> dict[str, str]:
    return json.loads(path.read_text(encoding="utf-8")) if finished(path) else {}


def ask(path: Path, question: str, options: tuple[str, ...]) -> Choice:
    """Radio buttons whose choice is kept in `path`. One made earlier is chosen already."""

    def keep(option: str) -> None:
        write(path, json.dumps(read(path) | {question: option}, ensure_ascii=False))

    asked = choose(question, list(options), keep)
    before = read(path).get(question)
    return asked.choose(before) if before in options else asked


def recall(path: Path, question: str, measured: str) -> Page:
    """The prediction beside what was measured."""
    said = read(path).get(question, "no prediction was made")
    lines = [f"You predicted: {said}.", f"Measured: {measured}"]
    rest = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return Page(block(title(question), rest), "\n".join([question, *lines]))
