"""Majority voting over answers. Self-consistency: Wang et al. 2022, arXiv 2203.11171; as a label where there is none: TTRL, Zuo
et al. 2025, arXiv 2504.16084, §2.2.

Kept: an answer is what stands after `####`, so two ways of working count for the same answer; the one with most votes is the
label; the reward is 1 for an answer that is the label and 0 for any other.
Added: an answer that can't be read has no vote, and a problem without any readable answer has no label: all its answers score
0, so it gives no signal, and it is counted. A tie is broken by a lot drawn from the run's seed. (The public code drops unreadable
answers and then fails where nothing is left.)
"""

from __future__ import annotations

import random
from dataclasses import replace

from course_lib import progress
from course_lib.answers import parse_answer, same_answer
from course_lib.policy import Policy
from course_lib.rollout import samples
from course_lib.select import differs, first
from course_lib.statistics import majority, mean
from course_lib.types import Group, Problem, Turn


def consensus(group: Group, turn: Turn) -> str | None:
    """The answer most completions give; None where none can be read."""
    said = [parse_answer(c.text) for c in group.completions_G]
    return majority(said, random.Random(f"vote-{turn.seed}-{turn.round}-{group.problem.id}"))


def by_majority(policy: Policy, groups: list[Group], turn: Turn) -> list[Group]:
    """The score slot of TTRL: 1 for an answer that agrees with most answers to its problem. It never looks at gold."""
    return [agreeing(g, consensus(g, turn)) for g in groups]


def agreeing(group: Group, label: str | None) -> Group:
    """1 for each completion whose answer is the label; without a label 0 for all."""
    return replace(group, scores_G=tuple(float(same_answer(c.text, label)) for c in group.completions_G))


def voted(
    policy: Policy, problems: list[Problem], m: int, seed: int, max_tokens: int = 160, bar=progress.quiet
) -> list[int]:
    """1 for each problem that a vote among `m` samples of the policy as it is gets right: no training at all."""
    turn = Turn(seed, 0)
    groups = samples(m, max_tokens=max_tokens, bar=bar)(policy, problems, turn)
    return [int(right_by_vote(g, turn)) for g in groups]


def right_by_vote(group: Group, turn: Turn) -> bool:
    return is_gold(consensus(group, turn), group.problem)


def is_gold(label: str | None, problem: Problem) -> bool:
    """Is this label the right answer, however that is spelled?"""
    return label is not None and same_answer(f"#### {label}", problem.answer)


def vote_log(groups: list[Group], turn: Turn, g: int | None = None) -> dict[str, list[float]]:
    """What a round's votes were worth, by gold (§3.3 of the paper): for each problem,

    label_accuracy: is its label right; reward_accuracy: the share of its completions that get the reward gold would give;
    zeros_accuracy: the same if every reward were 0, which is what reward_accuracy must be compared with; majority_ratio: the
    share that gives its label; no_signal: have its first `g` completions (None: all) the same reward; unlabelled: could none be
    read.
    """
    labels = [consensus(group, turn) for group in groups]
    told = [agreeing(group, label) for group, label in zip(groups, labels, strict=True)]
    return {
        "label_accuracy": [float(is_gold(label, group.problem)) for label, group in zip(labels, groups, strict=True)],
        "reward_accuracy": [mean(rewarded_as_gold(group)) for group in told],
        "zeros_accuracy": [mean(rewarded_as_gold(agreeing(group, None))) for group in groups],
        "majority_ratio": [mean(group.scores_G) for group in told],
        "no_signal": [float(not differs(first(group, g))) for group in told],
        "unlabelled": [float(label is None) for label in labels],
    }


def rewarded_as_gold(group: Group) -> list[float]:
    gold = group.problem.answer
    return [
        float((s > 0.5) == same_answer(c.text, gold)) for c, s in zip(group.completions_G, group.scores_G, strict=True)
    ]
