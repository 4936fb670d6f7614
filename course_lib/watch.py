"""What a run measures so that it can be judged later (signs.py): gold, its own score of the same answers, and the KL it went."""

from __future__ import annotations

import math
from collections.abc import Callable

from course_lib import progress
from course_lib.evidence import good
from course_lib.measure import average, log_ratios, mean_share
from course_lib.policy import Policy
from course_lib.rollout import samples
from course_lib.score import Score
from course_lib.select import only_judged
from course_lib.statistics import mean
from course_lib.types import Group, Problem, Turn

EACH = 2  # answers to each problem
OWN = "the run's own score"
AXIS = "fresh problems right, T = 1 (%)"


def watch(
    start: Policy, score: Score, problems: list[Problem], seed: int, max_tokens: int = 160, bar=progress.quiet
) -> Callable[[Policy], dict]:
    """A measure for the loop: some answers to each problem at T = 1, by gold (`accuracy`, and `outcomes` answer by answer) and by
    the run's own score (under "checks"); and the KL to `start`, nats an answer, from the first answer to each."""

    def measure(policy: Policy) -> dict:
        turn = Turn(seed, 0)
        groups = score(policy, samples(EACH, max_tokens=max_tokens, bar=bar)(policy, problems, turn), turn)
        right = by_gold(groups)
        gold = mean_share([mean(row) for row in right])
        some = [(g.problem.prompt, c) for g in groups for c in g.completions_G[:1]]
        return {
            "accuracy": gold["value"],
            "interval": gold["interval"],
            "n": len(problems),
            "axis": AXIS,
            "by": "bootstrap",
            "outcomes": [x for row in right for x in row],
            "checks": {OWN: average([own_score(g) for g in groups])},
            "kl": average(log_ratios(policy, start.model, some)),
        }

    return measure


def own_score(group: Group) -> float:
    """The mean score of what could be judged of a group, NaN where nothing could."""
    scores = only_judged(group).scores_G
    return mean(scores) if scores else math.nan


def by_gold(groups: list[Group]) -> list[list[float]]:
    return [[good(g.problem, c.text) for c in g.completions_G] for g in groups]
