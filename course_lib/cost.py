"""What a run costs, told before it begins: answers and tokens at most, minutes, memory.

Counts are arithmetic on the method's own settings: every answer as long as it may be, every problem retried, as many kept as the
filter lets through. Minutes come from a short probe of this model on this device. Memory is computed (footprint.py).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from course_lib.errors import need, need_count
from course_lib.policy import Policy
from course_lib.reward import RewardModel
from course_lib.rollout import PROMPTS, ROWS, sample
from course_lib.run.fingerprint import enclosed
from course_lib.statistics import mean
from course_lib.types import Method, Problem

FASTER = 1.2  # what a larger batch must be worth for the next to be tried
PROBE_TOKENS = 32
BACK = 3  # a training step takes about three passes forward: one, and two back
FEW_ROWS = 4  # of the pass that is timed, on a CPU
STEP_ROWS = 32  # the same on a GPU, which takes as long for a few rows as for a step's


@dataclass(frozen=True)
class Plan:
    """What a method does with a problem: answers sampled, others written at most (retries, critiques, revisions, judgements),
    answers kept at most (two of a pair), passes over those; the most tokens of an answer, and of another."""

    k: int
    more: int
    kept: int
    passes: int
    longest: int
    others: int


@dataclass(frozen=True)
class Work:
    """At most: answers, their tokens, and the tokens that training reads, prompts included and as often as they are passed."""

    answers: int
    sampled: int
    trained: int


@dataclass(frozen=True)
class Speed:
    """Tokens a second as a probe found them: sampled in a batch, and trained on."""

    sampled: float
    trained: float

    def minutes(self, work: Work) -> float:
        return (work.sampled / self.sampled + work.trained / self.trained) / 60


def plan_of(method: Method) -> Plan:
    """Read off what the method's slots were made with. Raises CourseError for a rollout other than samples(k)."""
    slots = (method.rollout, method.score, method.revise, method.select, method.train)
    roll, score, revise, select, train = map(enclosed, slots)
    need(
        "k" in roll, f"{method.name!r} has a rollout of its own, so its cost can't be told: it is read from samples(k)."
    )
    k, retries = roll["k"], revise.get("k", 0)
    rewritten = 2 * k * revise.get("passes", 0)  # a critique and a revision
    judged = k * score.get("n", 0)
    kept = min(limit for limit in (select.get("cap"), select.get("g"), k + retries) if limit)
    kept = 2 if "nll" in train else kept  # the two of a pair
    passes, longest = train.get("epochs", 1) * len(train.get("taus", "1")), limit(roll)
    others = max(map(limit, (score, revise, enclosed(revise.get("critic")))))
    return Plan(k, retries + rewritten + judged, kept, passes, longest, others or longest)


def limit(made: dict[str, Any]) -> int:
    """The most tokens that a slot which was made with this samples at a time; 0 where it samples nothing."""
    return getattr(made.get("how"), "max_tokens", 0)


def reward_of(method: Method) -> RewardModel | None:
    """The learned reward that scores, if one does: a model of its own."""
    return next((v for v in enclosed(method.score).values() if isinstance(v, RewardModel)), None)


def work_of(
    plan: Plan, problems: int, measured: int, rounds: int, prompt: float, max_tokens: int, control: bool = True
) -> Work:
    """Of a method and its control, which share the first round up to selecting.

    `measured` answers, of `max_tokens` each, are drawn before the first round and after each of either. `prompt` is a prompt's
    mean length in tokens. A judgement or a critique counts as an answer: as long as one may be.
    """
    need_count("rounds", rounds)
    arms = 2 if control else 1
    times = (arms * rounds - (arms - 1)) * problems
    measured *= arms * rounds + 1
    tokens = times * (plan.k * plan.longest + plan.more * plan.others) + measured * max_tokens
    trained = arms * rounds * problems * plan.kept * plan.passes * (prompt + plan.longest)
    return Work(times * (plan.k + plan.more) + measured, tokens, round(trained))


def probe(policy: Policy, prompts: list[str], k: int, seconds: float = 2.0) -> Speed:
    """Batches that grow as long as that makes them faster, and one takes less than `seconds`; then a pass over a few answers.

    A GPU's step takes as long for one row as for many: small batches would say that a run takes hours.
    """
    from course_lib.sampling.decode import Sampling, first_logprobs

    sample(policy, prompts[:1], 1, Sampling(max_tokens=2), 0)  # the first call loads kernels
    n, most, rate = 1, min(len(prompts), PROMPTS, max(1, ROWS // k)), 0.0
    while True:
        took, drawn = timed(sample, policy, prompts[:n], k, Sampling(max_tokens=PROBE_TOKENS), 0)
        before, rate = rate, sum(c.tokens for group in drawn for c in group) / took
        if n == most or took > seconds or rate < FASTER * before:
            break
        n = min(8 * n, most)
    few = FEW_ROWS if policy.base.device.type == "cpu" else STEP_ROWS
    asked = policy.tokenizer(policy.chat(prompts[0]), add_special_tokens=False).input_ids
    rows = [asked + list(c.ids) for group in drawn for c in group][:few]
    passed, _ = timed(first_logprobs, policy.model, rows, [0])
    return Speed(max(rate, before), sum(map(len, rows)) / (passed * with_head(policy.base)) / BACK)


def with_head(model) -> float:
    """What a pass takes beside one that leaves out all logits but the last: those of 32 rows may be too many to hold."""
    head = model.get_output_embeddings()
    numbers, tied = head.in_features * head.out_features, head.weight is model.get_input_embeddings().weight
    return 1 + numbers / (model.num_parameters() - numbers * (1 if tied else 2))


def timed(work, *given):
    """(seconds, what it gave): both of what is timed here end in a list of numbers, so nothing is left running on a GPU."""
    began = time.perf_counter()
    found = work(*given)
    return max(1e-9, time.perf_counter() - began), found


def prompt_tokens(policy: Policy, problems: list[Problem]) -> float:
    """The mean length of the problems' prompts, as the chat template renders them."""
    rendered = [policy.chat(p.prompt) for p in problems]
    return mean([len(ids) for ids in policy.tokenizer(rendered, add_special_tokens=False).input_ids])
