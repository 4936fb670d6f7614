"""What people asked a helper, what other people answered, and how they ranked the answers: Open Assistant's first messages
(Köpf et al. 2023, arXiv 2304.07327; Apache 2.0). Self-Rewarding's first examples are from this set (arXiv 2401.10020, §3.1).

Kept: conversations in English, their first question, and the replies to it that people wrote and ranked.
Left out: everything after the first reply, deleted messages, replies by machines, and texts too long for a small model's round.
No reply is *right*. The rankings say which of two people liked better, and no more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from course_lib.errors import need
from course_lib.tasks.columns import OASST1, rows
from course_lib.types import Problem

HUB = "oasst1"
LONGEST = 1200  # characters of a question and of each reply: some 300 tokens
HELPFUL = "The reply helps this person: it answers what was asked, is right and clear, and holds nothing needless."


def questions(split: str = "train", where: str | Path = HUB) -> list[Problem]:
    """Questions with at least two ranked replies, in the set's order. `facts["given"]` is the reply that people ranked first,
    `facts["worst"]` the one they ranked last.

    `where`: "oasst1" for the hub, a folder with the set's files, or one file. Raises CourseError when it can't be read or lacks a
    column.
    """
    messages = rows(OASST1, split, None if str(where) == HUB else where)
    replies = ranked(messages)
    asked = [m for m in messages if m["role"] == "prompter" and m["parent_id"] is None and readable(m)]
    found = [as_problem(m, replies[m["message_id"]]) for m in asked]
    return list({p.prompt: p for p in found if p is not None}.values())


def readable(message: dict[str, Any]) -> bool:
    return message["lang"] == "en" and not message["deleted"] and bool((message["text"] or "").strip())


def ranked(messages: Iterable[dict[str, Any]]) -> dict[str, list[str]]:
    """For each message the replies to it that people wrote and ranked, the best first."""
    found = defaultdict(list)
    for m in messages:
        if m["role"] == "assistant" and m["rank"] is not None and not m["synthetic"] and readable(m):
            found[m["parent_id"]].append((m["rank"], m["text"].strip()))
    return defaultdict(list, {parent: [text for _, text in sorted(told)] for parent, told in found.items()})


def as_problem(message: dict[str, Any], replies: list[str]) -> Problem | None:
    """None where there are not two replies, or where the question, the first or the last of them is too long."""
    text = message["text"].strip()
    if len(set(replies)) < 2 or max(map(len, (text, replies[0], replies[-1]))) > LONGEST:
        return None
    return Problem(message["message_id"], text, None, 0, {"given": replies[0], "worst": replies[-1]})


def both(where: str | Path = HUB) -> tuple[list[Problem], list[Problem]]:
    """(to train on, to measure on): the set's own two splits, no question in both. Raises CourseError for a single file."""
    need(
        not Path(where).is_file(),
        f"{str(where)!r} is one file: give a folder with the set's files, train and validation.",
    )
    train = questions("train", where)
    known = {p.prompt for p in train}
    return train, [p for p in questions("validation", where) if p.prompt not in known]


def pairs(problems: Iterable[Problem]) -> list[tuple[str, str, str]]:
    """(question, the reply ranked first, the reply ranked last) of each."""
    return [(p.prompt, p.facts["given"], p.facts["worst"]) for p in problems]
