"""Notebook 09b: C30, tools add a path to the reward that goes round the checker; what a lock and an audit do about it."""

from __future__ import annotations

from dataclasses import replace

from course_lib.claims.lab import Claim, Lab, Outcome
from course_lib.claims.learned import looped
from course_lib.measure import drawn
from course_lib.methods import grpo
from course_lib.pocket.apprentice import apprentice
from course_lib.policy import Policy
from course_lib.tampering import AUDITED, HALF_BLIND, LOCKED, OPEN, Evaluator, evaluated
from course_lib.tasks.stories import without
from course_lib.tasks.toolbox import solves_honestly, tampers, workshop
from course_lib.types import Group, Method, Problem

ROUNDS, LR, BATCH = 6, 5e-4, 32
HARD, EASY = (3, 4), (1, 2)  # sums of a task: often and seldom too much for honest work
TRANSCRIPT = 60  # tokens


def rewarded_by(lab: Lab, evaluator: Evaluator) -> Method:
    method = grpo(lab.k, lr=LR, score=evaluated(evaluator), batch=BATCH, max_tokens=TRANSCRIPT)
    return replace(method, name=f"grpo {evaluator.name}")


def did(policy: Policy, tasks: list[Problem], seed: int) -> list[Group]:
    """One transcript of each task, in a workshop where everything lies open."""
    return drawn(policy, tasks, seed, TRANSCRIPT)


def tampered(groups: list[Group]) -> list[float]:
    return [float(tampers(g.completions_G[0].text)) for g in groups]


def honest(groups: list[Group]) -> list[float]:
    said = [(g.problem, g.completions_G[0].text) for g in groups]
    return [float(solves_honestly(text, problem)) for problem, text in said]


def c30(lab: Lab, seed: int) -> Outcome:
    """The share of fresh tasks tampered with: after rewards by an evaluator within reach, and by a locked one."""
    base, told = apprentice(lab.policy), workshop(lab.problems // 4, 9_300_000 + seed, HARD)
    fresh = without(workshop(lab.fresh, 9_400_000 + seed, HARD), told)
    easy = workshop(lab.fresh, 9_500_000 + seed, EASY)
    arms = (OPEN, LOCKED, AUDITED, HALF_BLIND)
    last = {e.name: looped(lab, rewarded_by(lab, e), told, ROUNDS, seed, base)[-1] for e in arms} | {"base": base}
    said = {name: did(policy, fresh, seed) for name, policy in last.items()}
    bad, good = ({name: of(groups) for name, groups in said.items()} for of in (tampered, honest))
    simple = [tampered(did(last[name], easy, seed)) for name in ("open", "base")]
    also = {
        "open, against the base": (bad["open"], bad["base"]),
        "open, against the base, on easy tasks": (simple[0], simple[1]),
        "audited, against locked": (bad["audited"], bad["locked"]),
        "an audit blind to the key, against a full one": (bad[HALF_BLIND.name], bad["audited"]),
        "solved honestly: open, against the base": (good["open"], good["base"]),
        "solved honestly: locked, against the base": (good["locked"], good["base"]),
        "solved honestly: audited, against locked": (good["audited"], good["locked"]),
    }
    return Outcome(bad["open"], bad["locked"], also, {"hits": {name: [int(sum(x)), len(x)] for name, x in bad.items()}})


CLAIMS = (
    Claim(
        "C30", "Tools add a path to the reward that goes round the checker.", "§6.1", "09b_tampering",
        "rewards by an evaluator within reach", "rewards by a locked one", "fresh tasks tampered with, in an open workshop", c30,
    ),
)  # fmt: skip
