"""Notebook 09d: C35, what a KL penalty does for a policy trained on a poor reward model, and what it costs with a good one."""

from __future__ import annotations

from dataclasses import replace

from course_lib.claims.lab import Claim, Lab, Outcome
from course_lib.claims.learned import looped
from course_lib.measure import log_ratios
from course_lib.methods import grpo
from course_lib.policy import Policy
from course_lib.reward import RewardModel, rewarded
from course_lib.score import Score
from course_lib.statistics import mean
from course_lib.tasks.passages import PROMPT
from course_lib.taste import fresh_not_strange, learned, tasted
from course_lib.types import Method
from course_lib.variety import MAX_TOKENS, prompts, written

POOR, GOOD, BETA = 256, 1024, 0.1  # labels, labels, and the weight of the KL
ROUNDS, LR = 8, 1e-3


def c35(lab: Lab, seed: int) -> Outcome:
    """Gold of fresh passages: a policy trained on a poor reward model, held back by a KL and free; and on a good one."""
    n = max(8, lab.problems // 6)
    paid = {labels: max(8, labels * lab.problems // Lab.problems) for labels in (POOR, GOOD)}
    judges = {labels: learned(lab.policy, fresh_not_strange, n, seed=seed) for labels, n in paid.items()}
    scores = {labels: rewarded(model) for labels, model in judges.items()} | {"gold": tasted(fresh_not_strange)}
    arms = [(POOR, 0.0), (POOR, BETA), (GOOD, 0.0), (GOOD, BETA), ("gold", 0.0)]
    runs = {arm: looped(lab, against(lab, scores[arm[0]], *arm), prompts(n), ROUNDS, seed) for arm in arms}
    gold = {arm: worth(lab, policies[-1], seed) for arm, policies in runs.items()}
    base = worth(lab, lab.policy, seed)
    walked = {arm: path(lab, runs[arm], judges[POOR], seed) for arm in arms[:2]}
    stopped = runs[POOR, 0.0][nearest(walked[POOR, 0.0]["d"], walked[POOR, BETA]["d"][-1])]
    also = {
        "poor, free, against the base": (gold[POOR, 0.0], base),
        "poor, held, against the base": (gold[POOR, BETA], base),
        "good, free, against the base": (gold[GOOD, 0.0], base),
        "good, held, against free": (gold[GOOD, BETA], gold[GOOD, 0.0]),
        "good against poor, both held": (gold[GOOD, BETA], gold[POOR, BETA]),
        "poor: held, against free stopped at its distance": (gold[POOR, BETA], worth(lab, stopped, seed)),
        "rewards by gold itself, against the base": (gold["gold", 0.0], base),
    }
    paths = {f"{POOR} labels": walked[POOR, 0.0], f"{POOR} labels, held": walked[POOR, BETA]}
    paths |= {f"{GOOD} labels": path(lab, runs[GOOD, 0.0], judges[GOOD], seed)}
    return Outcome(gold[POOR, BETA], gold[POOR, 0.0], also, {"paths": paths})


def against(lab: Lab, score: Score, labels: int | str, beta: float) -> Method:
    held = {"beta": beta, "reference": lab.policy} if beta else {}
    made = grpo(lab.k, lr=LR, score=score, max_tokens=MAX_TOKENS, **held)
    return replace(made, name=f"grpo taste {labels} {beta:g}")


def worth(lab: Lab, policy: Policy, seed: int) -> list[float]:
    return [fresh_not_strange(c.text) for c in written(policy, lab.fresh, seed)]


def nearest(ds: list[float], d: float) -> int:
    return min(range(len(ds)), key=lambda i: abs(ds[i] - d))


def path(lab: Lab, policies: list[Policy], model: RewardModel, seed: int) -> dict:
    """After each round: distance, proxy and gold of a few fresh passages."""
    found: dict[str, list[float]] = {"d": [], "proxy": [], "gold": []}
    for policy in policies:
        said = written(policy, max(8, lab.fresh // 5), seed)
        nats = mean(log_ratios(policy, lab.policy.model, [(PROMPT, c) for c in said]))
        found["d"].append(max(0.0, nats) ** 0.5)
        found["proxy"].append(mean(model.rewards([(PROMPT, c.text) for c in said])))
        found["gold"].append(mean([fresh_not_strange(c.text) for c in said]))
    return found


CLAIMS = (
    Claim(
        "C35", "A KL penalty keeps a poor reward model from doing harm.", "§6.3", "09d_over_optimisation",
        f"a poor reward model, KL of β = {BETA}", "a poor reward model, free", "gold, 0.25 at most", c35, scale="liking",
    ),
)  # fmt: skip
