"""Notebook 04: C12 writing and judging together, C13 inherited blind spots, C14 a favourite style, C15 no second opinion."""

from __future__ import annotations

from course_lib.agreement import graded_pairs, preferred
from course_lib.answers import equations
from course_lib.claims.lab import Claim, Lab, Outcome
from course_lib.claims.learned import looped
from course_lib.measure import written
from course_lib.methods import control, self_rewarding
from course_lib.pocket import judging
from course_lib.policy import Policy
from course_lib.rollout import sample, samples
from course_lib.score import verify
from course_lib.select import best_worst
from course_lib.statistics import mean
from course_lib.tasks.stories import stories
from course_lib.train import reward_model
from course_lib.types import Pair, Problem, Turn

LEVELS, MEASURED = (2, 3, 4), (3, 4)  # steps of stories that the judge was taught on
ROUNDS = 3
BLIND_SEED = 6_000_000


def loop(lab: Lab, seed: int, blind: bool = False) -> list[Policy]:
    """The policy round by round; `blind`, its control, in which a coin says which of a pair is chosen."""
    method = self_rewarding(k=lab.k, say=lambda text: None)
    return looped(lab, control(method) if blind else method, lab.stories(seed, LEVELS), ROUNDS, seed)


def ends(lab: Lab, seed: int) -> tuple[Policy, Policy]:
    policies = loop(lab, seed)
    return policies[0], policies[-1]


def writes(policy: Policy, problems: list[Problem], seed: int) -> list[float]:
    return written(policy, problems, seed)["outcomes"]


def c12(lab: Lab, seed: int) -> Outcome:
    """The judge after three rounds, against the judge before, on pairs of a right and a wrong solution; and what is written."""
    fresh = lab.fresh_stories(seed, lab.stories(seed, LEVELS), MEASURED)
    policies, twin = loop(lab, seed), loop(lab, seed, blind=True)[-1]
    two = judging.told(lab.fresh, judging.right_and_wrong, seed)
    after, before = (preferred(graded_pairs(p, two, seed)) for p in (policies[-1], policies[0]))
    right = [writes(p, fresh, seed) for p in policies]
    also = {
        "written right, against pairs labelled by a coin": (right[-1], writes(twin, fresh, seed)),
        "written right, against the base": (right[-1], right[0]),
    }
    return Outcome(after, before, also, {"written_right_by_round": [mean(r) for r in right]})


