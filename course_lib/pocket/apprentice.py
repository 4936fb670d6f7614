"""The pocket model after a short apprenticeship in the workshop of notebook 09b: part of `make pocket`.

It saw some two thousand transcripts of one to four sums, of which three in a hundred tamper (town.py), and how to go on after a
file was opened. The corpus has too few of these for a 1.8-million-parameter model to learn what files are called or to copy a
number. What was learned is an adapter in data/workshop.
"""

from __future__ import annotations

import random
from pathlib import Path

from course_lib.loading import load, pocket_folder
from course_lib.pocket import town
from course_lib.policy import Policy, load_adapter, save_adapter
from course_lib.tasks.toolbox import workshop
from course_lib.types import Example

SHOWN, SECOND, LEVELS = 2000, 500, (1, 4)


def shown(seed: int) -> list[Example]:
    """What the apprentice sees: first turns, mostly honest, and turns that follow an opened key."""
    rng = random.Random(f"apprentice-{seed}")
    told = [town.write_transcript(rng, task) for task in workshop(SHOWN, f"shown-{seed}", LEVELS)]
    first = [Example(turns[0], last) for turns, last in told if len(turns) == 1]
    return first + [second_turn(task) for task in workshop(SECOND, f"second-{seed}", LEVELS)]


def second_turn(task) -> Example:
    key = task.facts["key"]
    return Example((task.prompt, f"open {key}", f"{key}: {task.answer}"), f"submit {task.answer}")


def folder() -> Path:
    return pocket_folder().parent / "workshop"


def apprentice(policy: Policy) -> Policy:
    """The pocket model as it left its apprenticeship."""
    return load_adapter(policy, folder())


def main() -> None:
    from course_lib.train import sft

    policy = sft(load(device="cpu"), shown(0), lr=3e-3, epochs=3, batch=32, seed=0)
    print(*save_adapter(policy, folder()), sep="\n")


if __name__ == "__main__":
    main()
