"""What DPO and SPIN move: how far a policy has come to prefer one answer of a pair, counted from where it started.

Rafailov et al. 2023, arXiv 2305.18290, eq. 7; Chen et al. 2024, arXiv 2401.01335, eq. 4.7. Training is TRL's
(train/preference.py); these few lines are for looking at it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from course_lib.measure import logprobs
from course_lib.policy import Policy
from course_lib.rollout import samples
from course_lib.types import Pair, Problem, Turn


def preference_loss(chosen: float, rejected: float, chosen_before: float, rejected_before: float, beta: float) -> float:
    """−log σ(β · margin) of one pair; all four are log-probabilities of whole answers (nats), `before` by the reference."""
    margin = (chosen - chosen_before) - (rejected - rejected_before)
    x = beta * margin
    return math.log1p(math.exp(-x)) if x > 0 else math.log1p(math.exp(x)) - x


def gains(policy: Policy, before: Policy, prompts: list[str], texts: list[str]) -> list[float]:
    """log π(text) − log π_before(text) for each prompt and text, in nats."""
    # one after the other: a GPU may have room for one merged model
    now = logprobs(policy, policy.model, prompts, texts)
    then = logprobs(before, before.model, prompts, texts)
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
    """`opponent` writes one answer to each problem; what did `policy`, trained against it, make of either?

    Answers that were cut at `max_tokens` are left out, as in training (select.against): where they stop says nothing.
    """
    groups = samples(1, max_tokens=max_tokens)(opponent, problems, Turn(seed, 0))
    ended = [g for g in groups if g.completions_G[0].finished]
    prompts, own = [g.problem.prompt for g in ended], [g.completions_G[0].text for g in ended]
    ours = [given[g.problem.id] for g in ended]
    found = gains(policy, opponent, prompts * 2, ours + own)
    return Game(found[: len(ended)], found[len(ended) :], [a == b for a, b in zip(ours, own, strict=True)])


def margins(policy: Policy, before: Policy, pairs: list[Pair]) -> list[float]:
    """The margin of each pair in nats: what its chosen answer gained since `before`, less what its rejected one gained."""
    texts = [p.chosen for p in pairs] + [p.rejected for p in pairs]
    found = gains(policy, before, [p.prompt for p in pairs] * 2, texts)
    return [a - b for a, b in zip(found[: len(pairs)], found[len(pairs) :], strict=True)]
