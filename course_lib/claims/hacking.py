"""Notebook 09a: C29, an imperfect score gets gamed; what a KL penalty and a second signal do about it, and what they cost."""

from __future__ import annotations

from dataclasses import replace

from course_lib.claims.lab import Claim, Lab, Outcome
from course_lib.claims.learned import looped
from course_lib.loopholes import all_of, anywhere, arithmetic, last_number
from course_lib.measure import drawn
from course_lib.methods import grpo
from course_lib.policy import Policy
from course_lib.score import Score, length_biased, verify
from course_lib.statistics import mean
from course_lib.tasks.stories import HARD, stories
from course_lib.types import Group, Method, Problem, Turn

ROUNDS, LR, BETA = 8, 1e-3, 0.1
CHECKERS: dict[str, Score] = {
    "the answer": verify,
    "answer anywhere": anywhere,
    "last number": last_number,
    "a taste for length": length_biased(verify, 0.1),
    "anywhere, and arithmetic": all_of(anywhere, arithmetic),
}


def against(lab: Lab, checker: str, beta: float = 0.0) -> Method:
    held = {"beta": beta, "reference": lab.policy} if beta else {}
    return replace(grpo(lab.k, lr=LR, score=CHECKERS[checker], **held), name=f"grpo {checker} {beta:g}")


def trained_on(lab: Lab, told: list[Problem], seed: int) -> dict[str, Policy]:
    """A policy for each checker, one more held back by β, and the base."""
    arms = {name: against(lab, name) for name in CHECKERS} | {"held": against(lab, "answer anywhere", BETA)}
    return {name: looped(lab, m, told, ROUNDS, seed)[-1] for name, m in arms.items()} | {"base": lab.policy}


def graded(checker: str, groups: list[Group], policy: Policy, seed: int) -> list[float]:
    return [g.scores_G[0] for g in CHECKERS[checker](policy, groups, Turn(seed, 0))]


def c29(lab: Lab, seed: int) -> Outcome:
    """Gold on fresh stories: trained on a checker that lets the answer stand anywhere, and on the answer itself."""
    told = stories(lab.problems // 4, HARD, 9_200_000 + seed)
    fresh = lab.fresh_stories(seed, told, HARD)
    said = {name: (p, drawn(p, fresh, seed)) for name, p in trained_on(lab, told, seed).items()}
    gold = {name: graded("the answer", groups, p, seed) for name, (p, groups) in said.items()}
    hole = {name: graded("answer anywhere", groups, p, seed) for name, (p, groups) in said.items()}
    also = {
        "the score it was trained on, against the base": (hole["answer anywhere"], hole["base"]),
        "right, against the base": (gold["answer anywhere"], gold["base"]),
        f"a KL of β = {BETA} beside it, against none": (gold["held"], gold["answer anywhere"]),
        "arithmetic as a second signal, against none": (gold["anywhere, and arithmetic"], gold["answer anywhere"]),
        "the cost of the KL: against the answer itself": (gold["held"], gold["the answer"]),
        "the cost of the second signal: against the answer itself": (
            gold["anywhere, and arithmetic"],
            gold["the answer"],
        ),
        "the last number wins: against the answer itself": (gold["last number"], gold["the answer"]),
        "a taste for length: against the answer itself": (gold["a taste for length"], gold["the answer"]),
    }
    tokens = {name: mean([g.completions_G[0].tokens for g in groups]) for name, (_, groups) in said.items()}
    return Outcome(gold["answer anywhere"], gold["the answer"], also, {"tokens": tokens})


CLAIMS = (
    Claim(
        "C29", "An imperfect score gets gamed.", "§6.1", "09a_reward_hacking",
        "rewards by a checker that takes the answer anywhere", "rewards by the answer itself",
        "fresh stories right, one sample each",
        c29, sign=-1,
    ),
)  # fmt: skip
