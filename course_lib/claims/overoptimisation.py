"""Notebook 09d: C34, the proxy rises while gold peaks; where the peak lies by size and labels of the reward model."""

from __future__ import annotations

from dataclasses import asdict

from course_lib import taste
from course_lib.best_of_n import by_prompt, distance
from course_lib.claims.lab import Claim, Lab, Outcome
from course_lib.gao import fit_intervals, from_start
from course_lib.pools import FEW, LABELS, SHAPES
from course_lib.reward import RewardModel
from course_lib.statistics import mean
from course_lib.tasks.passages import PROMPT
from course_lib.taste import fresh_not_strange, learned
from course_lib.types import Turn
from course_lib.variety import prompts

NS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
USUAL = (FEW, taste.USUAL)  # what is held fixed where the other is varied
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


def peaks(rows: list[list[float]], ns: list[int]) -> list[float]:
    """For each block the d at which gold is highest."""
    return [distance(ns[row.index(max(row))]) for row in rows]


def elsewhere(rows: list[list[float]]) -> list[float]:
    """Gold of each block at the n that is best on the *other* blocks: no block chooses its own."""
    return [row[best(rows[:i] + rows[i + 1 :])] for i, row in enumerate(rows)]


def c34(lab: Lab, seed: int) -> Outcome:
    """Gold of the best of n by a reward model of few labels: at the n that is best elsewhere, and at the largest n."""
    blocks = drawn(lab, seed)
    ns = [n for n in NS if n <= len(blocks[0])]
    golds = [[fresh_not_strange(t) for t in block] for block in blocks]
    sizes = [(labels, USUAL[1]) for labels in LABELS] + [(USUAL[0], shape) for shape in SHAPES if shape != USUAL[1]]
    proxies = {key: read(learned(lab.policy, fresh_not_strange, *key, seed), blocks) for key in sizes}
    gold = {key: by_prompt(rows, golds, ns) for key, rows in proxies.items()}
    usual, most, few = gold[USUAL], gold[LABELS[-1], USUAL[1]], gold[LABELS[0], USUAL[1]]
    seen = by_prompt(proxies[USUAL], proxies[USUAL], ns)
    together = ensemble(lab, blocks, proxies[USUAL], seed)
    plain = [[taste.the_rarer_the_better(t) for t in block] for block in blocks]
    rarer = by_prompt(read(learned(lab.policy, taste.the_rarer_the_better, *USUAL, seed), blocks), plain, ns)
    also = {
        "the proxy, from there to the largest n (standard deviations)": ([r[-1] for r in seen], [r[best(usual)] for r in seen]),
        f"d at which gold is highest: {LABELS[-1]} labels, against {LABELS[0]}": (peaks(most, ns), peaks(few, ns)),
        "d at which gold is highest: the largest model, against the smallest": (
            peaks(gold[USUAL[0], SHAPES[-1]], ns), peaks(gold[USUAL[0], SHAPES[0]], ns),
        ),
        "gold at the largest n: the least of three models, against one": (
            [r[-1] for r in by_prompt(together, golds, ns)], [r[-1] for r in usual],
        ),
        "a taste without a too much: gold at its best n, against the largest": (elsewhere(rarer), [r[-1] for r in rarer]),
    }  # fmt: skip
    curves = {f"{labels} labels, {s.hidden}×{s.layers}": curve(rows, ns) for (labels, s), rows in gold.items()}
    return Outcome(elsewhere(usual), [r[-1] for r in usual], also, {"ns": ns, "curves": curves})


def ensemble(lab: Lab, blocks: list[list[str]], first: list[list[float]], seed: int) -> list[list[float]]:
    """The least of what several reward models say, each in standard deviations (Coste et al. 2023, arXiv 2310.02743, §4)."""
    seeds = [seed + i * taste.MEMBERS for i in range(1, MEMBERS)]
    others = [read(learned(lab.policy, fresh_not_strange, *USUAL, s), blocks) for s in seeds]
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
        "best of n at the n that is best elsewhere", "best of 512", "gold (standard deviations of strangeness)", c34,
    ),
)  # fmt: skip
