"""Notebook 03: C09 raising τ helps, C10 Grow rarely, C11 offline data goes stale."""

from __future__ import annotations

from course_lib.claims.lab import Claim, Lab, Outcome, gold, reward
from course_lib.methods.rest import TAUS
from course_lib.policy import Policy
from course_lib.rollout import samples
from course_lib.score import graded, step_share
from course_lib.select import threshold
from course_lib.statistics import mean
from course_lib.types import Example, Problem, Turn

SHARE = 0.5  # of the usual number of problems: ReST keeps many completions of each
DECAY = 0.7  # of the learning rate from one Improve step to the next
BEFORE, AFTER = (4, 5), (6, 7)  # steps of the stories before and after the drift


def grow(policy: Policy, problems: list[Problem], k: int, turn: Turn) -> list[Example]:
    """ReST's Grow: samples with their graded reward, all of them above nothing."""
    return threshold(TAUS[0])(graded(policy, samples(k)(policy, problems, turn), turn), turn)


def improve(lab: Lab, policy: Policy, data: list[Example], step: int, tau: float, seed: int) -> Policy:
    """One Improve step above τ. Each step sees as many examples, however few pass."""
    return lab.train([e for e in data if e.score > tau], seed + step, policy, share=0.5, lr=2e-3 * DECAY**step)


def c09(lab: Lab, seed: int) -> Outcome:
    """Four Improve steps on one Grow: τ rising, against τ staying at its lowest."""
    problems, turn = lab.stories(seed, share=SHARE), Turn(seed, 1)
    fresh, data = lab.fresh_stories(seed, problems), grow(lab.policy, problems, lab.k, turn)
    arms = []
    for taus in (TAUS, TAUS[:1] * len(TAUS)):
        policy = lab.policy
        for step, tau in enumerate(taus):
            policy = improve(lab, policy, data, step, tau, seed)
        arms.append(reward(policy, fresh))
    passed = {str(t): sum(e.score > t for e in data) for t in TAUS}
    return Outcome(*arms, beside={"examples_by_tau": passed, "base": mean(lab.base(fresh, step_share))})


def c10(lab: Lab, seed: int) -> Outcome:
    """One Grow of K before four Improve steps, against a Grow of K / 4 before each: as many samples, as much training."""
    problems = lab.stories(seed, share=SHARE)
    fresh, once, often = lab.fresh_stories(seed, problems), lab.policy, lab.policy
    data = grow(lab.policy, problems, lab.k, Turn(seed, 1))
    for step, tau in enumerate(TAUS):
        once = improve(lab, once, data, step, tau, seed)
        few = grow(often, problems, max(1, lab.k // len(TAUS)), Turn(seed, step + 1))
        often = improve(lab, often, few, step, tau, seed)
    beside = {"samples": len(problems) * lab.k, "base": mean(lab.base(fresh, step_share))}
    return Outcome(reward(once, fresh), reward(often, fresh), beside=beside)


def c11(lab: Lab, seed: int) -> Outcome:
    """The stories get longer. The same policy improves on a Grow of the new ones, or on one of those from before."""
    before, after = lab.stories(seed, BEFORE, SHARE), lab.stories(seed, AFTER, SHARE)
    fresh, first, second = lab.fresh_stories(seed, after, AFTER), Turn(seed, 1), Turn(seed, 2)
    old = grow(lab.policy, before, lab.k, first)
    policy = lab.policy
    for step in (0, 1):
        policy = improve(lab, policy, old, step, TAUS[step], seed)
    found = {}
    for name, data in {
        "new": grow(policy, after, lab.k, second),
        "before": grow(policy, before, lab.k, second),
        "old": old,
    }.items():
        trained = improve(lab, improve(lab, policy, data, 2, TAUS[2], seed), data, 3, TAUS[3], seed)
        found[name] = gold(trained, fresh)
    also = {"new Grow, against the old one used again": (found["new"], found["old"])}
    return Outcome(found["new"], found["before"], also, {"at the drift": mean(gold(policy, fresh))})


CLAIMS = (
    Claim(
        "C09", "Raising τ over Improve steps helps.", "§1.3", "03_rest",
        "τ = 0, 0.6, 0.8, 0.95", "τ = 0 four times", "mean graded reward (share of valid steps)", c09,
    ),
    Claim(
        "C10", "Grow rarely, Improve often.", "§1.3, L2-5", "03_rest",
        "one Grow, four Improve steps", "four Grows of a quarter, one Improve step each",
        "mean graded reward at equal samples", c10,
    ),
    Claim(
        "C11", "Offline data goes stale when the task drifts.", "L2-5", "03_rest",
        "Grow on the new, longer stories", "Grow on the stories from before", "accuracy on the new stories", c11,
    ),
)  # fmt: skip
