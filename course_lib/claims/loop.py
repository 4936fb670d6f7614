"""Notebook 00: C01 the loop beats a single pass, C02 the filter's quality is the ceiling, C03 filtering is what teaches."""

from __future__ import annotations

from dataclasses import replace

from course_lib.claims.lab import Claim, Lab, Outcome, first, gold, one_round
from course_lib.methods import star
from course_lib.revise import unchanged
from course_lib.score import noisy, verify
from course_lib.select import correct, random_like
from course_lib.statistics import mean
from course_lib.types import Turn

ROUNDS = 3
NOISE = (0.0, 0.1, 0.2, 0.3, 0.5)


def c01(lab: Lab, seed: int) -> Outcome:
    """Three rounds of K, against one round of 3 K: as many samples, and as many examples trained on in all."""
    problems, fresh = lab.stories(seed), lab.fresh_stories(seed)
    plain = replace(star(k=lab.k), revise=unchanged, select=correct(cap=2))
    policy, by_round = lab.policy, []
    for turn in (Turn(seed, r) for r in range(1, ROUNDS + 1)):
        policy, kept = one_round(lab, plain, policy, problems, turn)
        by_round.append(len(kept))
    groups = first(lab.samples(problems, lab.many, Turn(seed, 0)), ROUNDS * lab.k)
    many = correct(cap=2 * ROUNDS)(groups, Turn(seed, 1))
    single = lab.train(many, seed)
    beside = {"kept_by_round": by_round, "kept_single": len(many)}
    return Outcome(gold(policy, fresh), gold(single, fresh), beside=beside)


def c02(lab: Lab, seed: int) -> Outcome:
    """One round with a verifier that errs with chance p; the treatment errs never, the control half the time."""
    problems, fresh, turn = lab.stories(seed), lab.fresh_stories(seed), Turn(seed, 1)
    groups = first(lab.samples(problems, lab.many, Turn(seed, 0)), lab.k)
    found = {}
    for p in NOISE:
        kept = correct(cap=2)(noisy(verify, p)(lab.policy, groups, turn), turn)
        found[p] = gold(lab.train(kept, seed), fresh)
    base = lab.base(fresh)
    curve = {str(p): mean(values) for p, values in found.items()}
    beside = {"accuracy_by_p": curve, "base": base, "gain_at_half": curve["0.5"] - base}
    return Outcome(found[0.0], found[0.5], beside=beside)


def c03(lab: Lab, seed: int) -> Outcome:
    """One round on right completions, against one on as many of the same problems' completions at random."""
    problems, fresh, turn = lab.stories(seed), lab.fresh_stories(seed), Turn(seed, 1)
    groups = first(lab.samples(problems, lab.many, Turn(seed, 0)), lab.k)
    kept, blind = (select(groups, turn) for select in (correct(cap=2), random_like(correct(cap=2))))
    arms = [gold(lab.train(examples, seed), fresh) for examples in (kept, blind)]
    return Outcome(*arms, beside={"kept": len(kept), "base": lab.base(fresh)})


CLAIMS = (
    Claim(
        "C01", "The loop beats a single pass.", "L1-1", "00_the_loop",
        "three rounds of K samples", "one round of 3 K samples", "accuracy on fresh hard stories", c01,
    ),
    Claim(
        "C02", "The ceiling is the filter's quality.", "§0", "00_the_loop",
        "exact verifier", "verifier that is wrong half the time", "accuracy on fresh hard stories", c02,
    ),
    Claim(
        "C03", "Filtering is what teaches.", "§0", "00_the_loop",
        "right completions kept", "as many kept at random", "accuracy on fresh hard stories", c03,
    ),
)  # fmt: skip
