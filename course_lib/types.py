"""The nouns of the course: frozen records that every slot of the loop passes along. No torch here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Problem:
    """One question with its exact answer.

    `prompt` is what a person would type to a chat model. `answer` is the gold answer, a number as text, or None when the world
    has no single right answer. `level` is the number of steps. `facts` holds what an exact checker needs (plain JSON).
    """

    id: str
    prompt: str
    answer: str | None = None
    level: int = 0
    facts: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Completion:
    """One sampled answer: its text, its length in tokens, and the log-probability it was drawn with (nats, summed): at T = 1 with
    nothing cut away the policy's own."""

    text: str
    tokens: int = 0
    logprob: float = 0.0
    finished: bool = True  # False: cut at the token limit before the end token
    hinted: bool = False  # True: the answer was shown in the prompt
    ids: tuple[int, ...] = ()  # the tokens drawn, end token included; not recorded


@dataclass(frozen=True)
class Group:
    """A problem and its G completions. `scores_G[i]` belongs to `completions_G[i]`; empty until scored."""

    problem: Problem
    completions_G: tuple[Completion, ...]
    scores_G: tuple[float, ...] = ()


@dataclass(frozen=True)
class Example:
    """One thing to imitate: `completion` after `prompt`. The rest says where it came from."""

    prompt: str
    completion: str
    score: float = 1.0
    problem_id: str = ""
    level: int = 0
    hinted: bool = False


@dataclass(frozen=True)
class Pair:
    """One preference: after `prompt`, `chosen` rather than `rejected`. The rest says where it came from.

    `chance` is how sure the label is: the probability that `chosen` is the better one.
    """

    prompt: str
    chosen: str
    rejected: str
    problem_id: str = ""
    level: int = 0
    chance: float = 1.0


class Turn(NamedTuple):
    """Where the loop is: the run's seed and the round (from 1). Every slot that draws lots draws them from this."""

    seed: int
    round: int


KEPT_BY_LOT = "as many kept at random"


@dataclass(frozen=True)
class Method:
    """A self-improvement method: five plain functions and one switch. Swap a slot with `dataclasses.replace`.

    rollout(policy, problems, turn) -> groups      score(policy, groups, turn) -> groups with scores
    revise(policy, groups, turn) -> groups         select(groups, turn) -> examples, pairs or groups
    train(policy, kept, turn) -> policy            from_base: every round trains anew from the base
    twin: what its matched control does instead, in words
    """

    name: str
    rollout: Callable[..., list[Group]]
    score: Callable[..., list[Group]]
    revise: Callable[..., list[Group]]
    select: Callable[..., list[Example] | list[Pair] | list[Group]]
    train: Callable[..., Any]
    from_base: bool = False
    twin: str = KEPT_BY_LOT


@dataclass(frozen=True)
class Round:
    """One row of the log: what was kept and trained on, and what the policy then could do on held-out problems."""

    round: int
    metrics: dict
    kept: int = 0
    seconds: float = 0.0
