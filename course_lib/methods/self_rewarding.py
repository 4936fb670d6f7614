"""Self-Rewarding language models. Yuan et al. 2024, arXiv 2401.10020, §2.

Kept: the policy judges its own answers, several judgements each, averaged; the best answer of a problem is paired with its
worst, ties dropped; DPO on the pairs, held to the policy of the round before; the next round's policy both answers and judges.
Simplified: 1. the problems are the same each round, where the paper has the model invent new ones; 2. one model raised on
stories and grading stands for the paper's first fine-tuning; 3. points from 1 to 5 in the pocket town's words (judge.py).
Added: `least`, the points that a pair's answers must lie apart, for a judge's points are noisy; `nll` mixes in the chosen
answer's own loss (preference.py). Both are 0 in the paper, and its β is 0.1.
"""

from __future__ import annotations

from course_lib import progress
from course_lib.judge import judge
from course_lib.revise import unchanged
from course_lib.rollout import samples
from course_lib.select import best_worst
from course_lib.train import prefer
from course_lib.types import Method


def self_rewarding(
    k: int = 8,
    judgements: int = 3,
    temperature: float = 1.0,
    beta: float = 0.3,
    lr: float = 1e-3,
    epochs: int = 1,
    nll: float = 0.2,
    least: float = 1.5,
    max_tokens: int = 160,
    bar=progress.quiet,
    say=print,
) -> Method:
    """Sample, judge by the policy itself, pair best with worst, DPO."""
    return Method(
        name="self-rewarding",
        rollout=samples(k, temperature, max_tokens=max_tokens, bar=bar),
        score=judge(judgements, bar=bar, say=say),
        revise=unchanged,
        select=best_worst(least),
        train=prefer(beta, lr, epochs, nll=nll, bar=bar),
        twin="a coin says which is chosen",
    )
