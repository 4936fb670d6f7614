"""TTRL, test-time reinforcement learning. Zuo et al. 2025, arXiv 2504.16084.

Kept: M samples a question vote; the majority's answer is the label; the first G of the M are trained on, with the reward "agrees
with the label", by GRPO. No gold answer is read anywhere: score and select see texts only.
Simplified: M = 16 and G = 8 where the paper has 64 and 32; no division by the group's spread unless asked for; groups whose
samples score alike are left out, of a KL too; LoRA.
Where votes tie or none can be read: votes.py.
"""

from __future__ import annotations

from course_lib import progress
from course_lib.errors import need
from course_lib.policy import Policy
from course_lib.revise import unchanged
from course_lib.rollout import samples
from course_lib.score import Score
from course_lib.select import first_with_signal
from course_lib.train import reinforce
from course_lib.types import Method
from course_lib.votes import by_majority


def ttrl(
    m: int = 16,
    g: int = 8,
    temperature: float = 1.0,
    beta: float = 0.0,
    lr: float = 1e-3,
    reference: Policy | None = None,
    score: Score = by_majority,
    scale: bool = False,
    batch: int = 64,
    max_tokens: int = 160,
    bar=progress.quiet,
) -> Method:
    """Sample, vote, policy gradient on the votes; `score` takes a control's reward in the vote's place."""
    need(g <= m, f"G is {g} and M is {m}: those trained on are among those that vote, so take G of at most M.")
    return Method(
        name="ttrl",
        rollout=samples(m, temperature, max_tokens=max_tokens, bar=bar),
        score=score,
        revise=unchanged,
        select=first_with_signal(g),
        train=reinforce(reference, beta, lr, batch=batch, scale=scale, temperature=temperature, bar=bar),
        twin="rewards dealt at random",
    )
