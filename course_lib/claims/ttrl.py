"""Notebook 08: C24 learning without labels, C25 past the first vote, C26 a wrong consensus, C27 beyond reach, C28 sharpening; and
C36, a verifier beside a learned judge."""

from __future__ import annotations

import math
from dataclasses import replace

from course_lib.answers import parse_answer, same_answer
from course_lib.claims.lab import Claim, Lab, Outcome
from course_lib.claims.learned import looped
from course_lib.judge import judge
from course_lib.measure import written
from course_lib.methods import grpo, ttrl
from course_lib.pocket.authors import believed
from course_lib.policy import Policy
from course_lib.rollout import samples
from course_lib.score import coin, verify, well_formed
from course_lib.statistics import mean, pass_at_k
from course_lib.tasks.stories import FAR, HARD, stories, without
from course_lib.types import Group, Method, Problem, Turn
from course_lib.votes import by_majority, right_by_vote, vote_log

ROUNDS, FEW, LR, M = 8, 4, 7e-4, 16  # FEW: where two trainings are only set side by side
JUDGED = (3, 4)  # steps that the judge was raised on
MANY = 4  # times M samples of a problem where its distribution is looked at: 64
LONGER = (7, 8)  # steps: more than was trained on
LONG = 320  # tokens: a story of 18 steps fits


