"""Notebook 03: C09 raising τ helps, C10 Grow rarely, C11 offline data goes stale."""

from __future__ import annotations

from course_lib.claims.lab import Claim, Lab, Outcome, gold, reward
from course_lib.policy import Policy
from course_lib.rollout import samples
from course_lib.score import graded, step_share
from course_lib.select import threshold
from course_lib.statistics import mean
from course_lib.train import improve_steps
from course_lib.types import Example, Problem, Turn

TAUS = (0.0, 0.6, 0.8, 0.95)
SHARE = 0.5
BEFORE, AFTER = (4, 5), (6, 7)  # steps of the stories before and after the drift


def grow(policy: Policy, problems: list[Problem], k: int, turn: Turn) -> list[Example]:
    """ReST's Grow: samples with their graded reward, all of them above nothing."""
    return threshold(TAUS[0])(graded(policy, samples(k)(policy, problems, turn), turn), turn)


def c09(lab: Lab, seed: int) -> Outcome:
    """Four Improve steps on one Grow: τ rising, against τ staying at its lowest."""
    problems, fresh, turn = lab.stories(seed, share=SHARE), lab.fresh_stories(seed), Turn(seed, 1)
    data = grow(lab.policy, problems, lab.k, turn)
    rising, low = (improve_steps(taus)(lab.policy, data, turn) for taus in (TAUS, (TAUS[0],) * len(TAUS)))
    beside = {"examples_by_tau": {str(t): sum(e.score > t for e in data) for t in TAUS}}
    return Outcome(reward(rising, fresh), reward(low, fresh), beside=beside | {"base": lab.base(fresh, step_share)})


def c10(lab: Lab, seed: int) -> Outcome:
    """One Grow of K with four Improve steps, against four Grows of K / 4 with one each: as many samples."""
    problems, fresh = lab.stories(seed, share=SHARE), lab.fresh_stories(seed)
    once = improve_steps(TAUS)(lab.policy, grow(lab.policy, problems, lab.k, Turn(seed, 1)), Turn(seed, 1))
    often = lab.policy
    for i, tau in enumerate(TAUS):
        turn = Turn(seed, i + 1)
        often = improve_steps((tau,), lr=2e-3 * 0.7**i)(
            often, grow(often, problems, max(1, lab.k // len(TAUS)), turn), turn
        )
    n = len(problems) * lab.k
    arms = reward(once, fresh), reward(often, fresh)
    return Outcome(*arms, beside={"samples": n, "base": lab.base(fresh, step_share)})


def c11(lab: Lab, seed: int) -> Outcome:
    """The stories get longer between two Grows: sample anew, or go on improving on what was sampled before."""
    before, after = lab.stories(seed, BEFORE, SHARE), lab.stories(seed, AFTER, SHARE)
    fresh, first, second = lab.fresh_stories(seed, AFTER), Turn(seed, 1), Turn(seed, 2)
    old = grow(lab.policy, before, lab.k, first)
    policy = improve_steps(TAUS[:2])(lab.policy, old, first)
    new = grow(policy, after, lab.k, second)
    arms = [gold(improve_steps(TAUS[2:])(policy, data, second), fresh) for data in (new, old)]
    return Outcome(*arms, beside={"before_drift": mean(gold(policy, fresh)), "base": lab.base(fresh)})


CLAIMS = (
    Claim(
        "C09", "Raising τ over Improve steps helps.", "§1.3", "03_rest",
        "τ = 0, 0.6, 0.8, 0.95", "τ = 0 four times", "mean gold reward (share of valid steps)", c09,
    ),
    Claim(
        "C10", "Grow rarely, Improve often.", "§1.3, L2-5", "03_rest",
        "one Grow, four Improve steps", "four Grows of a quarter, one Improve step each",
        "mean gold reward at equal samples", c10,
    ),
    Claim(
        "C11", "Offline data goes stale when the task drifts.", "L2-5", "03_rest",
        "fresh Grow after the drift", "old Grow, used again", "accuracy on the new, longer stories", c11,
    ),
)  # fmt: skip
