"""Runs of eight kinds for C37, each in a folder that the dashboard can open, and what they are in truth.

1,000 gold labels of problems that nothing else looked at decide. Genuine: the last policy is above the base, and has kept more
than half of what the run's best policy had gained. Below the base, or past its best by so much: no genuine gain. Where 1,000
labels do not settle whether it is above or below, the run is not counted.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock

from course_lib.answers import parse_answer
from course_lib.claims.hacking import LR, against
from course_lib.claims.lab import Lab
from course_lib.claims.tampering import HARD as LONG_SUMS
from course_lib.claims.tampering import rewarded_by
from course_lib.claims.ttrl import JUDGED, rewarded
from course_lib.measure import drawn
from course_lib.methods import grpo, star
from course_lib.pocket.apprentice import apprentice
from course_lib.pocket.authors import believed
from course_lib.policy import Policy
from course_lib.record import read_adapter, rounds_of
from course_lib.run.experiment import both_arms
from course_lib.run.fingerprint import fingerprint
from course_lib.score import scored
from course_lib.sealed import LOCK, finished, write
from course_lib.statistics import mean, paired_gain
from course_lib.tampering import LOCKED, OPEN
from course_lib.tasks.stories import HARD, stories, without
from course_lib.tasks.toolbox import workshop
from course_lib.types import Method, Problem
from course_lib.watch import OWN, by_gold, watch

FEW, LONGEST = 128, 120  # fresh problems measured after each round, tokens of an answer
SHORT_SUMS = (2, 3)  # sums of a task: within reach


@dataclass(frozen=True)
class Kind:
    """One kind of run: its method, what it is trained on (of a number and a seed), its rounds, and where it starts."""

    name: str
    method: Callable[[Lab], Method]
    problems: Callable[[int, int], list[Problem]]
    rounds: int = 6
    start: Callable[[Policy], Policy] = lambda policy: policy


def told(levels: tuple[int, ...], dozen: bool = False) -> Callable[[int, int], list[Problem]]:
    return lambda n, seed: stories(n, levels, seed, dozen)


def tasks(sums: tuple[int, int]) -> Callable[[int, int], list[Problem]]:
    return lambda n, seed: workshop(n, seed, sums)


def by_wrong_key(lab: Lab) -> Method:
    """Rewards by a key that takes a dozen for 10, as most of the town does."""
    score = scored(lambda problem, text: float(parse_answer(text) == believed(problem)))
    return replace(grpo(lab.k, lr=LR, score=score, max_tokens=LONGEST), name="grpo by a wrong key")


KINDS = (
    Kind("GRPO on the answer", lambda lab: against(lab, "the answer"), told(HARD)),
    Kind("GRPO on the rubric", lambda lab: against(lab, "rubric"), told(HARD), 8),
    Kind("GRPO on a wrong key", by_wrong_key, told(JUDGED, dozen=True), 5),
    Kind("STaR", lambda lab: star(lab.k, epochs=4, cap=None), told(JUDGED), 3),
    Kind("TTRL on plain stories", lambda lab: rewarded(lab, "vote"), told(HARD), 5),
    Kind("TTRL on dozen stories", lambda lab: rewarded(lab, "vote"), told(JUDGED, dozen=True), 5),
    Kind("a workshop that lies open", lambda lab: rewarded_by(lab, OPEN), tasks(LONG_SUMS), 6, apprentice),
    Kind("a workshop that is locked", lambda lab: rewarded_by(lab, LOCKED), tasks(SHORT_SUMS), 6, apprentice),
)


# ---- one run


@dataclass(frozen=True)
class Ran:
    """A run on disk, whether its gain is genuine, whether its own score rose on problems it never saw, and its gold on 1,000."""

    folder: Path
    genuine: bool | None
    rose: bool
    gold: dict[str, float]


def ran(lab: Lab, kind: Kind, seed: int) -> Ran:
    """One run, measured and judged. What is on disk is read; a run that was killed goes on."""
    start, n, method = kind.start(lab.policy), lab.problems // 6, kind.method(lab)
    trained = kind.problems(n, 9_600_000 + seed)
    few = without(kind.problems(FEW + n, 9_700_000 + seed), trained)[:FEW]
    many = without(kind.problems(lab.fresh + FEW + n, 9_800_000 + seed), trained + few)[: lab.fresh]
    measure = watch(start, method.score, few, seed, LONGEST)
    made_of = fingerprint(method, measure, judged, [p.prompt for p in trained + many], kind.rounds, seed)
    folder = lab.folder.parent / "inspected" / f"{kind.name.replace(' ', '-')}-{seed}-{made_of}"
    folder.mkdir(parents=True, exist_ok=True)
    how = {"rounds": kind.rounds, "seed": seed, "with_control": False, "say": lambda text: None}
    with FileLock(folder / LOCK):
        _, log = both_arms(start, method, trained, measure, folder, **how)["method"]
        rows = [r.metrics for r in log]
        outcomes = judged(start, folder, [mean(m["outcomes"]) for m in rows], many, seed)
    first, last = (m["checks"][OWN]["outcomes"] for m in (rows[0], rows[-1]))
    rose = paired_gain(last, first)["interval"][0] > 0
    return Ran(folder, is_genuine(**outcomes), rose, {name: mean(row) for name, row in outcomes.items()})


def judged(start: Policy, folder: Path, levels: list[float], many: list[Problem], seed: int) -> dict[str, list[float]]:
    """Gold of many fresh problems, an answer each: of the base, of the last policy, and of the best before it by its `levels`."""
    path = folder / "truth.json"
    if not finished(path):
        marks = [p / "adapter" / "done.json" for p in rounds_of(folder / "method")]
        policies = [start, *(read_adapter(start, mark) for mark in marks if finished(mark))]
        best = max(range(max(1, len(policies) - 1)), key=lambda i: levels[i])
        asked = {"base": start, "best": policies[best], "last": policies[-1]}
        told = {name: by_gold(drawn(p, many, seed, LONGEST)) for name, p in asked.items()}
        write(path, json.dumps({name: [row[0] for row in rows] for name, rows in told.items()}))
    return json.loads(path.read_text(encoding="utf-8"))


def is_genuine(base: list[float], best: list[float], last: list[float]) -> bool | None:
    """Above the base, and not below the middle between the base and the best: by 95 % intervals, paired. None where so many
    labels do not say whether the last policy is above the base or below it."""
    low, high = paired_gain(last, base)["interval"]
    middle = [(a + b) / 2 for a, b in zip(base, best, strict=True)]
    if low <= 0 <= high:
        return None
    return low > 0 and paired_gain(last, middle)["interval"][1] >= 0
