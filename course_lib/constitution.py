"""A written rule in the place of a label. Bai et al. 2022, Constitutional AI, arXiv 2212.08073, §3.1 and §4.1.

Kept: a principle is drawn for each pass; the model criticises its reply under it and rewrites it, several times over; and it
says which of two replies keeps better to a principle, as the probabilities of the two letters, which make a soft label.
Simplified: no examples in the prompts; no reasons before the letter, so `clamp` is off unless asked for (the paper holds labels
that follow reasons between 0.4 and 0.6).
Added: two replies are asked about in both orders and averaged, for a letter may be liked for its place.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import replace

from course_lib import progress
from course_lib.errors import need, need_between, need_count
from course_lib.measure import next_logprobs
from course_lib.policy import Policy
from course_lib.rollout import sample
from course_lib.score import Score
from course_lib.statistics import mean
from course_lib.tasks.house_rules import PRINCIPLES
from course_lib.types import Completion, Group, Problem, Turn
from course_lib.wording import TOWN


def read_constitution(text: str) -> tuple[str, ...]:
    """The principles in a text, one a line. Raises CourseError when there is none."""
    principles = tuple(line.strip() for line in text.splitlines() if line.strip())
    check_principles(principles)
    return principles


def check_principles(principles: tuple[str, ...]) -> None:
    need(len(principles) > 0, "the constitution is empty: write at least one principle.")
    blank = next((i for i, p in enumerate(principles, 1) if not p.strip()), None)
    need(blank is None, f"principle {blank} of the constitution is empty: write it, or take it out.")


def need_understood(policy: Policy, principles: tuple[str, ...]) -> None:
    """Refuse what the pocket model was not raised on: it would follow one of its own principles in the place of this one."""
    if policy.wording != TOWN:
        return
    known = {p.rstrip(".").lower() for p in PRINCIPLES}
    odd = next((p for p in principles if p.rstrip(".").lower() not in known), None)
    need(
        odd is None,
        f"the pocket model does not understand {odd!r}, and would follow another principle: take one of its four "
        f"({' '.join(PRINCIPLES)}), or a real model.",
    )


def constitution(
    principles: tuple[str, ...],
    passes: int = 1,
    temperature: float = 1.0,
    max_tokens: int = 160,
    spare: Callable[[Problem], bool] = lambda request: False,
    bar=progress.quiet,
) -> Callable[..., list[Group]]:
    """The revise slot of SL-CAI: each reply is criticised under a principle and rewritten, `passes` times over.

    What comes out joins the group with score 1; the reply it was made from stays, with score 0. So `correct()` keeps the
    rewritten ones, and `best_worst()` pairs each with its draft. Requests to `spare` keep their replies, with score 1.
    """
    from course_lib.sampling.decode import Sampling

    check_principles(principles)
    need_count("passes", passes)
    how = Sampling(temperature, max_tokens=max_tokens)
    how.check()

    def revise(policy: Policy, groups: list[Group], turn: Turn) -> list[Group]:
        need_understood(policy, principles)
        told = [g for g in groups if not spare(g.problem)]
        asked = [(g.problem.prompt, f"{g.problem.id}|{i}") for g in told for i in range(len(g.completions_G))]
        replies = [c for g in told for c in g.completions_G]
        for n in range(1, passes + 1):
            rules = [principle_of(principles, turn, key, n) for _, key in asked]
            replies = one_pass(policy, asked, replies, rules, turn, n, how, bar)
        left = iter(replies)
        return [spared(g) if spare(g.problem) else with_rewritten(g, left) for g in groups]

    return revise


def principle_of(principles: tuple[str, ...], turn: Turn, key: str, n: int) -> str:
    """The principle that the lot gives to pass `n` over the reply called `key`."""
    return random.Random(f"principle-{turn.seed}-{turn.round}-{key}-{n}").choice(principles)


def one_pass(policy: Policy, asked, replies: list[Completion], rules, turn: Turn, n: int, how, bar) -> list[Completion]:
    """Criticise each reply under its principle, then rewrite it with the critique in sight."""

    def ask(what: str, prompts: list[str], keys: list[str]) -> list[Completion]:
        keys = [f"{turn.round}|{what} {n}|{key}" for key in keys]
        return [c for (c,) in sample(policy, prompts, 1, how, turn.seed, keys, bar, f"round {turn.round}: {what} {n}")]

    told, keys = list(zip(asked, replies, rules, strict=True)), [key for _, key in asked]
    critiques = ask("critique", [policy.wording.critique(prompt, c.text, rule) for (prompt, _), c, rule in told], keys)
    both = zip(told, critiques, strict=True)
    return ask(
        "revision",
        [policy.wording.revise(prompt, c.text, rule, said.text) for ((prompt, _), c, rule), said in both],
        keys,
    )


def spared(group: Group) -> Group:
    return replace(group, scores_G=(1.0,) * len(group.completions_G))


def with_rewritten(group: Group, left: Iterator[Completion]) -> Group:
    drafts = group.completions_G
    rewritten = tuple(next(left) for _ in drafts)
    return replace(group, completions_G=drafts + rewritten, scores_G=(0.0,) * len(drafts) + (1.0,) * len(rewritten))


def by_principle(principles: tuple[str, ...], clamp: float = 0.0, by: Policy | None = None) -> Score:
    """The score slot of RL-CAI: the mean chance that a reply keeps better to a principle than each other of its group.

    With two replies that is the soft label of the pair. `clamp` c holds every comparison in [c, 1 − c].
    """
    check_principles(principles)
    need_between("clamp", clamp, 0.0, 0.5)

    def score(policy: Policy, groups: list[Group], turn: Turn) -> list[Group]:
        need_understood(by or policy, principles)
        duels = [
            (g, i, j, principle_of(principles, turn, f"{g.problem.id}|{i}|{j}", 0))
            for g in groups
            for i in range(len(g.completions_G))
            for j in range(i + 1, len(g.completions_G))
        ]
        won = preferences(by or policy, [(g.problem.prompt, *texts(g, i, j), rule) for g, i, j, rule in duels])
        found: dict[str, list[list[float]]] = {g.problem.id: [[] for _ in g.completions_G] for g in groups}
        for (g, i, j, _), p in zip(duels, won, strict=True):
            p = min(1 - clamp, max(clamp, p))
            found[g.problem.id][i].append(p)
            found[g.problem.id][j].append(1 - p)
        return [replace(g, scores_G=tuple(mean(p) if p else 0.5 for p in found[g.problem.id])) for g in groups]

    return score


def texts(group: Group, i: int, j: int) -> tuple[str, str]:
    return group.completions_G[i].text, group.completions_G[j].text


def preferences(policy: Policy, asked: list[tuple[str, str, str, str]]) -> list[float]:
    """For each (request, a, b, principle) the chance that a keeps better to the principle, averaged over both orders."""
    prefer = policy.wording.prefer
    first = chance_of_a(policy, [prefer(request, a, b, rule) for request, a, b, rule in asked])
    second = chance_of_a(policy, [prefer(request, b, a, rule) for request, a, b, rule in asked])
    return [both_orders(p, q) for p, q in zip(first, second, strict=True)]


def both_orders(p: float, q: float) -> float:
    """The chance that a is better: 'A' has probability p when a is shown as A, and q when b is."""
    return (p + 1 - q) / 2


def chance_of_a(policy: Policy, prompts: list[str]) -> list[float]:
    """Of the two letters that an answer may begin with, the share that the policy gives to 'A'."""
    letters = [policy.tokenizer(letter, add_special_tokens=False).input_ids[0] for letter in "AB"]
    both = next_logprobs(policy, prompts, letters)
    return [1 / (1 + math.exp(min(700.0, b - a))) for a, b in both]
