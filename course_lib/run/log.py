"""A run folder read back: what it was started with, and the finished rounds of both arms."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from pathlib import Path

from course_lib import record, sealed
from course_lib.errors import need
from course_lib.run.experiment import unfinished
from course_lib.run.settings import Settings
from course_lib.types import Round

ARMS = ("method", "control")


@dataclass(frozen=True)
class RunLog:
    """`logs` holds "method" and, where it was run, "control": one Round for each policy measured, the base's first."""

    folder: Path
    settings: Settings
    model_hash: str
    versions: dict[str, str]
    logs: dict[str, list[Round]]

    def mark(self, arm: str, round: int) -> Path:
        """Where a round's adapter is sealed (record.py)."""
        return self.folder / arm / f"{round:02d}" / "adapter" / "done.json"

    def trained(self, arm: str) -> list[int]:
        """The finished rounds that left a policy; one that kept nothing left none."""
        return [r.round for r in self.logs.get(arm, []) if r.round and r.kept]

    def stopped(self, arm: str) -> bool:
        """Was this arm interrupted before its last round, rather than ended by it or by a round that kept nothing?"""
        return unfinished([r.kept for r in self.logs.get(arm, [])], self.settings.rounds)


def read_run(folder: Path) -> RunLog:
    """Raises CourseError where `folder` holds no run, or a file was edited since the run wrote it."""
    stored = record.settings_of(folder)
    missing = sorted({"model_hash", "method"} - stored.keys())
    need(not missing, f"{folder / 'run.json'} names no {' and no '.join(missing)}: it was not written by `course`.")
    names = {f.name for f in fields(Settings)}
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in stored.items() if k in names}
    versions = json.loads((folder / "run.json").read_text(encoding="utf-8")).get("versions", {})
    logs = {arm: log for arm in ARMS if (log := log_of(folder / arm))}
    return RunLog(folder, Settings(**values), stored["model_hash"], versions, logs)


def log_of(arm: Path) -> list[Round]:
    """The log that the loop returned, up to the last round that had been measured, or that kept nothing."""
    log: list[Round] = []
    while (row := round_of(arm / f"{len(log):02d}", log)) is not None:
        log.append(row)
        if row.round and not row.kept:
            break
    return log


def round_of(folder: Path, before: list[Round]) -> Round | None:
    """One finished round; what kept nothing can do what the round before it could."""
    select, measure, kept = folder / "select.jsonl", folder / "measure.json", 0
    if before:
        if not sealed.finished(select):
            return None
        kept = len(record.read_lines(select, str))
        if not kept:
            return replace(before[-1], round=len(before), kept=0)
    if not sealed.finished(measure):
        return None
    return Round(len(before), json.loads(measure.read_text(encoding="utf-8")), kept)
