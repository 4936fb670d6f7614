"""The select slot: from scored groups to what is trained on. Pure functions, and a matched random control for each.

scores 1 0 1 1, the first and third completion the same path:
correct() keeps three, distinct_correct() two, random_like(correct()) any three; best_worst() a pair, a 1 over the 0.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from course_lib.answers import path_of
from course_lib.errors import need, need_between, need_count
from course_lib.statistics import mean
from course_lib.types import Example, Group, Pair, Turn

Select = Callable[[list[Group], Turn], list[Example] | list[Pair]]


def as_example(group: Group, i: int) -> Example:
    """The i-th completion of a group as something to imitate, under the problem's plain prompt."""
    problem, completion = group.problem, group.completions_G[i]
    return Example(problem.prompt, completion.text, group.scores_G[i], problem.id, problem.level, completion.hinted)


def above(threshold: float, cap: int | None = None) -> Select:
    """Every completion that scored more than `threshold`, at most `cap` a problem, in the order sampled.

    A completion that was cut at the token limit has no end to learn, and is never kept.
    """
    if cap is not None:
        need_count("cap", cap)

    def select(groups: list[Group], turn: Turn) -> list[Example]:
        return [as_example(g, i) for g in groups for i in passing(g, threshold)[:cap]]

    return select


def passing(group: Group, threshold: float) -> list[int]:
    pairs = enumerate(zip(group.completions_G, group.scores_G, strict=True))
    return [i for i, (c, score) in pairs if score > threshold and c.finished]


def correct(cap: int | None = None) -> Select:
    """Every right completion (score above one half: a 0/1 verifier's yes)."""
    return above(0.5, cap)


def threshold(tau: float, cap: int | None = None) -> Select:
    """Completions with a graded reward above `tau` in [0, 1) (ReST's filter, arXiv 2308.08998 §3)."""
    need_between("τ", tau, 0.0, 0.9999)
    return above(tau, cap)


def distinct_correct(cap: int | None = None) -> Select:
    """Right completions, one for each distinct path of a problem (RFT, arXiv 2308.01825 §3.3)."""
    if cap is not None:
        need_count("cap", cap)

    def select(groups: list[Group], turn: Turn) -> list[Example]:
        return [as_example(g, i) for g in groups for i in first_of_each_path(g)[:cap]]

    return select


def first_of_each_path(group: Group) -> list[int]:
    first: dict[str, int] = {}
    for i in passing(group, 0.5):
        first.setdefault(path_of(group.completions_G[i].text), i)
    return list(first.values())


def top_k(k: int, least: float = -math.inf) -> Select:
    """The `k` best of each problem that score more than `least`; among equals those the policy itself finds likeliest."""
    need_count("k", k)

    def select(groups: list[Group], turn: Turn) -> list[Example]:
        return [as_example(g, i) for g in groups for i in ranked(g, least)[:k]]

    return select


def ranked(group: Group, least: float) -> list[int]:
    """Completions that may be kept, the best first."""
    return sorted(
        (i for i in judged(group) if group.scores_G[i] > least),
        key=lambda i: (-group.scores_G[i], -group.completions_G[i].logprob),
    )


def most_varied(groups: list[Group], turn: Turn) -> list[Example]:
    """One completion of each problem, whose words were kept least often so far: a bonus for diversity, and nothing else."""
    kept, seen = [], Counter()
    for group in groups:
        worth = {i: mean([1 / (1 + seen[word]) for word in words(group, i)]) for i in judged(group)}
        if worth:
            best = max(worth, key=worth.get)
            seen.update(words(group, best))
            kept.append(as_example(group, best))
    return kept


def words(group: Group, i: int) -> list[str]:
    return re.findall(r"\w+", group.completions_G[i].text)


def best_worst(least: float = 0.0) -> Select:
    """A pair for each problem: its best completion rather than its worst (Self-Rewarding, arXiv 2401.10020 §2.3).

    Where all score alike or say the same, or the two lie no more than `least` apart, there is none; nor is one that was cut at
    the token limit, or could not be judged, in a pair.
    """
    need(least >= 0, f"least is {least}: give 0 or more, in the score's own unit.")

    def select(groups: list[Group], turn: Turn) -> list[Pair]:
        ends = [(g, sorted(judged(g), key=lambda i, g=g: g.scores_G[i])) for g in groups]
        apart = [(g, by[-1], by[0]) for g, by in ends if by and g.scores_G[by[-1]] - g.scores_G[by[0]] > least]
        pairs = [as_pair(g, yes, no) for g, yes, no in apart]
        return [p for p in pairs if p.chosen != p.rejected]

    return select


