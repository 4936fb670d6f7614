"""How much work a notebook does: enough to show the effect in minutes, or, with COURSE_FAST=1, just enough to run."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """Problems trained on and measured on, samples a problem, rounds; `sampled` problems also get 16 samples each."""

    problems: int = 192
    fresh: int = 600
    sampled: int = 32
    k: int = 8
    rounds: int = 2
    requests: int = 288  # half of them kind
    judged: int = 100  # pairs of solutions of each kind that a judge is measured on
    longest: int = 512  # tokens of a real model's answer at most, where its task would allow more


FAST = Budget(problems=16, fresh=24, sampled=2, k=4, rounds=1, requests=24, judged=8, longest=96)
# for a real model on public problems: sized for a free T4 by arithmetic (docs/hardware.md), never measured there
HUB = Budget(problems=128, fresh=256, sampled=16)


def budget(task: str = "stories") -> Budget:
    """The fast one where the environment says so: tests run every cell with it."""
    if os.environ.get("COURSE_FAST") == "1":
        return FAST
    return Budget() if task == "stories" else HUB
