"""The policies of a loop, round by round, kept on disk: several claims look at the same run."""

from __future__ import annotations

from filelock import FileLock

from course_lib.claims.lab import Lab
from course_lib.loop import improve
from course_lib.policy import Policy
from course_lib.record import read_adapter, recorded
from course_lib.run.fingerprint import fingerprint
from course_lib.sealed import LOCK, finished
from course_lib.types import Method, Problem


def looped(
    lab: Lab, method: Method, problems: list[Problem], rounds: int, seed: int, start: Policy | None = None
) -> list[Policy]:
    """The policy before the first round and after each. A run that is on disk is read; one that was killed goes on."""
    start = start or lab.policy
    made_of = fingerprint(method, [p.prompt for p in problems], rounds, seed, start.model)
    folder = lab.folder.parent / "loops" / f"{method.name.replace(' ', '-')}-{seed}-{made_of}"
    quiet = {"measure": lambda policy: {}, "say": lambda text: None}
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / LOCK):  # another claim may be at the same run: wait, and read what it leaves
        improve(start, problems, recorded(method, folder), rounds=rounds, seed=seed, **quiet)
    marks = [folder / f"{r:02d}" / "adapter" / "done.json" for r in range(1, rounds + 1)]
    return [start, *(read_adapter(start, mark) for mark in marks if finished(mark))]