def against(given: dict[str, str]) -> Select:
    """A pair for each completion: the answer given for its problem (by id) rather than the policy's own (SPIN, arXiv 2401.01335).

    A completion that is the given answer word for word makes no pair, nor does one that was cut at the token limit: trained
    on as if it ended there, it would teach that ending early is what the policy does wrong.
    """

    def select(groups: list[Group], turn: Turn) -> list[Pair]:
        missing = [g.problem.id for g in groups if g.problem.id not in given]
        need(
            not missing, f"no answer is given for problem {missing[0] if missing else ''}: give one for every problem."
        )
        rows = [(g.problem, given[g.problem.id], c) for g in groups for c in g.completions_G]
        return [Pair(p.prompt, ours, c.text, p.id, p.level) for p, ours, c in rows if c.finished and c.text != ours]

    return select


def drafts(groups: list[Group], turn: Turn) -> list[Example]:
    """The first completion of each group: what stood there before anything was rewritten."""
    return [as_example(g, 0) for g in groups if g.completions_G[0].finished]


def with_signal(groups: list[Group], turn: Turn | None = None) -> list[Group]:
    """The groups whose scores differ: only these tell a policy gradient anything. What could not be judged is left out."""
    return [g for g in map(only_judged, groups) if differs(g)]


def only_judged(group: Group) -> Group:
    """The group without the completions that have no score (NaN)."""
    keep = [i for i, score in enumerate(group.scores_G) if not math.isnan(score)]
    if len(keep) == len(group.scores_G):
        return group
    said, scores = (tuple(each[i] for i in keep) for each in (group.completions_G, group.scores_G))
    return replace(group, completions_G=said, scores_G=scores)


def first_with_signal(g: int) -> Callable[[list[Group], Turn], list[Group]]:
    """The first `g` completions of each group, where their scores differ: the rest only voted (TTRL, arXiv 2504.16084, §3.1)."""
    need_count("G", g)
    need(g > 1, f"G is {g}: an answer is compared with others of its problem, so train on 2 or more.")

    def select(groups: list[Group], turn: Turn) -> list[Group]:
        return with_signal([first(group, g) for group in groups], turn)

    return select


def first(group: Group, g: int | None) -> Group:
    """The group's first `g` completions with their scores; all of them for None."""
    return replace(group, completions_G=group.completions_G[:g], scores_G=group.scores_G[:g])


def differs(group: Group) -> bool:
    """Do its scores differ?"""
    return len(set(group.scores_G)) > 1


def judged(group: Group) -> list[int]:
    pairs = enumerate(zip(group.completions_G, group.scores_G, strict=True))
    return [i for i, (c, score) in pairs if c.finished and not math.isnan(score)]


def as_pair(group: Group, chosen: int, rejected: int) -> Pair:
    problem, texts = group.problem, [c.text for c in group.completions_G]
    return Pair(problem.prompt, texts[chosen], texts[rejected], problem.id, problem.level)


def random_like(select: Select) -> Select:
    """The matched control: for each problem as many examples as `select` would keep, drawn at random from its completions.

    The examples drawn carry the scores of those they stand in for: a later step that reads scores (ReST's rising τ) then
    also keeps as many, and as blindly. A pair stays, and a coin says which of the two is chosen; a whole group stays, and its
    scores are dealt out anew.
    """

    def at_random(groups: list[Group], turn: Turn) -> list[Example] | list[Pair] | list[Group]:
        rng = random.Random(f"control-{turn.seed}-{turn.round}")
        return [e for g in groups for e in stand_ins(rng, g, select([g], turn))]

    return at_random


def stand_ins(rng: random.Random, group: Group, kept: list) -> list:
    finished = [i for i, c in enumerate(group.completions_G) if c.finished]
    if kept and isinstance(kept[0], Group):
        return [replace(g, scores_G=tuple(rng.sample(g.scores_G, len(g.scores_G)))) for g in kept]
    if kept and isinstance(kept[0], Pair):
        return [p if rng.random() < 0.5 else replace(p, chosen=p.rejected, rejected=p.chosen) for p in kept]
    picks = rng.sample(finished, min(len(kept), len(finished)))
    return [replace(as_example(group, i), score=e.score) for i, e in zip(picks, kept, strict=False)]
