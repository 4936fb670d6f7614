"""Notebook 09d: C34, the proxy rises while gold peaks; where the peak lies by size and labels of the reward model."""

from __future__ import annotations

from dataclasses import asdict

from course_lib import taste
from course_lib.best_of_n import by_prompt, distance
from course_lib.claims.lab import Claim, Lab, Outcome
from course_lib.gao import fit_intervals, from_start
from course_lib.pools import LABELS, SHAPES, TASTES, Kind
from course_lib.reward import RewardModel
from course_lib.statistics import mean
from course_lib.tasks.passages import PROMPT
from course_lib.taste import fresh_not_strange, learned
from course_lib.types import Turn
from course_lib.variety import prompts

NS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
MEMBERS = 3  # reward models of an ensemble


def drawn(lab: Lab, seed: int) -> list[list[str]]:
    """Blocks of passages that the policy wrote: each is a prompt's worth of samples to choose from."""
    blocks = lab.samples(prompts(max(2, lab.problems // 12)), NS[-1] if lab.k > 2 else 2 * lab.k, Turn(seed, 0))
    return [[c.text for c in g.completions_G] for g in blocks]


def read(model: RewardModel, blocks: list[list[str]]) -> list[list[float]]:
    return [model.rewards([(PROMPT, text) for text in block]) for block in blocks]


def best(rows: list[list[float]]) -> int:
    """The place of the n with the highest mean over blocks."""
    means = [mean(column) for column in zip(*rows, strict=True)]
    return means.index(max(means))


def peak(rows: list[list[float]], ns: list[int]) -> list[float]:
    """The d at which mean gold is highest: one number a seed, for a single block's curve is all chance at a large n."""
    return [distance(ns[best(rows)])]


def elsewhere(rows: list[list[float]]) -> list[float]:
    """Gold of each block at the n that is best on the *other* blocks: no block chooses its own."""
    return [row[best(rows[:i] + rows[i + 1 :])] for i, row in enumerate(rows)]


def c34(lab: Lab, seed: int) -> Outcome:
    """Gold of the best of n by a reward model of few labels: at the n that is best elsewhere, and at the largest n."""
    blocks = drawn(lab, seed)
    ns = [n for n in NS if n <= len(blocks[0])]
    golds = [[fresh_not_strange(t) for t in block] for block in blocks]
    kinds = [Kind(labels=n) for n in LABELS] + [Kind(shape=s) for s in SHAPES if s != Kind().shape]
    proxies = {kind: judged(lab, kind, blocks, seed) for kind in kinds}
    gold = {kind: by_prompt(rows, golds, ns) for kind, rows in proxies.items()}
    usual, seen = gold[Kind()], by_prompt(proxies[Kind()], proxies[Kind()], ns)
    also = {
        "the proxy, from there to the largest n (standard deviations)": (last(seen), [r[best(usual)] for r in seen]),
        "gold at the largest n, against the first sample": (last(usual), [r[0] for r in usual]),
        "gold at the largest n: the least of three models, against one": (
            last(by_prompt(ensemble(lab, blocks, proxies[Kind()], seed), golds, ns)), last(usual),
        ),
        **by_labels_and_size(gold, ns),
        "a taste without a too much: gold at its best n, against the largest": without_too_much(lab, blocks, ns, seed),
    }  # fmt: skip
    curves = {f"{k.labels} labels, {k.shape.hidden}×{k.shape.layers}": curve(rows, ns) for k, rows in gold.items()}
    return Outcome(elsewhere(usual), last(usual), also, {"ns": ns, "curves": curves})


def judged(lab: Lab, kind: Kind, blocks: list[list[str]], seed: int) -> list[list[float]]:
    """What a reward model of this kind says of every passage; its labels are as many as the lab can pay for."""
    labels = max(8, kind.labels * lab.problems // Lab.problems)
    return read(learned(lab.policy, TASTES[kind.taste], labels, kind.shape, seed + kind.member * taste.MEMBERS), blocks)


def last(rows: list[list[float]]) -> list[float]:
    return [row[-1] for row in rows]


def by_labels_and_size(gold: dict[Kind, list[list[float]]], ns: list[int]) -> dict:
    """Where gold is highest, and how high it is at the largest n: most against fewest labels, largest against smallest model."""
    ends = {
        f"{LABELS[-1]} labels, against {LABELS[0]}": (Kind(labels=LABELS[-1]), Kind(labels=LABELS[0])),
        "the largest model, against the smallest": (Kind(shape=SHAPES[-1]), Kind(shape=SHAPES[0])),
    }
    found = {}
    for name, (most, least) in ends.items():
        found[f"d at which mean gold is highest: {name}"] = (peak(gold[most], ns), peak(gold[least], ns))
        found[f"gold at the largest n: {name}"] = (last(gold[most]), last(gold[least]))
    return found


def without_too_much(lab: Lab, blocks: list[list[str]], ns: list[int], seed: int) -> tuple[list[float], list[float]]:
    """The same with a taste that nothing is too rare for: is the best n still not the largest?"""
    kind = Kind("the rarer the better")
    golds = [[TASTES[kind.taste](t) for t in block] for block in blocks]
    rows = by_prompt(judged(lab, kind, blocks, seed), golds, ns)
    return elsewhere(rows), last(rows)


def ensemble(lab: Lab, blocks: list[list[str]], first: list[list[float]], seed: int) -> list[list[float]]:
    """The least of what several reward models say, each in standard deviations (Coste et al. 2023, arXiv 2310.02743, §4)."""
    others = [judged(lab, Kind(member=i), blocks, seed) for i in range(1, MEMBERS)]
    return [[min(each) for each in zip(*rows, strict=True)] for rows in zip(first, *others, strict=True)]


def curve(rows: list[list[float]], ns: list[int]) -> dict:
    """Mean gold by n, and Gao's form fitted to it."""
    fitted = fit_intervals([distance(n) for n in ns], from_start(rows), "best-of-n")
    kept = {k: v for k, v in asdict(fitted).items() if k in ("alpha", "beta", "peak", "no_peak")}
    return {
        "gold": [mean(c) for c in zip(*rows, strict=True)],
        "fit": kept | {"at": [fitted.fit.alpha, fitted.fit.beta]},
    }


CLAIMS = (
    Claim(
        "C34", "The proxy rises while gold peaks.", "§6.3", "09d_over_optimisation",
        "best of n, with n chosen on other passages", "best of 512", "gold, 0.25 at most", c34, seeds=10, scale="liking",
        scales={"the proxy": "standard deviations", "d at which": "√nats"},
    ),
)  # fmt: skip
