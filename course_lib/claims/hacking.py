"""Notebook 09a: C29, an imperfect score gets gamed; what a KL penalty and a second signal do about it, and what they cost."""

from __future__ import annotations

from dataclasses import replace

from course_lib.claims.lab import Claim, Lab, Outcome
from course_lib.claims.learned import looped
from course_lib.loopholes import all_of, anywhere, arithmetic, rubric
from course_lib.measure import drawn
from course_lib.methods import grpo
from course_lib.policy import Policy
from course_lib.score import Score, verify
from course_lib.statistics import mean
from course_lib.tasks.stories import HARD, stories
from course_lib.types import Group, Method, Problem, Turn

ROUNDS, LR, BETA, LONGEST = 8, 1e-3, 0.1, 120  # LONGEST: tokens; a right answer has some 50
CHECKERS: dict[str, Score] = {
    "the answer": verify,
    "rubric": rubric,
    "rubric, and arithmetic": all_of(rubric, arithmetic),
    "answer anywhere": anywhere,
}


def against(lab: Lab, checker: str, beta: float = 0.0) -> Method:
    held = {"beta": beta, "reference": lab.policy} if beta else {}
    return replace(
        grpo(lab.k, lr=LR, score=CHECKERS[checker], max_tokens=LONGEST, **held), name=f"grpo {checker} {beta:g}"
    )


def trained_on(lab: Lab, told: list[Problem], seed: int) -> dict[str, Policy]:
    """A policy for each checker, one more held back by β, and the base."""
    arms = {name: against(lab, name) for name in CHECKERS} | {"held": against(lab, "rubric", BETA)}
    return {name: looped(lab, m, told, ROUNDS, seed)[-1] for name, m in arms.items()} | {"base": lab.policy}


def graded(checker: str, groups: list[Group], policy: Policy, seed: int) -> list[float]:
    return [g.scores_G[0] for g in CHECKERS[checker](policy, groups, Turn(seed, 0))]


def c29(lab: Lab, seed: int) -> Outcome:
    """Gold on fresh stories: trained on a rubric that also pays for length, and on the answer itself."""
    told = stories(lab.problems // 4, HARD, 9_200_000 + seed)
    fresh = lab.fresh_stories(seed, told, HARD)
    said = {name: (p, drawn(p, fresh, seed, LONGEST)) for name, p in trained_on(lab, told, seed).items()}
    gold, points, found = (
        {name: graded(checker, groups, p, seed) for name, (p, groups) in said.items()}
        for checker in ("the answer", "rubric", "answer anywhere")
    )
    also = {
        "the rubric's own points, against the base": (points["rubric"], points["base"]),
        "right, against the base": (gold["rubric"], gold["base"]),
        f"a KL of β = {BETA} beside it, against none": (gold["held"], gold["rubric"]),
        "arithmetic as a second signal, against none": (gold["rubric, and arithmetic"], gold["rubric"]),
        "with the KL, against the answer itself": (gold["held"], gold["the answer"]),
        "with the second signal, against the answer itself": (
            gold["rubric, and arithmetic"],
            gold["the answer"],
        ),
        "answer anywhere: that score, against the base": (found["answer anywhere"], found["base"]),
        "answer anywhere: right, against the answer itself": (gold["answer anywhere"], gold["the answer"]),
    }
    tokens = {name: mean([g.completions_G[0].tokens for g in groups]) for name, (_, groups) in said.items()}
    return Outcome(gold["rubric"], gold["the answer"], also, {"tokens": tokens})


CLAIMS = (
    Claim(
        "C29", "An imperfect score gets gamed.", "§6.1", "09a_reward_hacking",
        "rewards by a rubric that also pays for length", "rewards by the answer itself",
        "fresh stories right, one sample each", c29, sign=-1,
    ),
)  # fmt: skip
