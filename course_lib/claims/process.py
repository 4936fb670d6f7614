"""Notebook 09d: C39, a reward of steps can be over-optimised too: best of n by a scorer that learned from few labels."""

from __future__ import annotations

import random
from collections import Counter

from course_lib.answers import parse_answer
from course_lib.best_of_n import by_prompt
from course_lib.claims.lab import Claim, Lab, Outcome
from course_lib.claims.overoptimisation import best, curve, elsewhere
from course_lib.rollout import samples
from course_lib.score import sound, valid_steps, verify
from course_lib.statistics import mean
from course_lib.step_reward import Aggregate, Marked, StepReward, by_outcome, last, least, marked, product
from course_lib.tasks.stories import HARD, stories, without
from course_lib.train.step_reward import step_reward
from course_lib.types import Group, Turn
from course_lib.votes import is_gold, right_by_vote

NS = (1, 2, 4, 8, 16, 32, 64, 128)
FEW, MANY = 128, 768  # answers with labels
USUAL, OUTCOMES = f"a scorer of {FEW}", f"a scorer of {FEW} outcomes"
LR = 2e-3
HOT = 1.5  # labels come from answers drawn hotter: at T = 1 one step in twenty is wrong, and right ones teach little

Rows = list[list[float]]


def pool(lab: Lab, seed: int) -> list[Group]:
    """Hard stories, and many answers of the policy to each, at T = 1."""
    k = NS[-1] if lab.k > 2 else 2 * lab.k
    return lab.samples(stories(max(2, lab.problems // 6), HARD, 9_500_000 + seed), k, Turn(seed, 0))


def labelled(lab: Lab, seed: int, chosen_from: list[Group], heat: float = HOT) -> list[Group]:
    """One answer each to other hard stories: what people are asked to label."""
    many, turn = min(MANY, 6 * lab.problems), Turn(seed, 1)
    told = without(stories(many, HARD, 9_600_000 + seed), [g.problem for g in chosen_from])
    hot = samples(1, temperature=heat)
    return lab.kept(f"at {heat}", told, 1, turn, lambda: verify(lab.policy, hot(lab.policy, told, turn), turn))


def trained_scorer(lab: Lab, answers: list[Marked], seed: int) -> StepReward:
    """A scorer that starts from the policy. Each sees as many answers in all, repeats counted, however few it has."""
    return step_reward(lab.policy, answers, lr=LR, epochs=lab.seen / len(answers), seed=seed)


def read(reward: StepReward, groups: list[Group]) -> list[list[list[float]]]:
    """The chance of each step of each answer, story by story."""
    return [reward.steps([(g.problem.prompt, c.text) for c in g.completions_G]) for g in groups]


def rows_of(groups: list[Group], grade) -> Rows:
    return [[float(grade(g.problem, c.text)) for c in g.completions_G] for g in groups]


def lot(seed: int):
    """A proxy that knows nothing: each different text has a number of its own."""
    return lambda problem, text: random.Random(f"lot-{seed}-{problem.id}-{text}").random()


def voted(groups: list[Group], weights: Rows) -> list[float]:
    """1 for each story where the answer with the largest sum of weights is right. Li et al. 2022, arXiv 2206.02336."""
    return [float(is_gold(heaviest(g, row), g.problem)) for g, row in zip(groups, weights, strict=True)]


def heaviest(group: Group, weights: list[float]) -> str | None:
    votes: Counter = Counter()
    for completion, weight in zip(group.completions_G, weights, strict=True):
        said = parse_answer(completion.text)
        if said is not None:
            votes[said] += weight
    return votes.most_common(1)[0][0] if votes else None


def scored(lab: Lab, seed: int, groups: list[Group]) -> dict[str, Rows]:
    """What each proxy gives every answer of the pool."""
    answers = labelled(lab, seed, groups)
    few = read(trained_scorer(lab, marked(answers[:FEW]), seed), groups)
    many = read(trained_scorer(lab, marked(answers), seed), groups)
    ends = read(trained_scorer(lab, by_outcome(answers[:FEW]), seed), groups)
    cool = read(trained_scorer(lab, marked(labelled(lab, seed, groups, 1.0)[:FEW]), seed), groups)
    return {
        USUAL: aggregated(few, product),
        "the least of its steps": aggregated(few, least),
        "its last step": aggregated(few, last),
        f"a scorer of {MANY}": aggregated(many, product),
        OUTCOMES: aggregated(ends, last),
        "a lot for each text": rows_of(groups, lot(seed)),
        f"a scorer of {FEW} drawn at T = 1": aggregated(cool, product),
    }


def aggregated(steps: list[list[list[float]]], aggregate: Aggregate) -> Rows:
    return [[aggregate(each) for each in row] for row in steps]


def c39(lab: Lab, seed: int) -> Outcome:
    """Gold of the best of n by a scorer of steps that saw few labels: at the n that is best elsewhere, and at the largest n."""
    groups = pool(lab, seed)
    truth = rows_of(groups, sound)
    proxies = scored(lab, seed, groups) | {"the exact checker of steps": truth}
    ns = [n for n in NS if n <= len(truth[0])]
    gold = {name: by_prompt(rows, truth, ns) for name, rows in proxies.items()}
    far = {name: [row[-1] for row in rows] for name, rows in gold.items()}
    mine, seen = gold[USUAL], by_prompt(proxies[USUAL], proxies[USUAL], ns)
    weighted, plain = voted(groups, proxies[USUAL]), [float(right_by_vote(g, Turn(seed, 0))) for g in groups]
    ends_right = [row[-1] for row in by_prompt(proxies[USUAL], [list(g.scores_G) for g in groups], ns)]
    also = {
        "the proxy, from there to the largest n": ([r[-1] for r in seen], [r[best(mine)] for r in seen]),
        "gold at its best n, against one answer": (elsewhere(mine), [r[0] for r in mine]),
        "gold at the best n of each: steps labelled, against outcomes": (elsewhere(mine), elsewhere(gold[OUTCOMES])),
    }
    also |= {f"gold at the largest n: {USUAL}, against {x}": (far[USUAL], far[x]) for x in far if x != USUAL}
    also |= {
        "answers right: a vote weighted by the scorer, against its best of the largest n": (weighted, ends_right),
        "answers right: a vote weighted by the scorer, against a plain vote": (weighted, plain),
    }
    curves = {name: curve(rows, ns) for name, rows in gold.items()}
    beside = {"ns": ns, "curves": curves, "winners": winners(groups, proxies[USUAL])}
    return Outcome(elsewhere(mine), far[USUAL], also, beside)


def winners(groups: list[Group], rows: Rows) -> dict:
    """The best of all by the proxy, beside all answers: their lines, and how many have no wrong line up to the answer."""
    firsts = [Group(g.problem, (g.completions_G[row.index(max(row))],)) for g, row in zip(groups, rows, strict=True)]
    count = {"winners": firsts, "all": groups}
    return {
        name: {
            "lines": mean([len(valid_steps(g.problem, c.text)) for g in some for c in g.completions_G]),
            "steps right": mean([all(valid_steps(g.problem, c.text)[:-1]) for g in some for c in g.completions_G]),
        }
        for name, some in count.items()
    }


UNIT = f"stories right with every step right; labels of answers drawn at T = {HOT}"
CLAIMS = (
    Claim(
        "C39", "A process reward model can be over-optimised too.", "L3-10", "09d_over_optimisation",
        "best of n, with n chosen on other stories", f"best of {NS[-1]}", UNIT, c39,
    ),
)  # fmt: skip
