"""Notebook 05: C16 SPIN comes nearer to the given answers in shrinking steps, C17 and can't pass them."""

from __future__ import annotations

import math

from course_lib.claims.lab import Claim, Lab, Outcome
from course_lib.claims.learned import looped
from course_lib.margin import game
from course_lib.measure import logprobs, written
from course_lib.methods import control, rft, spin
from course_lib.pocket.humans import given_answers, has_fault
from course_lib.policy import Policy
from course_lib.rollout import samples
from course_lib.statistics import mean
from course_lib.train import sft
from course_lib.types import Example, Problem, Turn

LEVELS = (2, 3, 4)
SHARE = 2  # of the usual number of problems: a round has pairs only where the two answers differ
ROUNDS, BETA, LR = 4, 1.0, 1e-3
ANEW = 100  # is added to the seed of what goes on from there: fresh lots, not those of SPIN's first round
FAULTS = 0.1  # of the given answers end ten too high


def play(lab: Lab, seed: int, faults: float = FAULTS) -> tuple[list[Problem], dict[str, str], list[Policy]]:
    """Problems, the answers given to them, and the policy round by round."""
    problems = lab.stories(seed, LEVELS, SHARE)
    given = given_answers(problems, faults, seed)
    return problems, given, looped(lab, spin(given, beta=BETA, lr=LR), problems, ROUNDS, seed)


def right(policy: Policy, fresh: list[Problem], seed: int) -> list[float]:
    return written(policy, fresh, seed)["outcomes"]


def faulty(policy: Policy, fresh: list[Problem], seed: int) -> list[float]:
    """1 where one sampled answer is ten too high."""
    groups = samples(1)(policy, fresh, Turn(seed, 0))
    return [float(has_fault(g.problem, g.completions_G[0].text)) for g in groups]


def c16(lab: Lab, seed: int) -> Outcome:
    """What the first round gains in log-likelihood of fresh given answers, against what the last one gains."""
    problems, _, policies = play(lab, seed)
    fresh = lab.fresh_stories(seed, problems, LEVELS)
    given = given_answers(fresh, FAULTS, seed)
    prompts, texts = [p.prompt for p in fresh], [given[p.id] for p in fresh]
    likely = [logprobs(p, p.model, prompts, texts) for p in policies]
    first, last = ([b - a for a, b in zip(likely[i], likely[i + 1], strict=True)] for i in (0, ROUNDS - 1))
    losses = [
        game(after, before, fresh, given, seed).losses(BETA)
        for before, after in ((policies[0], policies[1]), (policies[-2], policies[-1]))
    ]
    also = {
        "log-likelihood of given answers, after all rounds against before": (likely[-1], likely[0]),
        f"loss on fresh pairs, last round against first (log 2 is {math.log(2):.3f})": (losses[1], losses[0]),
    }
    beside = {"nll_by_round": [-mean(x) for x in likely], "loss_first_and_last": [mean(x) for x in losses]}
    return Outcome(first, last, also, beside)


def c17(lab: Lab, seed: int) -> Outcome:
    """From where SPIN has come to: one round of right answers kept by a verifier, against as many kept at random."""
    problems, given, policies = play(lab, seed)
    fresh, end = lab.fresh_stories(seed, problems, LEVELS), policies[-1]
    method = rft(max(2, lab.k // 2), lr=LR, epochs=1)
    goes_on = method, control(method), spin(given, beta=BETA, lr=LR)
    verified, blind, more = (looped(lab, m, problems, 1, seed + ANEW, end)[-1] for m in goes_on)
    clean = play(lab, seed, 0.0)[2][-1]
    told = [Example(p.prompt, given[p.id]) for p in problems]
    imitated = sft(lab.policy, told, lr=LR, epochs=ROUNDS, batch=32, seed=seed)
    spun, base, checked = (right(p, fresh, seed) for p in (end, lab.policy, verified))
    ceiling = [1 - FAULTS] * len(spun)
    also = {
        "a verifier's round, against another round of SPIN": (checked, right(more, fresh, seed)),
        "a verifier's round, against an accuracy as of the given answers": (checked, ceiling),
        "SPIN, against the base": (spun, base),
        "SPIN, against an accuracy as of the given answers": (spun, ceiling),
        "SPIN on answers without a fault, against those with": (right(clean, fresh, seed), spun),
        "SPIN, against imitating the same answers as often": (spun, right(imitated, fresh, seed)),
        "answers ten too high, SPIN against the base": (faulty(end, fresh, seed), faulty(lab.policy, fresh, seed)),
    }
    return Outcome(checked, right(blind, fresh, seed), also, {"faults_given": FAULTS})


CLAIMS = (
    Claim(
        "C16", "SPIN's gains shrink from round to round.", "§3", "05_spin",
        "gain of the first round", "gain of the last round", "gain in log-likelihood of a given answer", c16, scale="nats",
    ),
    Claim(
        "C17", "SPIN comes to its SFT data; a verifier goes on from there.", "Q4, L2-6", "05_spin",
        "then a round with a verifier", "then the same round, kept at random", "accuracy of what is written, fresh stories", c17,
    ),
)  # fmt: skip
