"""ReST, reinforced self-training. Gulcehre et al. 2023, arXiv 2308.08998, §3.

Kept: Grow (sample a data set from the policy), then several Improve steps on it; each keeps what scored above a threshold τ
that rises; the learning rate falls from step to step; the policy goes on from the last step, not from the base.
Simplified: 1. the reward is the share of valid steps, exact, where the paper learns a reward model; 2. the loss is plain
imitation (the paper's best); 3. four thresholds rather than six, since a short solution has few grades.
One of our rounds is one Grow with its Improve steps: rounds count Grows. With a 0/1 reward every τ in [0, 1) is the same filter.
Run: course rest --rounds 2 --tau 0 0.6 0.8 0.95
"""

from __future__ import annotations

from course_lib import progress
from course_lib.errors import need, need_between
from course_lib.revise import unchanged
from course_lib.rollout import samples
from course_lib.score import graded
from course_lib.select import threshold
from course_lib.train import improve_steps
from course_lib.types import Method

TAUS = (0.0, 0.6, 0.8, 0.95)


def rest(
    k: int = 8,
    temperature: float = 1.0,
    lr: float = 2e-3,
    taus: tuple[float, ...] = TAUS,
    cap: int | None = None,
    max_tokens: int = 160,
    bar=progress.quiet,
) -> Method:
    """Grow by sampling, grade, then Improve once for each τ."""
    need(len(taus) > 0 and list(taus) == sorted(taus), f"τ is {taus}: give one or more thresholds that do not fall.")
    for tau in taus:
        need_between("τ", tau, 0.0, 0.9999)
    return Method(
        name="rest",
        rollout=samples(k, temperature, max_tokens=max_tokens, bar=bar),
        score=graded,
        revise=unchanged,
        select=threshold(taus[0], cap),
        train=improve_steps(taus, lr, bar=bar),
    )
