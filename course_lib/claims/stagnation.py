"""Notebook 09f: C38, a run that stands still goes on with a curriculum; beside it temperature, a teacher and another method.

STaR on a few short stories, each round going on from the one before, until nearly every sample is right: what the filter keeps is
then what the policy writes anyway. From there every arm has as many rounds, as many samples a round and as long a training.
"""

from __future__ import annotations

import math
from dataclasses import replace

from course_lib.claims.lab import Claim, Lab, Outcome, gold
from course_lib.claims.learned import looped
from course_lib.measure import distribution
from course_lib.methods import grpo, star
from course_lib.pocket.teacher import taught
from course_lib.policy import Policy
from course_lib.revise import unchanged
from course_lib.select import with_signal
from course_lib.statistics import mean
from course_lib.tasks.stories import HARD, stories
from course_lib.train import improve_steps, reinforce
from course_lib.types import Group, Method, Problem, Turn

SHORT, LONGER = (3, 4), (7, 8)  # steps: what the run is trained on, and a band beyond what is measured
BEFORE, MORE, LATE = 6, 4, 2  # rounds to the stand, rounds after it, and the last of those before
LR, WARM, BATCH = 1e-3, 1.3, 32
ANEW = 1_000  # added to the seed after the stand: going on would draw the lots of the first rounds again
FEW = 16  # stories whose distribution is looked at


def told(lab: Lab, seed: int, levels: tuple[int, ...] = SHORT, other: int = 0) -> list[Problem]:
    return stories(max(2, lab.problems // 3), levels, 9_800_000 + 10_000 * other + seed)


def steady(lab: Lab, temperature: float = 1.0) -> Method:
    """STaR whose rounds go on from one another, and whose trainings all see as many examples. No hints: they would be more
    samples, and of another kind, than the other ways have."""
    train = improve_steps((0.5,), LR, batch=BATCH, seen=max(1, lab.seen // 4))
    return replace(
        star(lab.k, temperature), name=f"steady {temperature:g}", revise=unchanged, from_base=False, train=train
    )


def switched(lab: Lab) -> Method:
    return replace(grpo(lab.k), name="switched", train=in_steps(max(1, lab.seen // 4 // BATCH)))


def in_steps(steps: int):
    """A policy gradient in about `steps` steps, however many groups differ: as many as the other arms' training."""

    def train(policy: Policy, groups: list[Group], turn: Turn) -> Policy:
        batch = math.ceil(sum(len(g.completions_G) for g in groups) / steps)
        return reinforce(beta=0.0, lr=LR, epochs=max(1, steps // len(groups)), batch=batch)(policy, groups, turn)

    return train


def ways(lab: Lab, seed: int) -> dict[str, tuple[Method, list[Problem]]]:
    """The ways to go on: a method and the stories it is given."""
    short, hard = told(lab, seed), told(lab, seed, HARD)
    return {
        "on": (steady(lab), short),
        "curriculum": (steady(lab), hard),
        "temperature": (steady(lab, WARM), short),
        "teacher": (replace(steady(lab), name="taught", revise=taught), hard),
        "method": (switched(lab), short),
        "method, curriculum": (switched(lab), hard),
        "new": (steady(lab), told(lab, seed, SHORT, 1)),
    }


def c38(lab: Lab, seed: int) -> Outcome:
    """Fresh hard stories right after four more rounds: on longer stories, and on the same ones."""
    given, before = ways(lab, seed), looped(lab, steady(lab), told(lab, seed), BEFORE, seed)
    runs = {name: looped(lab, m, problems, MORE, ANEW + seed, before[-1]) for name, (m, problems) in given.items()}
    last = {name: run[-1] for name, run in runs.items()}
    last |= {"stand": before[-1], "late": before[-1 - LATE :][0]}
    trained = [p for _, problems in given.values() for p in problems]
    hard, longer = (lab.fresh_stories(seed, trained, levels) for levels in (HARD, LONGER))
    right = {name: gold(policy, hard) for name, policy in last.items()}
    far = {name: gold(last[name], longer[: fewer(lab)]) for name in ("stand", "on", *BEYOND)}
    also = {
        "the last two rounds before the stand": (right["stand"], right["late"]),
        "going on, against the stand": (right["on"], right["stand"]),
        **{f"{words}, against going on": (right[name], right["on"]) for name, words in AGAINST.items()},
        "GRPO on longer stories, against STaR on them": (right["method, curriculum"], right["curriculum"]),
        "a teacher on longer stories, against none": (right["teacher"], right["curriculum"]),
        **{f"7 and 8 steps: {words}, against going on": (far[name], far["on"]) for name, words in BEYOND.items()},
    }
    beside = {
        "rounds": {name: len(run) - 1 for name, run in runs.items()},
        "right": {name: mean(values) for name, values in right.items()},
        "right_7_8": {name: mean(values) for name, values in far.items()},
        "spread": {name: spread(policy, hard[:FEW], seed) for name, policy in last.items() if name != "late"},
        "short": {n: saturated(lab, p, seed) for n, p in {"base": lab.policy, "stand": before[-1]}.items()},
    }
    return Outcome(right["curriculum"], right["on"], also, beside)


AGAINST = {
    "temperature": "temperature 1.3",
    "method": "GRPO",
    "teacher": "longer stories and a teacher",
    "method, curriculum": "longer stories and GRPO",
    "new": "new stories as short",
}
BEYOND = {"curriculum": "longer stories", "method": "GRPO"}


def fewer(lab: Lab) -> int:
    return max(2, lab.fresh * 3 // 10)


def spread(policy: Policy, problems: list[Problem], seed: int) -> dict[str, float]:
    """From 16 samples a story: entropy (nats a completion), different right paths, and the share right."""
    found = distribution(policy, problems, seed)
    return {name: found[name] for name in ("entropy", "distinct", "pass_at_1")}


def saturated(lab: Lab, policy: Policy, seed: int) -> dict[str, float]:
    """Of the short stories: samples that are right, and stories whose samples differ. Where none differ, no filter chooses."""
    groups = lab.draw(policy, told(lab, seed), lab.k, Turn(seed, 0))
    return {"right": mean([s for g in groups for s in g.scores_G]), "differ": len(with_signal(groups)) / len(groups)}


CLAIMS = (
    Claim(
        "C38", "Stagnation on easy problems breaks on harder ones.", "L3-12", "09f_stagnation",
        "four more rounds on longer stories", "four more rounds on the same stories",
        "accuracy on fresh stories of 5 and 6 steps", c38,
    ),
)  # fmt: skip
