"""Notebook 01: C04 the hint brings hard problems in, C05 hinted traces reason backward, C06 right is not sound."""

from __future__ import annotations

from course_lib.claims.lab import Claim, Lab, Outcome, gold, texts, unsound
from course_lib.score import sound
from course_lib.select import correct
from course_lib.statistics import mean
from course_lib.types import Example, Group, Turn

LEVELS = (4, 6, 8, 10)
HARD = (8, 10)  # steps: the base almost never gets these right
NEAR = (7, 8)


def kept_with_and_without(lab: Lab, seed: int) -> tuple[list, list[Example], list[Example]]:
    """(problems, kept with hints, kept without) of STaR's first round over easy and hard levels."""
    problems, turn = lab.stories(seed, LEVELS), Turn(seed, 1)
    with_hint, without = (
        correct(cap=2)(groups, turn)
        for groups in (lab.hinted(problems, lab.k, turn), lab.samples(problems, lab.k, turn))
    )
    return problems, with_hint, without


def c04(lab: Lab, seed: int) -> Outcome:
    """Of the hard problems, the share that has an example in the training set; and what training on it gives."""
    problems, with_hint, without = kept_with_and_without(lab, seed)
    hard = [p.id for p in problems if p.level in HARD]
    arms = [[float(i in {e.problem_id for e in kept}) for i in hard] for kept in (with_hint, without)]
    near = lab.fresh_stories(seed, NEAR)
    after = [mean(gold(lab.train(kept, seed), near)) for kept in (with_hint, without)]
    beside = {
        "hard_share_with": hard_share(with_hint),
        "hard_share_without": hard_share(without),
        "accuracy_7_8_base": lab.base(near),
        "accuracy_7_8_with": after[0],
        "accuracy_7_8_without": after[1],
    }
    return Outcome(*arms, beside=beside)


def hard_share(kept: list[Example]) -> float:
    return mean([float(e.level in HARD) for e in kept])


def traces(groups: list[Group], hinted: bool) -> list[float]:
    """For each right completion of this kind: 1 when one of its steps is invalid."""
    return [
        1.0 - sound(g.problem, c.text)
        for g in groups
        for c, score in zip(g.completions_G, g.scores_G, strict=True)
        if c.hinted == hinted and score > 0.5 and c.finished
    ]


def c05(lab: Lab, seed: int) -> Outcome:
    """Right traces that were shown the answer, against right traces that were not: the share with an invalid step."""
    groups = lab.hinted(lab.stories(seed, LEVELS), lab.k, Turn(seed, 1))
    return Outcome(traces(groups, hinted=True), traces(groups, hinted=False), paired=False)


def c06(lab: Lab, seed: int) -> Outcome:
    """Train on what the answer lets through, or on what a step checker lets through too; then look at new right answers."""
    problems, by_answer, _ = kept_with_and_without(lab, seed)
    told = {p.id: p for p in problems}
    by_steps = [e for e in by_answer if sound(told[e.problem_id], e.completion)]
    fresh = lab.fresh_stories(seed, (5, 6))
    arms = [unsound(fresh, texts(lab.train(kept, seed), fresh)) for kept in (by_answer, by_steps)]
    level = {
        n: mean([1.0 - sound(told[e.problem_id], e.completion) for e in by_answer if e.level == n]) for n in LEVELS
    }
    beside = {"kept_unsound_by_level": level, "kept_by_answer": len(by_answer), "kept_by_steps": len(by_steps)}
    return Outcome(*arms, paired=False, beside=beside)


CLAIMS = (
    Claim(
        "C04", "Hint-retry brings hard problems into training.", "§1.1", "01_star",
        "STaR with the hint", "STaR without it", "share of 8- and 10-step problems with an example to train on", c04,
    ),
    Claim(
        "C05", "Hinted rationales reason backward.", "L1-2", "01_star",
        "right traces with the answer shown", "right traces without", "share with an invalid step", c05,
    ),
    Claim(
        "C06", "A right answer is not right reasoning; a step filter helps.", "Q1", "01_star",
        "trained on traces kept by their answer", "trained on those whose steps hold too",
        "share of new right answers with an invalid step", c06,
    ),
)  # fmt: skip
