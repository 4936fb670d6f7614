"""What DPO and SPIN move: how far a policy has come to prefer one answer of a pair, counted from where it started.

Rafailov et al. 2023, arXiv 2305.18290, eq. 7; Chen et al. 2024, arXiv 2401.01335, eq. 4.7. Training is TRL's
(train/preference.py); these few lines are for looking at it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from course_lib.measure import logprobs
from course_lib.policy import Policy
from course_lib.rollout import samples
from course_lib.types import Pair, Problem, Turn


def preference_loss(chosen: float, rejected: float, chosen_before: float, rejected_before: float, beta: float) -> float:
    """−log σ(β · margin) of one pair; all four are log-probabilities of whole answers (nats), `before` by the reference."""
    margin = (chosen - chosen_before) - (rejected - rejected_before)
    x = beta * margin
    return math.log1p(math.exp(-x)) if x > 0 else math.log1p(math.exp(x)) - x


def gains(policy: Policy, before: Any, prompts: list[str], texts: list[str]) -> list[float]:
    """log π(text) − log π_before(text) for each prompt and text, in nats; `before` is a model."""
    now, then = logprobs(policy, policy.model, prompts, texts), logprobs(policy, before, prompts, texts)
    return [a - b for a, b in zip(now, then, strict=True)]


@dataclass(frozen=True)
class Game:
    """One round of self-play on problems that nobody trained on: what the given and the own answers gained, in nats."""

    given: list[float]
    own: list[float]
    same: list[bool]  # the opponent had written the given answer, word for word

    def losses(self, beta: float) -> list[float]:
        """The loss of each pair under the round's policy; log 2 where the two answers are one."""
        return [preference_loss(a, b, 0.0, 0.0, beta) for a, b in zip(self.given, self.own, strict=True)]


def game(
    policy: Policy, opponent: Policy, problems: list[Problem], given: dict[str, str], seed: int, max_tokens: int = 160
) -> Game:
    """`opponent` writes one answer to each problem; what did `policy`, trained against it, make of either?"""
    groups = samples(1, max_tokens=max_tokens)(opponent, problems, Turn(seed, 0))
    prompts, own = [p.prompt for p in problems], [g.completions_G[0].text for g in groups]
    ours = [given[p.id] for p in problems]
    found = [gains(policy, opponent.model, prompts, texts) for texts in (ours, own)]
    return Game(*found, [a == b for a, b in zip(ours, own, strict=True)])


def margins(policy: Policy, before: Any, pairs: list[Pair]) -> list[float]:
    """The margin of each pair in nats: what its chosen answer gained since `before`, less what its rejected one gained."""
    prompts = [p.prompt for p in pairs]
    chosen = gains(policy, before, prompts, [p.chosen for p in pairs])
    rejected = gains(policy, before, prompts, [p.rejected for p in pairs])
    return [a - b for a, b in zip(chosen, rejected, strict=True)]
