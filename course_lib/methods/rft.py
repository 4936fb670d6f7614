"""RFT, rejection-sampling fine-tuning. Yuan et al. 2023, arXiv 2308.01825, §3.3.

Kept: G samples a problem; right answers only; one completion for each distinct path of equations; one round from the base.
Simplified: 1. our samples come at T = 1 rather than 0.7; 2. which duplicate stays is the first sampled, not the one farthest by
edit distance from the other paths; 3. the original human solutions are not added: the pocket world has none;
4. the authors also evaluate every equation of a path and drop those that do not hold: here only the answer is checked.
Run: course rft --rounds 1 --k 16
"""

from __future__ import annotations

from course_lib import progress
from course_lib.revise import unchanged
from course_lib.rollout import samples
from course_lib.score import verify
from course_lib.select import distinct_correct
from course_lib.train import imitate
from course_lib.types import Method


def rft(
    k: int = 8,
    temperature: float = 1.0,
    lr: float = 2e-3,
    epochs: int = 2,
    cap: int | None = None,
    max_tokens: int = 160,
    bar=progress.quiet,
) -> Method:
    """Sample, verify, keep every distinct right path, imitate."""
    return Method(
        name="rft",
        rollout=samples(k, temperature, max_tokens=max_tokens, bar=bar),
        score=verify,
        revise=unchanged,
        select=distinct_correct(cap),
        train=imitate(lr, epochs, bar=bar),
        from_base=True,
    )
