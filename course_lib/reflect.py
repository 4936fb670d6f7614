"""What is written into memory after a failed attempt: the slot that Reflexion swaps. Shinn et al. 2023, arXiv 2303.11366, §3."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from course_lib import progress
from course_lib.policy import Policy
from course_lib.rollout import sample
from course_lib.types import Problem


class Place(Protocol):
    """Where attempts are made: it asks a story at each attempt and says something about the answer."""

    id: str

    def story(self, attempt: int) -> Problem: ...

    def feedback(self, problem: Problem, right: bool) -> str: ...


@dataclass(frozen=True)
class Attempt:
    """One try: what was asked, what was remembered then, what was answered, what came back, and what was made of that."""

    story: Problem
    remembered: tuple[str, ...]
    answer: str
    right: bool
    feedback: str
    reflection: str = ""


Reflect = Callable[
    ..., list[str]
]  # (policy, failed attempts, their places' ids, attempt number, seed) -> a text for each


def own_words(temperature: float = 1.0, max_tokens: int = 100, bar=progress.quiet) -> Reflect:
    """The policy is shown its attempt and the feedback, and says what to remember."""
    from course_lib.sampling.decode import Sampling

    how = Sampling(temperature, max_tokens=max_tokens)
    how.check()

    def reflect(policy: Policy, failed: list[Attempt], ids: list[str], n: int, seed: int) -> list[str]:
        prompts = [policy.wording.reflect(a.story.prompt, a.answer, a.feedback) for a in failed]
        keys = [f"reflect|{id}|{n}" for id in ids]
        said = sample(policy, prompts, 1, how, seed, keys, bar, f"attempt {n}: reflecting")
        return [c.text for (c,) in said]

    return reflect


def nothing(policy: Policy, failed: list[Attempt], ids: list[str], n: int, seed: int) -> list[str]:
    """Plain retry: nothing is remembered."""
    return [""] * len(failed)


def as_told(policy: Policy, failed: list[Attempt], ids: list[str], n: int, seed: int) -> list[str]:
    """What came back, word for word: what the place said is remembered, and nothing is made of it."""
    return [a.feedback for a in failed]


def of_another(reflect: Reflect) -> Reflect:
    """The matched control: every reflection is written, and goes into the memory of another place."""

    def dealt(policy: Policy, failed: list[Attempt], ids: list[str], n: int, seed: int) -> list[str]:
        said = reflect(policy, failed, ids, n, seed)
        order = random.Random(f"another-{seed}-{n}").sample(range(len(said)), len(said))
        given = [""] * len(said)
        if len(said) == 1:
            return given  # there is no other
        for here, there in zip(order, order[1:] + order[:1], strict=True):
            given[here] = said[there]
        return given

    return dealt


def gist(reflection: str) -> str:
    """What of a reflection is remembered: its last line that says something. The working above it is not."""
    lines = [line.strip() for line in reflection.strip().split("\n") if line.strip()]
    return lines[-1] if lines else ""
