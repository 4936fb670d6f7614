"""Passages of the pocket model with what reward models of many kinds think of them, drawn once and shipped, so that best-of-n
answers at once: `python -m course_lib.pools`.

A pool is 512 passages, as many as one may choose from. Reward models differ in the taste they were taught, in how many
comparisons they saw, in size, and in the seed of their weights (members of one ensemble). Every pool has reward models of its
own, raised on comparisons of its own: what differs between pools is chance, and an interval over pools is one over judges too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import NamedTuple

from course_lib.loading import load
from course_lib.policy import Policy
from course_lib.recordings import SEED, place, unzipped, zipped
from course_lib.rollout import samples
from course_lib.tasks.passages import PROMPT
from course_lib.taste import MEMBERS, USUAL, fresh_not_strange, learned, the_rarer_the_better
from course_lib.train.reward_model import Shape
from course_lib.types import Turn
from course_lib.variety import MAX_TOKENS, prompts

POOLS, N = 8, 512
LABELS = (64, 256, 1024, 4096)
SHAPES = (Shape(8, 1), Shape(16, 1), Shape(32, 2), Shape(64, 3))
FEW = 256  # labels, where something else is varied
TASTES = {"fresh, not strange": fresh_not_strange, "the rarer the better": the_rarer_the_better}
PEAKED = next(iter(TASTES))


class Kind(NamedTuple):
    """A reward model by what sets it apart."""

    taste: str = PEAKED
    labels: int = FEW
    shape: Shape = USUAL
    member: int = 0

    def __str__(self) -> str:
        return f"{self.taste}|{self.labels}|{self.shape.hidden}x{self.shape.layers}|{self.member}"


KINDS = (
    *(Kind(labels=labels) for labels in LABELS),
    *(Kind("the rarer the better", labels) for labels in LABELS[:3]),
    *(Kind(shape=shape) for shape in SHAPES if shape != USUAL),
    *(Kind(member=i) for i in (1, 2)),
)


@dataclass(frozen=True)
class Pool:
    """`texts` and, for each kind of reward model, one reward for each text, in standard deviations."""

    texts: tuple[str, ...]
    rewards: dict[str, tuple[float, ...]]

    def by(self, kind: Kind) -> tuple[float, ...]:
        return self.rewards[str(kind)]

    def least(self, *kinds: Kind) -> tuple[float, ...]:
        """The least of what several reward models say."""
        return tuple(map(min, zip(*map(self.by, kinds), strict=True)))

    def gold(self, taste: str = PEAKED) -> tuple[float, ...]:
        return tuple(map(TASTES[taste], self.texts))


def pools() -> list[Pool]:
    """The recorded pools."""
    rows = [json.loads(line) for line in unzipped("pools")]
    return [Pool(tuple(r["texts"]), {k: tuple(v) for k, v in r["rewards"].items()}) for r in rows]


def record(many: int = POOLS, n: int = N, kinds: tuple[Kind, ...] = KINDS, path=None) -> None:
    """Draw the pools, raise every reward model, and write what it thinks."""
    policy = load("pocket", device="cpu")
    groups = samples(n, max_tokens=MAX_TOKENS)(policy, prompts(many), Turn(SEED, 1))
    pool_texts = [[c.text for c in g.completions_G] for g in groups]
    rows = [
        {"texts": texts, "rewards": {str(kind): read(policy, kind, texts, seed) for kind in kinds}}
        for seed, texts in enumerate(pool_texts)
    ]
    zipped(path or place("pools"), [json.dumps(row) for row in rows])


def read(policy: Policy, kind: Kind, texts: list[str], seed: int) -> list[float]:
    """What a reward model of this kind, raised with this seed, thinks of each text."""
    model = learned(policy, TASTES[kind.taste], kind.labels, kind.shape, SEED + seed + kind.member * MEMBERS)
    return [round(reward, 3) for reward in model.rewards([(PROMPT, text) for text in texts])]


if __name__ == "__main__":
    record()
