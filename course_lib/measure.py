"""What a policy can do on problems it was not trained on, by gold: the right answer, whatever score the loop used."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable
from functools import partial

from course_lib import progress
from course_lib.answers import normal, parse_answer, path_of, same_answer
from course_lib.errors import need
from course_lib.policy import Policy
from course_lib.rollout import PROMPTS, batches, greedy, sample
from course_lib.statistics import bootstrap, maj_at_k, mean, of_shares, pass_at_k, wilson
from course_lib.types import Completion, Group, Problem

LOGITS = 2**26  # numbers of one batch of logits: 256 MB in float32
SAMPLES = 16  # a problem, for pass@k and all that needs a distribution
WRITTEN = "held-out problems right, drawn at T = 1 (%)"  # what `written` measures, for a figure's axis


def alone(work: Callable[[list], list], items: list) -> list:
    """All of the work is done here; ranks.spread shares it out."""
    return work(items)


def accuracy(
    policy: Policy, problems: list[Problem], max_tokens: int = 160, bar=progress.quiet, spread: Callable = alone
) -> dict:
    """Greedy accuracy with its interval and outcomes."""
    prompts = [p.prompt for p in problems]
    answers = spread(lambda part: greedy(policy, part, max_tokens, bar, "measuring: greedy"), prompts)
    return outcomes(problems, answers)


def drawn(policy: Policy, problems: list[Problem], seed: int, max_tokens: int = 160, bar=progress.quiet) -> list[Group]:
    """One answer to each problem at T = 1: of what the policy writes, where `accuracy` asks for its best."""
    from course_lib.sampling.decode import Sampling

    keys, how = [f"written|{p.id}" for p in problems], Sampling(max_tokens=max_tokens)
    answers = sample(policy, [p.prompt for p in problems], 1, how, seed, keys, bar, "measuring: samples")
    return [Group(p, tuple(a)) for p, a in zip(problems, answers, strict=True)]


def written(policy: Policy, problems: list[Problem], seed: int, max_tokens: int = 160, bar=progress.quiet) -> dict:
    """Accuracy of one drawn answer to each problem, and how long it is."""
    return as_written(drawn(policy, problems, seed, max_tokens, bar))


def as_written(groups: list[Group]) -> dict:
    """The same of answers that are there already: the first of each group."""
    answers = [g.completions_G[0] for g in groups]
    found = outcomes([g.problem for g in groups], answers)
    return found | {"axis": WRITTEN, "tokens": average([float(c.tokens) for c in answers])}


def average(values: list[float]) -> dict:
    """A mean with its bootstrap interval and outcomes; one that could not be judged (NaN) counts in neither, and stays among the
    outcomes, so that they stand in the problems' order."""
    told = [v for v in values if not math.isnan(v)]
    need(bool(told), f"none of {len(values)} values could be judged (all are NaN), so there is no mean to tell.")
    return {"value": mean(told), "interval": list(bootstrap(told)), "n": len(told), "outcomes": values}


def mean_share(values: list[float]) -> dict:
    """A mean of shares, each 0 to 1, with an interval that stays honest where nearly all are alike, and outcomes."""
    return {"value": mean(values), "interval": list(of_shares(values)), "n": len(values), "outcomes": values}


def share(hits: list[int]) -> dict:
    """A share with its Wilson interval and outcomes."""
    return {"value": mean(hits), "interval": list(wilson(sum(hits), len(hits))), "n": len(hits), "outcomes": hits}


def outcomes(problems: list[Problem], answers: list[Completion]) -> dict:
    """Accuracy with its Wilson interval; `outcomes` holds 0 or 1 for each problem, for paired comparisons."""
    right = [int(same_answer(a.text, p.answer)) for p, a in zip(problems, answers, strict=True)]
    return {
        "accuracy": mean(right),
        "interval": list(wilson(sum(right), len(right))),
        "n": len(right),
        "outcomes": right,
    }


def distribution(
    policy: Policy,
    problems: list[Problem],
    seed: int,
    k: int = SAMPLES,
    max_tokens: int = 160,
    bar=progress.quiet,
    spread: Callable = alone,
) -> dict:
    """From `k` samples a problem at T = 1: pass@1, pass@k, maj@k, distinct right paths, entropy, and from the first few of them
    the KL to the base (nats)."""
    from course_lib.sampling.decode import Sampling

    how = Sampling(max_tokens=max_tokens)
    bare = next((p.id for p in problems if p.answer is None), None)
    need(bare is None, f"problem {bare!r} has no right answer, and what is counted here is right answers: give it one.")

    def draw(part: list[Problem]) -> list[list[Completion]]:
        keys = [f"measure|{p.id}" for p in part]
        return sample(policy, [p.prompt for p in part], k, how, seed, keys, bar, "measuring: samples")

    groups = spread(draw, problems)
    rng = random.Random(seed)
    rights = [sum(same_answer(c.text, p.answer) for c in g) for p, g in zip(problems, groups, strict=True)]
    votes = [
        maj_at_k([parse_answer(c.text) for c in g], normal(p.answer), k, rng)
        for p, g in zip(problems, groups, strict=True)
    ]
    return {
        "pass_at_1": mean([pass_at_k(k, r, 1) for r in rights]),
        f"pass_at_{k}": mean([pass_at_k(k, r, k) for r in rights]),
        f"maj_at_{k}": mean(votes),
        "distinct": mean([distinct_paths(p, g) for p, g in zip(problems, groups, strict=True)]),
        "entropy": mean([-c.logprob for g in groups for c in g]),
        "kl": kl_to_base(policy, problems, groups, spread=spread),
        "samples": k * len(problems),
    }


