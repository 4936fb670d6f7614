"""Notebook 01: C04 the hint brings hard problems in, C05 hinted traces reason backward, C06 right is not sound."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from course_lib import asks
from course_lib.claims.lab import Claim, Lab, Outcome, gold
from course_lib.policy import Policy
from course_lib.score import right, sound
from course_lib.select import correct, passing
from course_lib.statistics import mean
from course_lib.types import Example, Group, Problem, Turn

LEVELS = (4, 6, 8, 10)
HARD = (8, 10)  # steps: the base almost never gets these right
NEAR = (7, 8)
LEVELS_SHOWN = (4, 5, 6)
SHOWN_K = 4  # samples of a problem where they are only looked at


def c04(lab: Lab, seed: int) -> Outcome:
    """Of the hard problems, the share with an example to train on: two more tries with the hint, or without it."""
    problems, turn = lab.stories(seed, LEVELS), Turn(seed, 1)
    groups = lab.hinted(problems, lab.k, turn), lab.retried(problems, lab.k, turn)
    kept = [correct(cap=2)(g, turn) for g in groups]
    hard = [p.id for p in problems if p.level in HARD]
    arms = [[float(i in {e.problem_id for e in examples}) for i in hard] for examples in kept]
    near = lab.fresh_stories(seed, problems, NEAR)
    after = tuple(gold(lab.train(examples, seed), near) for examples in kept)
    beside = {
        "hard_share_with": hard_share(kept[0]),
        "hard_share_without": hard_share(kept[1]),
        "accuracy_7_8_base": mean(lab.base(near)),
    }
    return Outcome(*arms, {"accuracy on fresh stories of 7 and 8 steps": after}, beside)


def hard_share(kept: list[Example]) -> float:
    """The share of the examples that come from hard problems."""
    return mean([float(e.level in HARD) for e in kept])


def unsound_share(group: Group) -> float | None:
    """Of the right completions of a group, the share with a step that does not hold; None when none is right."""
    texts = [group.completions_G[i].text for i in passing(group, 0.5)]
    return mean([1.0 - sound(group.problem, text) for text in texts]) if texts else None


def c05(lab: Lab, seed: int) -> Outcome:
    """The same problems with the answer shown and without: of what is right, the share with an invalid step."""
    problems = lab.fresh_stories(seed, [], LEVELS_SHOWN)
    shown = [replace(p, prompt=asks.hint(p.prompt, p.answer)) for p in problems]
    groups = (lab.samples(told, SHOWN_K, Turn(seed, 2)) for told in (shown, problems))
    both = [(a, b) for a, b in zip(*(map(unsound_share, g) for g in groups), strict=True) if None not in (a, b)]
    return Outcome([a for a, _ in both], [b for _, b in both], beside={"problems_right_both_ways": len(both)})


def c06(lab: Lab, seed: int) -> Outcome:
    """Train on what the answer lets through, or on what a step checker lets through too; then look at new answers.

    The step checker throws out half of them: a third model trains on as many that a lot has left."""
    problems, turn = lab.stories(seed, LEVELS), Turn(seed, 1)
    told, like, fresh = (
        {p.id: p for p in problems},
        lab.fresh_stories(seed, problems, LEVELS),
        lab.fresh_stories(seed, problems),
    )
    by_answer = correct(cap=2)(lab.hinted(problems, lab.k, turn), turn)
    by_steps = [e for e in by_answer if sound(told[e.problem_id], e.completion)]
    by_lot = random.Random(seed).sample(by_answer, len(by_steps))
    trained = [lab.train(kept, seed) for kept in (by_answer, by_steps)]
    dealt = lab.train(by_lot, seed)
    arms = [sampled(lab, policy, like, right_but_unsound, seed) for policy in trained]
    also = {
        name: tuple(gold(policy, fresh, grade) for policy in trained)
        for name, grade in {
            "greedy answers: right with an invalid step": right_but_unsound,
            "greedy answers: right with every step valid": sound_and_right,
        }.items()
    }
    also |= {
        "greedy answers: right, kept by their answer, against the base": (gold(trained[0], fresh), lab.base(fresh)),
        "every step valid: as many thrown out by lot, against those whose steps hold": (
            gold(dealt, fresh, sound_and_right),
            gold(trained[1], fresh, sound_and_right),
        ),
    }
    level = {
        n: mean([1.0 - sound(told[e.problem_id], e.completion) for e in by_answer if e.level == n]) for n in LEVELS
    }
    counts = {"kept_by_answer": len(by_answer), "kept_by_steps": len(by_steps)}
    return Outcome(*arms, also, {"kept_unsound_by_level": level} | counts)


def right_but_unsound(problem: Problem, text: str) -> float:
    """1 for a right answer with a step that does not hold."""
    return float(right(problem, text) and not sound(problem, text))


def sound_and_right(problem: Problem, text: str) -> float:
    return float(sound(problem, text))


def sampled(lab: Lab, policy: Policy, problems: list[Problem], grade: Callable[..., float], seed: int) -> list[float]:
    """The mean grade of each problem's samples, which err where greedy answers do not."""
    groups = lab.draw(policy, problems, SHOWN_K, Turn(seed, 3))
    return [mean([grade(g.problem, c.text) for c in g.completions_G]) for g in groups]


CLAIMS = (
    Claim(
        "C04", "Hint-retry brings hard problems into training.", "§1.1", "01_star",
        "two more tries with the answer shown", "two more tries without",
        "share of 8- and 10-step problems with an example to train on", c04,
    ),
    Claim(
        "C05", "Hinted rationales reason backward.", "L1-2", "01_star",
        "right traces with the answer shown", "right traces of the same problems without",
        "share with an invalid step", c05,
    ),
    Claim(
        "C06", "A right answer is not right reasoning; a step filter helps.", "Q1", "01_star",
        "trained on traces kept by their answer", "trained on those whose steps hold too",
        "share of samples to fresh stories of 4 to 10 steps that are right with an invalid step", c06,
    ),
)  # fmt: skip
