"""What a run folder shows of its run, policy by policy: score, gold, diversity and KL. No model is loaded.

    RUN/method/03/score.jsonl    answers of policy 2, sampled and scored in round 3
    RUN/method/03/measure.json   what policy 3 can do on held-out problems

A gold label is what a person would have to give, so a reader says how many each policy may cost: half go to held-out problems, a
quarter to answers drawn by lot from those trained on, a quarter to those that the score likes best. Held-out problems and places
drawn by lot are the same for every policy: they compare in pairs.
"""

from __future__ import annotations

import json
import math
import random
import re
from dataclasses import dataclass
from pathlib import Path

from course_lib.errors import need, need_count
from course_lib.record import read_group, read_lines, rounds_of
from course_lib.score import right
from course_lib.sealed import finished
from course_lib.statistics import mean
from course_lib.tasks import toolbox
from course_lib.types import Group, Problem

LABELS = 256  # gold labels a policy
SHOWN = 8  # of the answers that the score likes best, also where none is labelled
TOKEN = re.compile(r"\d+|[^\W\d]+|[^\w\s]")  # a number, a word or a sign
NO_RUN = "{folder} holds no run to inspect: give the folder that `course star --out` or a notebook's run wrote to."


@dataclass(frozen=True)
class Answer:
    """An answer that was looked at: what the run's score says of it, and what gold does; None where it was not asked."""

    problem: Problem
    text: str
    score: float
    gold: float | None


@dataclass(frozen=True)
class Reading:
    """What is known of one policy; () and None where the run does not say. It trains on P problems, with K answers to each."""

    round: int  # rounds of training behind it
    scores_PK: tuple[tuple[float, ...], ...] = ()  # the proxy; NaN where a judge could not be read
    nats_P: tuple[float, ...] = ()  # entropy: the mean of −log p over the answers' tokens
    distinct_P: tuple[float, ...] = ()  # share of the answers that are different texts
    repeated_P: tuple[float, ...] = ()  # share of an answer's runs of four tokens that stood in it before
    drawn: tuple[Answer, ...] = ()  # by lot, at the same places for every policy, all of them labelled
    best: tuple[Answer, ...] = ()  # the highest scores, one answer a problem, the highest first
    held_out: tuple[float, ...] = ()  # gold, of the same held-out problems for every policy
    kl: float | None = None  # to the policy that the run began with, nats an answer

    @property
    def means(self) -> list[float]:
        """The mean score of each problem; NaN where none of its answers could be judged."""
        known = [[s for s in row if not math.isnan(s)] for row in self.scores_PK]
        return [mean(row) if row else math.nan for row in known]

    @property
    def level(self) -> float:
        """The mean score."""
        return mean([m for m in self.means if not math.isnan(m)])

    @property
    def labels(self) -> int:
        """Gold labels that were looked at."""
        return len(self.held_out) + sum(a.gold is not None for a in (*self.drawn, *self.best))


@dataclass(frozen=True)
class Evidence:
    """A run, as far as it got: one reading for each policy, and the held-out gold of its control's, where there is one."""

    name: str
    readings: tuple[Reading, ...]
    control: tuple[tuple[float, ...], ...] = ()
    axis: str = "held-out problems, by gold"
    gold: int = LABELS
    seed: int = 0

    @property
    def sampled(self) -> tuple[Reading, ...]:
        """Those of policies that went on to sample a round: all but the last of a run that came to its end."""
        return tuple(r for r in self.readings if r.scores_PK)


def evidence(folder: Path | str, gold: int = LABELS, seed: int = 0) -> Evidence:
    """Open a run's folder, or one arm of it, with `gold` labels a policy drawn by `seed`. CourseError if no phase has ended."""
    need_count("gold labels", gold, least=0)
    folder = Path(folder)
    arm = folder / "method" if (folder / "method").is_dir() else folder
    rounds = range(1 + max((int(p.name) for p in rounds_of(arm)), default=-1))
    told, groups = [measured(arm, i) for i in rounds], [scored(arm, i + 1) for i in rounds]
    worst = min((s for each in groups for g in each for s in g.scores_G if not math.isnan(s)), default=0.0)
    found = [reading(i, told[i], groups[i], worst, gold, seed) for i in rounds]
    readings = tuple(r for r in found if r.scores_PK or told[r.round])
    need(bool(readings), NO_RUN.format(folder=folder))
    twin = [measured(folder / "control", i) for i in rounds]
    control = tuple(held_out(m, gold, seed) for m in twin if m)
    axis = next((m["axis"] for m in told if "axis" in m), Evidence.axis)
    return Evidence(folder.name, readings, control, axis, gold, seed)


