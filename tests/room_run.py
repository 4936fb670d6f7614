"""A run in a notebook's room whose folder lies on Drive, by a process that stands for one Colab session.

usage: room_run.py DRIVE      Drive's folder; kept by colab.keep_runs. Prints the run's folder, then ends or is killed.
"""

import sys
import types
from dataclasses import replace
from pathlib import Path

from course_lib import colab, lesson
from course_lib.lesson.budget import Budget
from course_lib.methods import star


def mounted(drive: Path) -> None:
    """Stand in for Colab: its module, and Drive at another place."""
    module = types.ModuleType("google.colab")
    module.drive = types.SimpleNamespace(mount=lambda where: None)
    sys.modules |= {"google": types.ModuleType("google"), "google.colab": module}
    colab.RUNS = drive / "runs"


def main(drive: Path) -> None:
    mounted(drive)
    colab.keep_runs()
    room = lesson.begin("01_star")
    room = replace(room, train=room.train[:6], fresh=room.fresh[:6], budget=Budget(6, 6, 2, k=2, rounds=2))
    room.run(star(k=2, lr=2e-3))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
