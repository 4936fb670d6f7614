"""What every experiment shares: problems of a seed, samples of the base model kept on disk, training, and gold."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from course_lib.claims.scale import PERCENT
from course_lib.policy import Policy
from course_lib.record import group_line, read_group, read_lines, write_lines
from course_lib.revise import hint, joined, unsolved
from course_lib.rollout import greedy, samples
from course_lib.run.fingerprint import fingerprint
from course_lib.score import right, step_share, verify
from course_lib.sealed import finished
from course_lib.select import first
from course_lib.tasks.stories import stories, without
from course_lib.train import sft
from course_lib.types import Example, Group, Problem, Turn

LEVELS = (4, 5, 6)  # trained on where a claim asks for nothing else
MEASURED = (5, 6)
SEEDS = 5  # paired seeds of a claim: fewer are no row of what is shipped
FRESH_SEED = 2_000_000  # fresh stories come from seeds no training uses


@dataclass(frozen=True)
class Lab:
    """A policy to start from and how much work an experiment may do. `folder` keeps samples that several claims use."""

    policy: Policy
    folder: Path
    problems: int = 192
    fresh: int = 1000
    k: int = 8
    many: int = 32
    seen: int = 768  # examples a training sees, repeats counted: as many in both arms, but for rounding to whole steps

    def stories(self, seed: int, levels: tuple[int, ...] = LEVELS, share: float = 1.0) -> list[Problem]:
        """Problems to train on; `share` of the usual number."""
        return stories(max(len(levels), int(self.problems * share)), levels, seed)

    def fresh_stories(self, seed: int, trained: list[Problem], levels: tuple[int, ...] = MEASURED) -> list[Problem]:
        """`self.fresh` problems to measure on, none of them among those `trained` on."""
        return without(stories(self.fresh + len(trained), levels, FRESH_SEED + seed), trained)[: self.fresh]

    def samples(self, problems: list[Problem], k: int, turn: Turn) -> list[Group]:
        """Verified samples of the base, drawn once and kept on disk under a hash of what they are."""
        return self.kept("samples", problems, k, turn, lambda: self.draw(self.policy, problems, k, turn))

    def hinted(self, problems: list[Problem], k: int, turn: Turn) -> list[Group]:
        """The same with STaR's two hinted tries for problems without a right one."""
        retry = hint(2, score=verify)
        return self.kept("hinted", problems, k, turn, lambda: retry(self.policy, self.samples(problems, k, turn), turn))

    def retried(self, problems: list[Problem], k: int, turn: Turn) -> list[Group]:
        """The same with two more plain tries for problems without a right one: as many tries as with the hint."""

        def draw() -> list[Group]:
            groups = self.samples(problems, k, turn)
            failed = [g.problem for g in groups if unsolved(g)]
            more = {g.problem.id: g for g in self.draw(self.policy, failed, 2, Turn(turn.seed, turn.round + 1000))}
            return [joined(g, more[g.problem.id]) if g.problem.id in more else g for g in groups]

        return self.kept("retried", problems, k, turn, draw)

    def draw(self, policy: Policy, problems: list[Problem], k: int, turn: Turn) -> list[Group]:
        return verify(policy, samples(k)(policy, problems, turn), turn)

    def kept(self, what: str, problems: list[Problem], k: int, turn: Turn, make: Callable) -> list[Group]:
        how = fingerprint(samples, hint, verify, greedy)  # samples of older code are drawn anew
        told = "|".join([how, what, str(k), str(turn), *(p.prompt for p in problems)])
        path = self.folder / f"{what}-{hashlib.sha256(told.encode()).hexdigest()[:16]}.jsonl"
        if not finished(path):
            write_lines(path, make(), group_line)
        return read_lines(path, read_group)

    def base(self, problems: list[Problem], grade: Callable[[Problem, str], float] = right) -> list[float]:
        """The grades of the base's greedy answers, which are drawn once and kept too."""
        groups = self.kept("greedy", problems, 1, Turn(0, 0), lambda: greedy_groups(self.policy, problems))
        return [grade(g.problem, g.completions_G[0].text) for g in groups]

    def train(
        self,
        examples: list[Example],
        seed: int,
        policy: Policy | None = None,
        share: float = 1.0,
        lr: float = 2e-3,
        even: bool = False,
    ):
        """From the base, or going on from `policy`, on `share` of the examples a training sees in all.

        `even`: in as many steps too, where the sets of two arms differ much in size.
        """
        if not examples:
            return policy or self.policy
        how = {"lr": lr, "epochs": share * self.seen / len(examples), "batch": 32, "seed": seed, "even": even}
        return sft(policy or self.policy, examples, **how)


def greedy_groups(policy: Policy, problems: list[Problem]) -> list[Group]:
    return [Group(p, (c,)) for p, c in zip(problems, greedy(policy, [p.prompt for p in problems]), strict=True)]


def fewer(groups: list[Group], k: int) -> list[Group]:
    """The first `k` completions of each group: what a smaller K would have drawn."""
    return [first(g, k) for g in groups]


def gold(policy: Policy, problems: list[Problem], grade: Callable[[Problem, str], float] = right) -> list[float]:
    """The grade of the greedy answer to each problem: right or not, unless said otherwise."""
    return [grade(g.problem, g.completions_G[0].text) for g in greedy_groups(policy, problems)]


def reward(policy: Policy, problems: list[Problem]) -> list[float]:
    """The graded gold: share of valid steps."""
    return gold(policy, problems, step_share)


@dataclass(frozen=True)
class Outcome:
    """What one seed gave: the outcome of each item in both arms, other pairs of arms by name, and numbers beside them."""

    treatment: list[float]
    control: list[float]
    also: dict[str, tuple[list[float], list[float]]] = field(default_factory=dict)
    beside: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Claim:
    """One claim as an experiment. `sign` is +1 when the claim says that the treatment's outcome is higher.

    `seeds` is how many at least: one whose interval ends near 0 takes more. `scale` is the unit that its numbers are in, "%" for
    shares; `scales` names that of other comparisons, by how their names begin.
    """

    id: str
    claim: str
    section: str
    notebook: str
    treatment: str
    control: str
    unit: str
    run: Callable[[Lab, int], Outcome]
    sign: int = 1
    seeds: int = SEEDS
    scale: str = PERCENT
    scales: dict[str, str] = field(default_factory=dict, hash=False)

    def scale_of(self, what: str) -> str:
        """The unit of another comparison."""
        return next((unit for begin, unit in self.scales.items() if what.startswith(begin)), self.scale)