def c13(lab: Lab, seed: int) -> Outcome:
    """Stories with "a dozen", after three rounds of its own points against three of a coin's. No story in the loop has one."""
    dozen = stories(lab.fresh, LEVELS, BLIND_SEED + seed, dozen=True)
    fresh = lab.fresh_stories(seed, lab.stories(seed, LEVELS), MEASURED)
    (before, after), twin = ends(lab, seed), loop(lab, seed, blind=True)[-1]
    two = judging.told(lab.fresh // 2, judging.twelve_and_ten, seed)
    wrong = [[1 - w for w in preferred(graded_pairs(p, two, seed))] for p in (after, before)]
    also = {
        "stories without a dozen, after against before": (writes(after, fresh, seed), writes(before, fresh, seed)),
        "the judge prefers the wrong dozen, after against before": tuple(wrong),
        "the judge prefers the wrong dozen, against an even chance": (wrong[0], [0.5] * len(wrong[0])),
    }
    also["dozen stories, after against before"] = (writes(after, dozen, seed), writes(before, dozen, seed))
    return Outcome(writes(after, dozen, seed), writes(twin, dozen, seed), also)


def c14(lab: Lab, seed: int) -> Outcome:
    """Two right solutions of each story, the longer style against the shorter; and what the loop then writes."""
    won = preferred(graded_pairs(lab.policy, judging.told(lab.fresh, judging.short_and_long, seed), seed))
    long = [1 - w for w in won]
    fresh = lab.fresh_stories(seed, lab.stories(seed, LEVELS), MEASURED)
    before, after = ends(lab, seed)
    also = {
        "written in the longer style, after three rounds": tuple(in_long_style(p, fresh, seed) for p in (after, before))
    }
    return Outcome(long, [0.5] * len(long), also)


def in_long_style(policy: Policy, problems: list[Problem], seed: int) -> list[float]:
    """1 where one sampled answer has more steps than the story: a number was taken in tens and ones."""
    from course_lib.sampling.decode import Sampling

    keys = [f"written|{p.id}" for p in problems]
    answers = sample(policy, [p.prompt for p in problems], 1, Sampling(), seed, keys)
    return [float(len(equations(c.text)) > p.level) for p, (c,) in zip(problems, answers, strict=True)]


def c15(lab: Lab, seed: int) -> Outcome:
    """Where the judge prefers the wrong solution: how often does a reward model err there, by whose labels it was trained?"""
    two = [
        *judging.told(lab.fresh, judging.right_and_wrong, seed),
        *judging.told(lab.fresh // 2, judging.twelve_and_ten, seed),
    ]
    judged = graded_pairs(lab.policy, two, seed)
    missed, seen = ([row for row, x in zip(two, preferred(judged), strict=True) if x == side] for side in (0.0, 1.0))
    by_judge, by_gold = (reward_model(lab.policy, pairs, lr=2e-3, epochs=4, seed=seed) for pairs in labelled(lab, seed))
    also = {"errors where the judge is right": (errs(by_judge, seen), errs(by_gold, seen))}
    plain = [row for row in missed if "a dozen" not in row[0]]  # the others would outnumber them
    beside = {"judge_errs": len(missed), "judge_right": len(seen), "without_a_dozen": len(plain)}
    beside |= {"errs_without_a_dozen": [mean(errs(r, plain)) for r in (by_judge, by_gold)]} if plain else {}
    return Outcome(errs(by_judge, missed), errs(by_gold, missed), also, beside)


def labelled(lab: Lab, seed: int) -> tuple[list[Pair], list[Pair]]:
    """Pairs of the base's own answers to the same problems, a third with a dozen: labelled by its judgement, and by gold."""
    told, turn = lab.stories(seed, LEVELS), Turn(seed, 1)
    told += stories(len(told) // 2, LEVELS, BLIND_SEED + 1000 + seed, dozen=True)
    groups = samples(lab.k)(lab.policy, told, turn)
    by_judge = self_rewarding(say=lambda text: None).score(lab.policy, groups, turn)
    two = best_worst(1.0)(by_judge, turn), best_worst()(verify(lab.policy, groups, turn), turn)
    both = {p.problem_id for p in two[0]} & {p.problem_id for p in two[1]}
    by_points, by_gold = ([p for p in pairs if p.problem_id in both] for pairs in two)
    return by_points, by_gold


def errs(reward, two: list[tuple[str, str, str]]) -> list[float]:
    """1 where the wrong solution gets the higher reward."""
    right, wrong = (reward.rewards([(row[0], row[i]) for row in two]) for i in (1, 2))
    return [float(w > r) for r, w in zip(right, wrong, strict=True)]


CLAIMS = (
    Claim(
        "C12", "Writing and judging improve together for a few rounds.", "§2", "04_self_rewarding",
        "the judge after three rounds", "the judge before", "share of pairs in which the right solution gets more points", c12,
    ),
    Claim(
        "C13", "Blind spots are inherited by the judge.", "§2, Q3", "04_self_rewarding",
        "pairs labelled by the judge", "pairs labelled by a coin", "dozen stories written right", c13, sign=-1,
    ),
    Claim(
        "C14", "A judge has a favourite style.", "Q3", "04_self_rewarding",
        "the longer of two right solutions", "a judge without a taste", "share of pairs in which it gets more points", c14,
    ),
    Claim(
        "C15", "A reward model trained on the judge's labels is no second opinion.", "L3-11", "04_self_rewarding",
        "trained on the judge's labels", "trained on gold labels", "share of the judge's errors that it makes too", c15,
    ),
)  # fmt: skip
