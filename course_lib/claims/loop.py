"""Notebook 00: C01 the loop beats a single pass, C02 the filter's quality is the ceiling, C03 filtering is what teaches."""

from __future__ import annotations

from course_lib.claims.lab import Claim, Lab, Outcome, fewer, gold
from course_lib.score import noisy, verify
from course_lib.select import correct, random_like
from course_lib.statistics import mean
from course_lib.types import Turn

ROUNDS = 3
NOISE = (0.0, 0.1, 0.2, 0.3, 0.5)


def c01(lab: Lab, seed: int) -> Outcome:
    """Three rounds of K, against one round of 3 K: as many samples in all, and a last training of the same length."""
    problems = lab.stories(seed)
    fresh, policy, by_round = lab.fresh_stories(seed, problems), lab.policy, []
    for turn in (Turn(seed, r) for r in range(1, ROUNDS + 1)):
        kept = correct(cap=2)(lab.draw(policy, problems, lab.k, turn), turn)
        policy = lab.train(kept, seed)
        by_round.append(len(kept))
    groups = fewer(lab.samples(problems, lab.many, Turn(seed, 0)), ROUNDS * lab.k)
    many = correct(cap=2 * ROUNDS)(groups, Turn(seed, 1))
    single = lab.train(many, seed)
    beside = {"kept_by_round": by_round, "kept_single": len(many), "base": mean(lab.base(fresh))}
    return Outcome(gold(policy, fresh), gold(single, fresh), beside=beside)


def c02(lab: Lab, seed: int) -> Outcome:
    """One round with a verifier that errs with chance p; the treatment errs never, the control half the time."""
    problems, turn = lab.stories(seed), Turn(seed, 1)
    fresh, groups = lab.fresh_stories(seed, problems), fewer(lab.samples(problems, lab.many, Turn(seed, 0)), lab.k)
    kept = {p: correct(cap=2)(noisy(verify, p)(lab.policy, groups, turn), turn) for p in NOISE}
    found = {p: gold(lab.train(examples, seed), fresh) for p, examples in kept.items()}
    beside = {
        "accuracy_by_p": {str(p): mean(values) for p, values in found.items()},
        "kept_by_p": {str(p): len(examples) for p, examples in kept.items()},
    }
    return Outcome(
        found[0.0], found[0.5], {"wrong half the time, against the base": (found[0.5], lab.base(fresh))}, beside
    )


def c03(lab: Lab, seed: int) -> Outcome:
    """One round on right completions, against one on as many of the same problems' completions at random."""
    problems, turn = lab.stories(seed), Turn(seed, 1)
    fresh, groups = lab.fresh_stories(seed, problems), fewer(lab.samples(problems, lab.many, Turn(seed, 0)), lab.k)
    kept, blind = (select(groups, turn) for select in (correct(cap=2), random_like(correct(cap=2))))
    arms = [gold(lab.train(examples, seed), fresh) for examples in (kept, blind)]
    return Outcome(*arms, {"kept at random, against the base": (arms[1], lab.base(fresh))}, {"kept": len(kept)})


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
