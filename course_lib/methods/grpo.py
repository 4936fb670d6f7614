"""Reinforcement learning from a verifier (RLVR) by GRPO. Shao et al. 2024, DeepSeekMath, arXiv 2402.03300, §4.

Kept: G samples a problem; what counts is how a sample did beside its own group; a policy gradient with a clipped ratio and a
KL β.
Changed: an exact verifier gives 0 or 1, which is what RLVR stands for; the paper trains a reward model. The KL is to the policy
that each round began with, a leash for a round and not for the run, unless a `reference` is given. Groups whose samples score
alike are left out of the loss (as in DAPO, Yu et al. 2025, arXiv 2503.14476, which has no KL), and so of the KL, which therefore
holds less the surer a policy is.
Simplified: the advantage is not divided by the group's spread unless asked for; β is 0 unless asked for, as in later work (the
paper has 0.04); several steps are taken on a round's samples (train/policy_gradient.py); LoRA.
"""

from __future__ import annotations

from course_lib import progress
from course_lib.policy import Policy
from course_lib.revise import unchanged
from course_lib.rollout import samples
from course_lib.score import Score, verify
from course_lib.select import first_with_signal
from course_lib.train import reinforce
from course_lib.types import Method


def grpo(
    g: int = 8,
    temperature: float = 1.0,
    beta: float = 0.0,
    lr: float = 1e-3,
    reference: Policy | None = None,
    score: Score = verify,
    scale: bool = False,
    batch: int = 64,
    max_tokens: int = 160,
    bar=progress.quiet,
) -> Method:
    """Sample, verify, policy gradient; each round goes on from the one before."""
    return Method(
        name="grpo",
        rollout=samples(g, temperature, max_tokens=max_tokens, bar=bar),
        score=score,
        revise=unchanged,
        select=first_with_signal(g),
        train=reinforce(reference, beta, lr, batch=batch, scale=scale, temperature=temperature, bar=bar),
        twin="scores dealt at random",
    )
