"""The critic slot of Self-Refine: what is said about a solution before it is revised.

`own` is the policy itself; `dialled` is an exact checker of the arithmetic that is right only so often; `presuming` is told
beforehand that there is a mistake, as in the paper's public prompt for word problems. `dealt` and `aimless` take a critic's
judgement away and leave how often it raises an alarm: all of it, or which step it names.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from course_lib import asks, progress
from course_lib.answers import calculations, holds
from course_lib.errors import need_between
from course_lib.policy import Policy
from course_lib.rollout import sample
from course_lib.types import Problem

Critic = Callable[..., list[str]]  # (policy, problems, solutions, pass, seed) -> a critique of each
NO_MISTAKE = "No mistake."


def own(temperature: float = 1.0, max_tokens: int = 256, bar=progress.quiet) -> Critic:
    """The policy goes through the steps of its own solution."""
    from course_lib.sampling.decode import Sampling

    how = Sampling(temperature, max_tokens=max_tokens)
    how.check()

    def critic(policy: Policy, problems: list[Problem], solutions: list[str], n: int, seed: int) -> list[str]:
        prompts = [policy.wording.check(p.prompt, text) for p, text in zip(problems, solutions, strict=True)]
        keys = [f"critique|{p.id}|{n}" for p in problems]
        return [c.text for (c,) in sample(policy, prompts, 1, how, seed, keys, bar, f"pass {n}: critique")]

    return critic


def dialled(accuracy: float) -> Critic:
    """A critic of the arithmetic that says the truth with chance `accuracy`, else the opposite: 1 is perfect, 0.5 a coin.

    It knows numbers only. A step that is sound in itself and belongs to another story is no mistake to it.
    """
    need_between("critique accuracy", accuracy, 0.0, 1.0)

    def critic(policy: Policy, problems: list[Problem], solutions: list[str], n: int, seed: int) -> list[str]:
        return [
            said(text, random.Random(f"critic-{seed}-{n}-{p.id}"), accuracy)
            for p, text in zip(problems, solutions, strict=True)
        ]

    return critic


def said(solution: str, rng: random.Random, accuracy: float) -> str:
    steps = calculations(solution)
    wrong = [i for i, step in enumerate(steps, 1) if not holds(*step)]
    truthful = rng.random() < accuracy
    if wrong:
        return names(wrong[0]) if truthful else NO_MISTAKE
    return NO_MISTAKE if truthful or not steps else names(rng.randint(1, len(steps)))


def names(step: int) -> str:
    return f"Step {step} is wrong."


def presuming(policy: Policy, problems: list[Problem], solutions: list[str], n: int, seed: int) -> list[str]:
    """ "There is a mistake": a step is named whatever stands there."""
    return [some_step(p, text, n, seed) for p, text in zip(problems, solutions, strict=True)]


def some_step(problem: Problem, solution: str, n: int, seed: int) -> str:
    """A step of the solution, drawn by lot."""
    rng = random.Random(f"presuming-{seed}-{n}-{problem.id}")
    return names(rng.randint(1, max(1, len(calculations(solution)))))


def aimless(critic: Critic) -> Critic:
    """The same solutions are called wrong as by `critic`, but the step that is named is drawn by lot."""

    def blind(policy: Policy, problems: list[Problem], solutions: list[str], n: int, seed: int) -> list[str]:
        said = critic(policy, problems, solutions, n, seed)
        told = zip(said, problems, solutions, strict=True)
        return [some_step(p, text, n, seed) if asks.finds_mistake(c) else c for c, p, text in told]

    return blind


def dealt(critic: Critic) -> Critic:
    """The matched control of `critic`: as many solutions are called wrong in a pass, chosen by lot, and a step of each by lot."""

    def at_random(policy: Policy, problems: list[Problem], solutions: list[str], n: int, seed: int) -> list[str]:
        said = critic(policy, problems, solutions, n, seed)
        return random.Random(f"dealt-{seed}-{n}").sample(said, len(said))

    return aimless(at_random)


def verdict(critique: str) -> str:
    """The last line of a critique, which is all that the fixing sees."""
    return critique.strip().split("\n")[-1]


def settled(drafts: list[str], critiques: list[str], revisions: list[str]) -> list[str]:
    """Which text stands after a pass: the revision where the critique names a wrong step, else the draft. No gold is read."""
    told = zip(drafts, critiques, revisions, strict=True)
    return [revision if asks.finds_mistake(critique) else draft for draft, critique, revision in told]