def distinct_paths(problem: Problem, completions: Iterable[Completion]) -> int:
    """How many different right solutions there are among the completions."""
    return len({path_of(c.text) for c in completions if same_answer(c.text, problem.answer)})


def kl_to_base(
    policy: Policy,
    problems: list[Problem],
    groups: list[list[Completion]],
    per_problem: int = 4,
    spread: Callable = alone,
) -> float:
    """KL(policy ‖ base) of whole completions in nats: the mean of log π − log base over the policy's own samples at T = 1."""
    if policy.weights is None:
        return 0.0
    picked = [(p.prompt, c) for p, g in zip(problems, groups, strict=True) for c in g[:per_problem]]
    return mean(spread(partial(log_ratios, policy, policy.base), picked))


def log_ratios(policy: Policy, before, said: list[tuple[str, Completion]]) -> list[float]:
    """log π − log π_before (nats) of the policy's own samples at T = 1, each with its prompt: their mean estimates the KL.

    `before` is a model. An engine rounds otherwise than transformers, so its samples are scored again: both terms then come from
    one place.
    """
    prompts, ids = [prompt for prompt, _ in said], [list(c.ids) for _, c in said]
    then = score_all(policy, before, prompts, ids)
    now = [c.logprob for _, c in said] if policy.engine is None else score_all(policy, policy.model, prompts, ids)
    return [a - b for a, b in zip(now, then, strict=True)]


def logprobs(policy: Policy, model, prompts: list[str], texts: list[str]) -> list[float]:
    """Log-probability (nats) that `model` gives each text, end token included, after its prompt."""
    said = policy.tokenizer(texts, add_special_tokens=False).input_ids if texts else []
    end = policy.end_id()
    return score_all(policy, model, prompts, [[*s, end] for s in said])


def score_all(policy: Policy, model, prompts: list[str], said: list[list[int]]) -> list[float]:
    """`decode.score_tokens` in batches whose logits stay near a quarter of a gigabyte, the longest rows first."""
    from course_lib.sampling.decode import score_tokens

    asked = policy.tokenizer([policy.chat(p) for p in prompts], add_special_tokens=False).input_ids if prompts else []
    order = sorted(range(len(said)), key=lambda i: -len(asked[i]) - len(said[i]))
    longest = len(asked[order[0]]) + len(said[order[0]]) if order else 1
    rows = max(1, min(64, LOGITS // (longest * model.config.vocab_size)))

    def work(chunk: list[int]) -> list[tuple[int, float]]:
        found = score_tokens(model, [asked[i] for i in chunk], [said[i] for i in chunk])
        return list(zip(chunk, found, strict=True))

    scores = dict(pair for done in batches(order, rows, work) for pair in done)
    return [scores[i] for i in range(len(said))]


def next_logprobs(policy: Policy, prompts: list[str], tokens: list[int]) -> list[list[float]]:
    """Log-probability (nats) of each of these tokens as the first of an answer, for every prompt; the longest prompts first."""
    from course_lib.sampling.decode import first_logprobs

    asked = policy.tokenizer([policy.chat(p) for p in prompts], add_special_tokens=False).input_ids if prompts else []
    order = sorted(range(len(asked)), key=lambda i: -len(asked[i]))

    def work(chunk: list[int]) -> list[tuple[int, list[float]]]:
        return list(zip(chunk, first_logprobs(policy.model, [asked[i] for i in chunk], tokens), strict=True))

    found = dict(pair for done in batches(order, PROMPTS, work) for pair in done)
    return [found[i] for i in range(len(asked))]


def held_out(
    problems: list[Problem],
    seed: int,
    sampled: int = 64,
    max_tokens: int = 160,
    bar=progress.quiet,
    spread: Callable = alone,
) -> Callable[[Policy], dict]:
    """The measure the loop calls each round: greedy accuracy on all `problems`, distributions on the first `sampled`.

    `spread(work, items)` may share the work out (ranks.spread).
    """

    def measure(policy: Policy) -> dict:
        few = problems[:sampled]
        return accuracy(policy, problems, max_tokens, bar, spread) | distribution(
            policy, few, seed, max_tokens=max_tokens, bar=bar, spread=spread
        )

    return measure
