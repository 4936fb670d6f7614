"""STaR, the self-taught reasoner. Zelikman et al. 2022, arXiv 2203.14465, algorithm 1.

Kept: right completions are kept; problems without one are asked again with the answer as a hint; the hint is dropped from
what is stored; every round trains anew from the base.
Simplified: 1. K samples at T = 1 where the paper draws one, near greedy; 2. the hint goes to problems where all K failed;
3. the pocket model brings its format along, so there are no few-shot examples; 4. a fixed number of epochs rather than steps
that grow by a fifth each round.
Run: course star
"""

from __future__ import annotations

from course_lib import progress
from course_lib.revise import hint
from course_lib.rollout import samples
from course_lib.score import Score, verify
from course_lib.select import correct
from course_lib.train import imitate
from course_lib.types import Method


def star(
    k: int = 8,
    temperature: float = 1.0,
    lr: float = 2e-3,
    epochs: int = 2,
    cap: int | None = 2,
    hints: int = 2,
    max_tokens: int = 160,
    score: Score = verify,
    bar=progress.quiet,
) -> Method:
    """Sample, verify, retry failures with a hint, keep what is right, imitate, from the base each round.

    `score` scores first tries and retries alike.
    """
    return Method(
        name="star",
        rollout=samples(k, temperature, max_tokens=max_tokens, bar=bar),
        score=score,
        revise=hint(hints, temperature, max_tokens, score, bar),
        select=correct(cap),
        train=imitate(lr, epochs, bar=bar),
        from_base=True,
    )
