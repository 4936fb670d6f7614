"""A learned reward: a model with one number as its head, and the score slot that asks it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from course_lib.branches import padded, tokenise
from course_lib.errors import need
from course_lib.policy import Policy
from course_lib.rollout import batches
from course_lib.score import Score, with_scores
from course_lib.statistics import mean
from course_lib.types import Example, Group, Turn

DIVERGED = "a learned reward gives numbers that are none (NaN): its training diverged. Train it anew with a smaller lr."
ROWS = 64  # answers read at once; out of memory halves it and goes on


@dataclass(frozen=True)
class RewardModel:
    """`model` gives a (prompt, answer) one number. `reader` is a policy whose chat template and tokenizer it was trained with.

    `middle` and `spread` are what counts as 0 and 1: a reward model has no scale of its own (see `standardised`).
    """

    reader: Policy
    model: Any
    middle: float = 0.0
    spread: float = 1.0

    def rewards(self, asked: list[tuple[str, str]]) -> list[float]:
        """One number for each (prompt, answer); only differences between answers to one prompt mean anything."""
        if not asked:
            return []
        rows = [p + a for p, a in tokenise(self.reader, [Example(prompt, answer) for prompt, answer in asked])]
        order = sorted(range(len(rows)), key=lambda i: -len(rows[i]))
        found = dict(x for done in batches(order, ROWS, lambda chunk: self._read(chunk, rows)) for x in done)
        need(not any(map(math.isnan, found.values())), DIVERGED)
        return [found[i] for i in range(len(rows))]

    def _read(self, chunk: list[int], rows: list[list[int]]) -> list[tuple[int, float]]:
        import torch

        with torch.inference_mode():
            batch = right_padded([rows[i] for i in chunk], self.model.config.pad_token_id)
            numbers = self.model(**{k: v.to(self.model.device) for k, v in batch.items()}).logits[:, 0]
        return list(zip(chunk, ((numbers.float() - self.middle) / self.spread).tolist(), strict=True))


def standardised(reward: RewardModel, asked: list[tuple[str, str]]) -> RewardModel:
    """The same reward in standard deviations over these (prompt, answer), with 0 at their mean: now two models compare."""
    found = replace(reward, middle=0.0, spread=1.0).rewards(asked)
    middle = mean(found)
    spread = mean([(x - middle) ** 2 for x in found]) ** 0.5
    return replace(reward, middle=middle, spread=spread or 1.0)


def right_padded(rows: list[list[int]], pad: int) -> dict:
    """Tensors (B, T) of rows of token ids, and the mask of what is no padding."""
    return {"input_ids": padded(rows, pad), "attention_mask": padded([[1] * len(row) for row in rows])}


def rewarded(reward: RewardModel) -> Score:
    """The score slot of a learned reward, a proxy for what it was trained on."""

    def score(policy: Policy, groups: list[Group], turn: Turn) -> list[Group]:
        return with_scores(
            groups, reward.rewards([(g.problem.prompt, c.text) for g in groups for c in g.completions_G])
        )

    return score