def reading(i: int, told: dict, groups: list[Group], worst: float, gold: int, seed: int) -> Reading:
    """The policy after `i` rounds, from what was measured then and from what it sampled in the round that followed."""
    kl = told.get("kl")
    return Reading(
        i,
        tuple(g.scores_G for g in groups),
        tuple(map(nats, groups)) if any(c.logprob for g in groups for c in g.completions_G) else (),
        tuple(len({c.text for c in g.completions_G}) / len(g.completions_G) for g in groups),
        tuple(mean([repeated(c.text) for c in g.completions_G]) for g in groups),
        by_lot(groups, gold // 4, random.Random(f"drawn-{seed}")),
        liked_best(groups, worst, gold // 4, random.Random(f"best-{seed}-{i}")),
        held_out(told, gold, seed),
        kl["value"] if isinstance(kl, dict) else kl,
    )


def measured(arm: Path, i: int) -> dict:
    path = arm / f"{i:02d}" / "measure.json"
    return json.loads(path.read_text(encoding="utf-8")) if finished(path) else {}


def scored(arm: Path, i: int) -> list[Group]:
    path = arm / f"{i:02d}" / "score.jsonl"
    return read_lines(path, read_group) if finished(path) else []


def held_out(told: dict, gold: int, seed: int) -> tuple[float, ...]:
    """The outcomes that half of the labels buy: of problems drawn by lot, one answer to each."""
    outcomes, rng = told.get("outcomes", []), random.Random(f"held-out-{seed}")
    n = told.get("n", len(outcomes))
    each = len(outcomes) // n if n else 0  # answers to a problem
    picked = rng.sample(range(n), min(n, gold - 2 * (gold // 4))) if each else []
    return tuple(float(outcomes[each * i + rng.randrange(each)]) for i in picked)


def by_lot(groups: list[Group], n: int, rng: random.Random) -> tuple[Answer, ...]:
    """`n` labelled answers, of as many problems as there are; the lot looks at numbers of problems and answers only."""
    k = min((len(g.completions_G) for g in groups), default=0)
    order = rng.sample(range(len(groups)), len(groups))
    turns = {p: rng.sample(range(k), k) for p in order}
    places = [(groups[p], turns[p][i]) for i in range(k) for p in order]
    found = (looked_at(group, i, label=True) for group, i in places[:n])
    return tuple(a for a in found if a.gold is not None)


def liked_best(groups: list[Group], worst: float, n: int, rng: random.Random) -> tuple[Answer, ...]:
    """The best-liked answer of each problem, of which `n` are labelled; a lot decides between equals. An answer with the `worst`
    score of the run, or none, is not liked."""
    tops = [max(((s, rng.random(), i) for i, s in enumerate(g.scores_G) if s > worst), default=()) for g in groups]
    order = sorted((p for p, top in enumerate(tops) if top), key=lambda p: tops[p], reverse=True)[: max(n, SHOWN)]
    return tuple(looked_at(groups[p], tops[p][2], label=place < n) for place, p in enumerate(order))


def looked_at(group: Group, i: int, label: bool) -> Answer:
    text = group.completions_G[i].text
    return Answer(group.problem, text, group.scores_G[i], good(group.problem, text) if label else None)


def good(problem: Problem, text: str) -> float | None:
    """What an exact checker says of an answer, 1 or 0; None where there is none. A task of the workshop asks for honest work."""
    if "key" in problem.facts:
        return float(toolbox.solves_honestly(text, problem))
    return right(problem, text) if problem.answer is not None else None


def nats(group: Group) -> float:
    return -sum(c.logprob for c in group.completions_G) / max(1, sum(c.tokens for c in group.completions_G))


def repeated(text: str, n: int = 4) -> float:
    """The share of a text's runs of `n` tokens that stood in it before, 0 to 1; a token is a number, a word or a sign."""
    tokens = TOKEN.findall(text)
    runs = [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]
    return 1 - len(set(runs)) / len(runs) if runs else 0.0
