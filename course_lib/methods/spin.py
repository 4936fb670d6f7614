"""SPIN, self-play fine-tuning. Chen et al. 2024, arXiv 2401.01335, algorithm 1.

Kept: the policy plays against the policy of the round before, which writes one answer to each prompt; DPO's logistic loss tells
the given answer from the written one, with that opponent as the reference; no preference is ever labelled. β is the paper's λ
(0.1 there; 1 here, where a step is larger).
Simplified: each round trains on this round's pairs alone, where the authors' scripts add those of the round before.
The given answers are the ceiling: once the policy writes like them, chosen and rejected are alike and nothing is left to learn.
"""

from __future__ import annotations

from course_lib import progress
from course_lib.revise import unchanged
from course_lib.rollout import samples
from course_lib.score import unscored
from course_lib.select import against
from course_lib.train import prefer
from course_lib.types import Method


def spin(
    given: dict[str, str],
    temperature: float = 1.0,
    beta: float = 1.0,
    lr: float = 2e-3,
    epochs: int = 1,
    max_tokens: int = 160,
    bar=progress.quiet,
) -> Method:
    """One answer a problem, paired against the one given for it (problem id → text); DPO on the pairs."""
    return Method(
        name="spin",
        rollout=samples(1, temperature, max_tokens=max_tokens, bar=bar),
        score=unscored,
        revise=unchanged,
        select=against(given),
        train=prefer(beta, lr, epochs, bar=bar),
        twin="a coin says which is chosen",
    )
