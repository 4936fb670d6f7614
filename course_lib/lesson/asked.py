"""What a lesson's model was asked and said, on disk: a second Run all reads it, and a run that was stopped goes on from there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from course_lib.lesson.room import Room
from course_lib.record import group_line, read_group, read_lines, write_lines
from course_lib.rollout import sample
from course_lib.run.fingerprint import fingerprint
from course_lib.sealed import finished, write
from course_lib.types import Group
from course_lib.workflow import Desk, Said


def desk(room: Room, seed: int, bar) -> Desk:
    """A desk of the room's policy that knows what was asked before with the same model, words and seed."""
    known, path = {}, file_of(room, seed)
    if finished(path):
        rows = json.loads(path.read_text(encoding="utf-8"))
        known = {(key, prompt): Said(*said) for key, prompt, said in rows}
    return Desk(room.policy, seed, room.max_tokens, bar, known)


def keep(room: Room, desk: Desk) -> None:
    rows = [(*pair, (said.text, said.calls, said.tokens)) for pair, said in desk.known.items()]
    write(file_of(room, desk.seed), json.dumps(rows, ensure_ascii=False))


def file_of(room: Room, seed: int) -> Path:
    return room.folder / f"asked-{fingerprint(Desk, sample, room.begun_with(), seed)}.json"


def groups(room: Room, name: str, made_of: list, make: Callable[[], list[Group]]) -> list[Group]:
    """What `make` samples, drawn once. `made_of`: what else decides it."""
    path = room.folder / f"{name}-{fingerprint(sample, room.begun_with(), made_of)}.jsonl"
    if not finished(path):
        write_lines(path, make(), group_line)
    return read_lines(path, read_group)
