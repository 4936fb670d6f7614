"""Samples of the pocket model drawn once and shipped, so that sliders answer at once: `python -m course_lib.recordings`.

48 stories of three to six steps, at four temperatures, 32 verified completions each.
"""

from __future__ import annotations

import gzip
from pathlib import Path

from course_lib.errors import need
from course_lib.policy import load, pocket_folder
from course_lib.record import group_line, read_group
from course_lib.rollout import samples
from course_lib.score import verify
from course_lib.tasks.stories import stories
from course_lib.types import Group, Turn

TEMPERATURES = (0.5, 0.8, 1.0, 1.3)
LEVELS = (3, 4, 5, 6)
PROBLEMS, K, SEED = 48, 32, 3_000_000


def file_of(temperature: float) -> Path:
    """Beside the pocket model: inside the installed package, or in data/ of a checkout."""
    return pocket_folder().parent / "recorded" / f"stories-{temperature}.jsonl.gz"


def recorded(temperature: float = 1.0, k: int = K) -> list[Group]:
    """The recorded groups at one of TEMPERATURES, the first `k` completions of each."""
    need(temperature in TEMPERATURES, f"temperature is {temperature}: samples are recorded at {TEMPERATURES}.")
    need(1 <= k <= K, f"K is {k}: {K} samples of each story are recorded.")
    with gzip.open(file_of(float(temperature)), "rt", encoding="utf-8") as file:
        groups = [read_group(line) for line in file]
    return [Group(g.problem, g.completions_G[:k], g.scores_G[:k]) for g in groups]


def record_all(problems: int = PROBLEMS, k: int = K) -> None:
    policy, told, turn = load("pocket", device="cpu"), stories(problems, LEVELS, SEED), Turn(0, 1)
    for temperature in TEMPERATURES:
        groups = verify(policy, samples(k, temperature)(policy, told, turn), turn)
        file_of(temperature).parent.mkdir(parents=True, exist_ok=True)
        data = "".join(group_line(g) + "\n" for g in groups).encode()
        file_of(temperature).write_bytes(gzip.compress(data, mtime=0))


if __name__ == "__main__":
    record_all()
