"""A run in a notebook's room, its folder on Drive, by a process that stands for one Colab session.

usage: room_run.py DRIVE
"""

import sys
import types
from dataclasses import replace
from pathlib import Path
from unittest import mock

from course_lib import colab, lesson
from course_lib.lesson.budget import Budget
from course_lib.methods import star


def keep_runs(drive: Path) -> None:
    """What KEEP does in a notebook's first cell, with stand-ins for Colab's module and for Drive."""
    module = types.ModuleType("google.colab")
    module.drive = types.SimpleNamespace(mount=lambda where: None)
    colab.RUNS, stand_ins = drive / "runs", {"google": types.ModuleType("google"), "google.colab": module}
    with mock.patch.dict(sys.modules, stand_ins):
        colab.keep_runs()


def main(drive: Path) -> None:
    keep_runs(drive)
    room = lesson.begin("01_star", levels=(3,), measured=(5,))
    room = replace(
        room, train=room.train[:4], fresh=room.fresh[:4], budget=Budget(4, 4, 1, k=2, rounds=2), max_tokens=90
    )
    room.run(star(k=2, lr=2e-3, max_tokens=90), control=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
