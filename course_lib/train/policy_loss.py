"""The loss of a policy gradient on scored groups: GRPO. Shao et al. 2024, DeepSeekMath, arXiv 2402.03300, §4.1, eq. 3 and 4.

loss = mean over answer tokens of  β · KL − min(ρ A, clip(ρ, 1 ± ε) A),   ρ = π(token) / π_sampled(token)

Kept: A is an answer's score less the mean of its own group; the ratio ρ is clipped; the KL to a reference that stays frozen is
the low-variance estimate e^x − x − 1 with x = log π_ref − log π, and stands in the loss, not in the score.
Simplified: A is not divided by the group's spread unless asked for (Liu et al. 2025, arXiv 2503.20783, show the bias that
brings); tokens weigh alike across the batch rather than within each answer, as in TRL's `loss_type="bnpo"`.
Loss and gradient are those of TRL's GRPOTrainer (tests/test_policy_gradient.py).
"""

from __future__ import annotations

from typing import Any

from course_lib.statistics import mean
from course_lib.train.answer_rows import Row, token_logprobs


def centred(scores_G: tuple[float, ...], scale: bool = False) -> list[float]:
    """Each score less its group's mean; `scale` also divides by the group's standard deviation."""
    middle = mean(list(scores_G))
    away = [s - middle for s in scores_G]
    spread = (sum(a * a for a in away) / max(1, len(away) - 1)) ** 0.5 + 1e-4
    return [a / spread for a in away] if scale else away


def part_loss(
    module: Any,
    part: list[Row],
    beta: float,
    clip: float,
    shared: bool = False,
    temperature: float = 1.0,
    fused: bool = False,
):
    """The summed loss of a part's tokens."""
    import torch

    logps, told = token_logprobs(module, part, shared, temperature, fused), [a for row in part for a in row.answers]
    sampled, reference = (torch.tensor([x for a in told for x in getattr(a, n)]) for n in ("sampled", "reference"))
    advantage = torch.tensor([a.advantage for a in told for _ in a.answer])
    return token_losses(logps, *(x.to(logps.device) for x in (sampled, reference, advantage)), beta, clip).sum()


def token_losses(logps, sampled, reference, advantage, beta: float, clip: float):
    """The loss of each of N tokens; all but β and clip are (N,)."""
    ratio = (logps - sampled).exp()
    gain = (ratio * advantage).minimum(ratio.clamp(1 - clip, 1 + clip) * advantage)
    return beta * kl(logps, reference) - gain if beta else -gain


def kl(logps, reference):
    """For each of N tokens the policy drew, an estimate of KL(policy ‖ reference) in nats: never below 0, right on average.

    That is the value (the k3 of Schulman 2020). Its gradient, on tokens drawn from the policy, is on average that of
    KL(reference ‖ policy): as a penalty it pulls toward the reference all the same.
    """
    away = reference - logps
    return away.exp() - away - 1
