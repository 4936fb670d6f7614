"""A policy that grades answers, its own among them. Yuan et al. 2024, Self-Rewarding Language Models, arXiv 2401.10020, §2.2.

Kept: points after the reasons for them; several judgements of each answer, averaged.
Simplified: the pocket model gives 1 to 5 points in the words of its town's graders. Any other is asked for the paper's sum of
five (wording.py).
A judgement that names no points is dropped and counted, never scored: a public script gives it −1, and so makes every answer
that its judge could not grade the rejected half of a pair.
"""

from __future__ import annotations

import math
from typing import Any

from course_lib import progress
from course_lib.errors import need_count
from course_lib.policy import Policy
from course_lib.rollout import sample
from course_lib.score import Score, with_scores
from course_lib.statistics import mean
from course_lib.types import Group, Turn

UNJUDGED = math.nan  # the score of an answer none of whose judgements could be read: no filter keeps it
UNREADABLE = (
    "None of the {n} judgements could be read: none ends in a line like 'Score: 5'. "
    "So nothing is scored. Raise max_tokens, or take a model that grades in that form."
)


def judge(
    n: int = 3,
    temperature: float = 1.0,
    max_tokens: int = 256,
    by: Policy | None = None,
    bar=progress.quiet,
    say=print,
) -> Score:
    """The score slot of Self-Rewarding: the mean of `n` judgements, in points, by the policy itself or `by` another one."""
    from course_lib.sampling.decode import Sampling

    need_count("number of judgements", n)
    how = Sampling(temperature, max_tokens=max_tokens)
    how.check()

    def score(policy: Policy, groups: list[Group], turn: Turn) -> list[Group]:
        asked = [(g.problem.prompt, c.text) for g in groups for c in g.completions_G]
        keys = [f"{turn.round}|judge|{g.problem.id}|{i}" for g in groups for i in range(len(g.completions_G))]
        found = judgements(by or policy, asked, n, how, turn.seed, keys, bar, f"round {turn.round}: judging")
        unread = n * len(asked) - sum(map(len, found))
        if asked and unread == n * len(asked):
            say(UNREADABLE.format(n=unread))
        elif unread:
            say(f"Round {turn.round}: {unread} of {n * len(asked)} judgements could not be read and were dropped.")
        return with_scores(groups, [mean(points) if points else UNJUDGED for points in found])

    return score


def judgements(
    policy: Policy,
    asked: list[tuple[str, str]],
    n: int,
    how: Any,
    seed: int,
    keys: list[str] | None = None,
    bar=progress.quiet,
    title: str = "judging",
) -> list[list[int]]:
    """The points that `n` judgements give each (prompt, answer); those that can't be read are left out."""
    prompts = [policy.wording.grade(prompt, answer) for prompt, answer in asked]
    said = sample(policy, prompts, n, how, seed, keys, bar, title)
    return [[p for c in group if (p := policy.wording.read(c.text)) is not None] for group in said]