def unlabelled(lab: Lab, seed: int, plain: tuple[int, ...] = HARD) -> tuple[list[Problem], list[Problem]]:
    """Plain stories (96, of 5 and 6 steps) and dozen stories (32), to be learned from without their answers."""
    dozen = stories(lab.problems // 6, JUDGED, 7_000_000 + seed, dozen=True)
    return stories(lab.problems // 2, plain, 6_000_000 + seed), dozen


REWARDS = {"vote": by_majority, "coin": coin(), "format": well_formed, "truth": verify}


def rewarded(lab: Lab, arm: str) -> Method:
    return replace(ttrl(M, lab.k, lr=LR, score=REWARDS[arm]), name=f"ttrl {arm}")


def learned(lab: Lab, seed: int, arm: str) -> Policy:
    plain, blind = unlabelled(lab, seed)
    return looped(lab, rewarded(lab, arm), plain + blind, ROUNDS, seed)[-1]


def drawn(policy: Policy, problems: list[Problem], seed: int, k: int = M, max_tokens: int = 160) -> list[Group]:
    """Samples to measure on: of another round than any that was trained on."""
    return samples(k, max_tokens=max_tokens)(policy, problems, Turn(seed, 0))


def right(group: Group) -> int:
    return sum(same_answer(c.text, group.problem.answer) for c in group.completions_G)


def rates(groups: list[Group]) -> list[float]:
    """pass@1 of each problem: the share of its samples that are right."""
    return [right(g) / len(g.completions_G) for g in groups]


def c24(lab: Lab, seed: int) -> Outcome:
    """pass@1 on the unlabelled plain stories after training on votes, and after training on coins."""
    plain, blind = unlabelled(lab, seed)
    fresh = lab.fresh_stories(seed, plain)
    last = {arm: learned(lab, seed, arm) for arm in REWARDS} | {"base": lab.policy}
    same = {arm: rates(drawn(p, plain, seed)) for arm, p in last.items()}
    new = {arm: written(p, fresh, seed)["outcomes"] for arm, p in last.items()}
    votes = [float(right_by_vote(g, Turn(seed, 0))) for g in drawn(lab.policy, plain, seed)]
    also = {
        **{f"the same stories, against {words}": (same["vote"], same[arm]) for arm, words in AGAINST.items()},
        "the same stories, against a vote of the base among 16": (same["vote"], votes),
        **{f"fresh stories, against {words}": (new["vote"], new[arm]) for arm, words in AGAINST_FRESH.items()},
        "a coin, fresh stories, against the base": (new["coin"], new["base"]),
    }
    first = drawn(lab.policy, plain + blind, seed)
    return Outcome(
        same["vote"], same["coin"], also, {"votes_of_the_base": means(vote_log(first, Turn(seed, 0), lab.k))}
    )


def means(log: dict[str, list[float]]) -> dict[str, float]:
    return {name: mean(values) for name, values in log.items()}


AGAINST = {"base": "the base", "format": "a reward for form", "truth": "right answers as labels"}
AGAINST_FRESH = AGAINST | {"coin": "a coin"}


def c25(lab: Lab, seed: int) -> Outcome:
    """pass@1 after TTRL, against a vote among 64 samples of the policy it began with."""
    plain, _ = unlabelled(lab, seed)
    before, after = (drawn(p, plain, seed, MANY * M) for p in (lab.policy, learned(lab, seed, "vote")))
    votes = [[float(right_by_vote(g, Turn(seed, 0))) for g in groups] for groups in (before, after)]
    also = {"a vote after TTRL, against a vote before": (votes[1], votes[0])}
    return Outcome(rates(after), votes[0], also, {"pass_at_1_before": mean(rates(before))})


def wrong_consensus(groups: list[Group]) -> list[float]:
    """Of each dozen story's samples, the share that gives the answer of a dozen taken for 10."""
    return [mean([float(parse_answer(c.text) == believed(g.problem)) for c in g.completions_G]) for g in groups]


def c26(lab: Lab, seed: int) -> Outcome:
    """The share of the wrong consensus on dozen stories: after training on votes, and after training on coins."""
    plain, blind = unlabelled(lab, seed)
    other = stories(len(plain), JUDGED, 8_000_000 + seed, dozen=True)
    policies = lab.policy, learned(lab, seed, "vote"), learned(lab, seed, "coin")
    before, after, tossed = (drawn(p, blind, seed) for p in policies)
    new = [wrong_consensus(drawn(p, other, seed)) for p in policies]
    also = {
        "against the base": (wrong_consensus(after), wrong_consensus(before)),
        "a coin, against the base": (wrong_consensus(tossed), wrong_consensus(before)),
        "fresh dozen stories, against the base": (new[1], new[0]),
        "dozen stories right, against the base": (rates(after), rates(before)),
    }
    return Outcome(wrong_consensus(after), wrong_consensus(tossed), also)


def c27(lab: Lab, seed: int) -> Outcome:
    """What TTRL gains in pass@1 on stories within reach, and on as many far beyond it, each trained on by itself and alike."""
    n = max(2, lab.problems // 12)
    method = replace(ttrl(M, lab.k, lr=LR, batch=2 * lab.k, max_tokens=LONG), name="ttrl alone")
    gains, votes = [], {}
    for name, told in (("near", stories(n, HARD, 9_100_000 + seed)), ("far", stories(n, FAR, 9_000_000 + seed))):
        after = looped(lab, method, told, FEW, seed)[-1]
        groups = drawn(lab.policy, told, seed, M, LONG)
        gains.append([b - a for a, b in zip(rates(groups), rates(drawn(after, told, seed, M, LONG)), strict=True)])
        votes[f"votes_{name}"] = means(vote_log(groups, Turn(seed, 0), lab.k))
    none = [0.0] * n
    also = {"within reach, against the base": (gains[0], none), "far beyond reach, against the base": (gains[1], none)}
    return Outcome(*gains, also, votes)


def passes(groups: list[Group], k: int) -> list[float]:
    return [pass_at_k(len(g.completions_G), right(g), k) for g in groups]


def c28(lab: Lab, seed: int) -> Outcome:
    """What TTRL adds to pass@1, and what it adds to pass@64, on fresh stories; on longer ones, where 64 samples need not hold a
    right one, each by itself."""
    plain, _ = unlabelled(lab, seed)
    last, k, n = learned(lab, seed, "vote"), MANY * M, len(plain)
    hard, longer = (lab.fresh_stories(seed, plain, levels)[:n] for levels in (HARD, LONGER))
    arms = (lab.policy, last, learned(lab, seed, "truth"))
    before, after, truth = (drawn(p, hard, seed, k) for p in arms)
    start, far, far_by_truth = (drawn(p, longer, seed, k, LONG) for p in arms)
    one, many = ([b - a for a, b in zip(passes(before, i), passes(after, i), strict=True)] for i in (1, k))
    also = {
        "pass@1, against the base": (passes(after, 1), passes(before, 1)),
        "pass@64, against the base": (passes(after, k), passes(before, k)),
        "pass@64 with right answers as labels, against the base": (passes(truth, k), passes(before, k)),
        "stories of 7 and 8 steps, pass@1 against the base": (passes(far, 1), passes(start, 1)),
        "stories of 7 and 8 steps, pass@64 against the base": (passes(far, k), passes(start, k)),
        "stories of 7 and 8 steps, with right answers as labels, pass@1 against the base": (
            passes(far_by_truth, 1),
            passes(start, 1),
        ),
        "stories of 7 and 8 steps, with right answers as labels, pass@64 against the base": (
            passes(far_by_truth, k),
            passes(start, k),
        ),
    }
    beside = {
        "entropy_before": entropy(before),
        "entropy_after": entropy(after),
        "pass_at_64_before": mean(passes(before, k)),
    }
    return Outcome(one, many, also, beside)


def entropy(groups: list[Group]) -> float:
    """Nats of a whole completion."""
    return mean([-c.logprob for g in groups for c in g.completions_G])


def c36(lab: Lab, seed: int) -> Outcome:
    """Gold on fresh stories, a quarter with a dozen: after rewards by a verifier, and after rewards by a learned judge."""
    plain, blind = unlabelled(lab, seed, JUDGED)
    fresh = without(stories(4 * len(plain), JUDGED, 8_500_000 + seed), plain)
    other = without(stories(4 * len(blind), JUDGED, 8_600_000 + seed, dozen=True), blind)
    by_judge = judge(1, by=lab.policy, say=lambda text: None)
    arms = {"verifier": grpo(lab.k, lr=LR), "judge": replace(grpo(lab.k, lr=LR, score=by_judge), name="grpo judge")}
    last = {name: looped(lab, m, plain + blind, FEW, seed)[-1] for name, m in arms.items()} | {"base": lab.policy}
    told = {name: drawn(p, fresh + other, seed, 2) for name, p in last.items()}
    gold, n = {name: rates(groups) for name, groups in told.items()}, len(fresh)
    proxy = pointed(*(by_judge(lab.policy, told[name], Turn(seed, 0)) for name in ("judge", "base")))
    also = {
        "plain stories: verifier, against judge": (gold["verifier"][:n], gold["judge"][:n]),
        "dozen stories: verifier, against judge": (gold["verifier"][n:], gold["judge"][n:]),
        "the judge's points (share of 5) after training on them, against the base": proxy,
        "gold after training on the judge, against the base": (gold["judge"], gold["base"]),
        "dozen stories after training on the judge, against the base": (gold["judge"][n:], gold["base"][n:]),
    }
    return Outcome(gold["verifier"], gold["judge"], also)


def pointed(first: list[Group], second: list[Group]) -> tuple[list[float], list[float]]:
    """The mean points, as a share of 5, of both sides of each problem; one that could not be judged on a side is left out."""
    points = [[[s for s in g.scores_G if not math.isnan(s)] for g in groups] for groups in (first, second)]
    both = [(a, b) for a, b in zip(*points, strict=True) if a and b]
    return [mean(a) / 5 for a, _ in both], [mean(b) / 5 for _, b in both]


CLAIMS = (
    Claim(
        "C24", "TTRL improves without labels.", "§8.1", "08_ttrl",
        "rewards by majority vote", "rewards by a coin", "pass@1 on the unlabelled stories", c24,
    ),
    Claim(
        "C25", "TTRL is not capped by the vote it begins with.", "§8.1", "08_ttrl",
        "pass@1 after TTRL", "a vote among 64 samples before it", "unlabelled stories right", c25,
    ),
    Claim(
        "C26", "TTRL reinforces a wrong consensus.", "§8.1", "08_ttrl",
        "rewards by majority vote", "rewards by a coin", "samples of dozen stories that give the wrong consensus", c26,
    ),
    Claim(
        "C27", "TTRL is near-useless beyond reach.", "§8.1", "08_ttrl",
        "stories within reach", "stories far beyond reach", "gain in pass@1 over the base", c27,
    ),
    Claim(
        "C28", "RL sharpens: pass@1 rises, pass@64 does not.", "§8.1", "08_ttrl",
        "pass@1", "pass@64", "gain over the base, fresh stories of 5 and 6 steps", c28,
    ),
    Claim(
        "C36", "A verifier is safer than a learned judge.", "Q6", "08_ttrl",
        "rewards by a verifier", "rewards by a learned judge", "samples right, fresh stories, a quarter with a dozen", c36,
    ),
)  # fmt: skip
