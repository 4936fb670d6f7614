"""What DPO and SPIN move: how far a policy has come to prefer one answer of a pair, counted from where it started.

Rafailov et al. 2023, arXiv 2305.18290, eq. 7; Chen et al. 2024, arXiv 2401.01335, eq. 4.7. Training is TRL's
(train/preference.py); these few lines are for looking at it.
"""

from __future__ import annotations

import math
from typing import Any

from course_lib.measure import logprobs
from course_lib.policy import Policy
from course_lib.types import Pair


def preference_loss(chosen: float, rejected: float, chosen_before: float, rejected_before: float, beta: float) -> float:
    """−log σ(β · margin) of one pair; all four are log-probabilities of whole answers (nats), `before` by the reference."""
    margin = (chosen - chosen_before) - (rejected - rejected_before)
    x = beta * margin
    return math.log1p(math.exp(-x)) if x > 0 else math.log1p(math.exp(x)) - x


def gains(policy: Policy, before: Any, prompts: list[str], texts: list[str]) -> list[float]:
    """log π(text) − log π_before(text) for each prompt and text, in nats; `before` is a model."""
    now, then = logprobs(policy, policy.model, prompts, texts), logprobs(policy, before, prompts, texts)
    return [a - b for a, b in zip(now, then, strict=True)]


def margins(policy: Policy, before: Any, pairs: list[Pair]) -> list[float]:
    """The margin of each pair in nats: what its chosen answer gained since `before`, less what its rejected one gained."""
    prompts = [p.prompt for p in pairs]
    chosen = gains(policy, before, prompts, [p.chosen for p in pairs])
    rejected = gains(policy, before, prompts, [p.rejected for p in pairs])
    return [a - b for a, b in zip(chosen, rejected, strict=True)]
