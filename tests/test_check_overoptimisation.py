"""The exercises of notebook 09d: best-of-n and an ensemble pass however they are written, and each known mistake is named."""

import itertools
import math
import random
import statistics

import numpy as np
import pytest
from exercises import cases, is_named, passes

from course_lib.best_of_n import best_of_n
from course_lib.check import ensemble, overoptimisation
from course_lib.check.overoptimisation import ex1, ex2
from course_lib.loopholes import all_of
from course_lib.types import Completion, Group, Problem, Turn

# ---- mistakes of best-of-n ---------------------------------------------------------------------------------------


def over_subsets(worth):
    """The mean over all subsets, each a list of (proxy, gold)."""

    def best_of(proxy, gold, n):
        return statistics.fmean(worth(list(s)) for s in itertools.combinations(zip(proxy, gold, strict=True), n))

    return best_of


def by_lot(subset):
    most = max(p for p, _ in subset)
    return statistics.fmean(g for p, g in subset if p == most)


def first_of(subset):
    return max(subset, key=lambda s: s[0])[1]


def counted(weight, key=None):
    """A weight for each place, from the lowest proxy up."""

    def best_of(proxy, gold, n):
        ordered = sorted(zip(proxy, gold, strict=True), key=key or (lambda s: s[0]))
        return sum(weight(i, len(ordered), n) * g for i, (_, g) in enumerate(ordered))

    return best_of


def drawn(rng, times):
    def best_of(proxy, gold, n):
        each = [by_lot(rng.sample(list(zip(proxy, gold, strict=True)), n)) for _ in range(times)]
        return statistics.fmean(each)

    return best_of


def seeded(times):
    return lambda proxy, gold, n: drawn(random.Random(5), times)(proxy, gold, n)


BEST_OF = {
    "You look at one subset only, the first n samples": lambda p, g, n: by_lot(list(zip(p, g, strict=True))[:n]),
    "you draw subsets by lot": drawn(random.Random(1), 1),
    "There is no need to: count in how many subsets": drawn(random.Random(1), 50),
    "for the same samples in another order": seeded(1),
    "as if from some subsets drawn with a fixed seed": seeded(800),
    "You take the mean of all golds": lambda p, g, n: statistics.fmean(g),
    "You take the best of all N by proxy": lambda p, g, n: by_lot(list(zip(p, g, strict=True))),
    "You take the mean of the n highest": lambda p, g, n: statistics.fmean(
        x for _, x in sorted(zip(p, g, strict=True), key=lambda s: s[0])[-n:]
    ),
    "You keep the *lowest* by proxy": over_subsets(lambda s: by_lot([(-p, g) for p, g in s])),
    "(i/N)ⁿ − ((i − 1)/N)ⁿ": counted(lambda i, N, n: ((i + 1) / N) ** n - (i / N) ** n),
    "Order them by their proxy first": counted(lambda i, N, n: math.comb(i, n - 1) / math.comb(N, n), key=lambda s: 0),
    "you let their order in the list decide": over_subsets(first_of),
    "shuffled, you would give another number": counted(lambda i, N, n: math.comb(i, n - 1) / math.comb(N, n)),
    "the one with more gold win": over_subsets(lambda s: max(s)[1]),
    "`sorted(zip(proxy, gold))` does so": counted(
        lambda i, N, n: math.comb(i, n - 1) / math.comb(N, n), key=lambda s: s
    ),
    "the one with less gold win": over_subsets(lambda s: -max((p, -g) for p, g in s)[1]),
    "Nobody could: the proxy chooses": over_subsets(lambda s: max(g for _, g in s)),
    "You give the *proxy* of the best": over_subsets(lambda s: max(p for p, _ in s)),
    "the other way round": over_subsets(lambda s: by_lot([(g, p) for p, g in s])),
    "So your chances do not add up to 1": counted(lambda i, N, n: math.comb(i, n) / math.comb(N, n)),
    "You give 3. So your chances": lambda p, g, n: best_of_n(p, g, n) * math.comb(len(p), n),
    "Over the 3 subsets the best of each is worth 0, 0, 20, on average 6.67; you give 1.": lambda p, g, n: sum(g) and 1,
    "the golds 0, 10, 20, and n = 2": lambda p, g, n: 0,
    "you give nan": lambda p, g, n: math.nan,
    "returns a `list`; return one number": lambda p, g, n: list(g),
}

# ---- mistakes of the ensemble ------------------------------------------------------------------------------------


def z(row):
    return [(x - statistics.mean(row)) / statistics.pstdev(row) for x in row]


def columns(rows):
    return list(zip(*rows, strict=True))


def of(join, change=z):
    return lambda scores: [join(each) for each in columns([change(row) for row in scores])]


ENSEMBLE = {
    "You compare the members' raw numbers": of(min, change=list),
    "one with small numbers decides": lambda scores: [min(row[i] for row in scores) for i in range(len(scores[0]))],
    "and leave its scale": of(min, change=lambda row: [x - statistics.mean(row) for x in row]),
    "and leave its mean": of(min, change=lambda row: [x / statistics.stdev(row) for x in row]),
    "You divide by the variance": of(
        min, change=lambda row: [(x - statistics.mean(row)) / statistics.pvariance(row) for x in row]
    ),
    "Then every answer has the same mean": lambda scores: [min(z(each)) for each in columns(scores)],
    "one deviation for all members together": lambda scores: (
        (np.array(scores) - np.mean(scores)) / np.std(scores)
    ).min(0).tolist(),
    "You stretch each member to 0 … 1": of(min, change=lambda r: [(x - min(r)) / (max(r) - min(r)) for x in r]),
    "You compare places, not scores": of(min, change=lambda row: [sorted(row).index(x) for x in row]),
    "by how much an answer is better is lost": of(min, change=lambda row: [sorted(row).index(x) + 1 for x in row]),
    "just the answer that a search finds": of(statistics.fmean),
    "You take the members' mean": of(sum),
    "Then the hole of every single member is open": of(max),
    "You take the median": of(statistics.median),
    "uncertainty-weighted": of(lambda each: statistics.mean(each) - statistics.pvariance(each)),
    "You take off for disagreement": of(lambda each: statistics.mean(each) - statistics.pstdev(each)),
    "You listen to the first member only": lambda scores: z(scores[0]),
    "Your numbers are turned": of(lambda each: -min(each)),
    "The other way round": lambda scores: z([min(each) for each in columns(scores)]),
    "That is one for each member": lambda scores: [min(z(row)) for row in scores],
    "3 members have scored 6 answers, and you return 1 numbers": lambda scores: [0.0],
    "the least is −1.24; you give 7": lambda scores: [7 for _ in scores[0]],
    "you give nan": lambda scores: [math.nan for _ in scores[0]],
    "Which one to keep follows from them": lambda scores: 2,
    "a list that holds a `tuple`": lambda scores: columns(scores),
    "returns a `ndarray`": lambda scores: np.array(scores[0]),
}  # fmt: skip


@pytest.mark.parametrize("ex, words, mistaken", cases({ex1: BEST_OF, ex2: ENSEMBLE}))
def test_a_known_mistake_is_named(ex, words, mistaken):
    is_named(ex, words, mistaken)


def by_levels(proxy, gold, n):
    """From the highest proxy down: the chance that the best is of this level, times the level's mean gold."""
    total, found, left = math.comb(len(proxy), n), 0.0, len(proxy)
    for level in sorted(set(proxy), reverse=True):
        golds = [g for p, g in zip(proxy, gold, strict=True) if p == level]
        below = left - len(golds)
        found += (math.comb(left, n) - math.comb(below, n)) / total * statistics.fmean(golds)
        left = below
    return found


@pytest.mark.parametrize(
    "best_of", [best_of_n, over_subsets(by_lot), by_levels, lambda p, g, n: round(by_levels(p, g, n), 2)]
)
def test_a_best_of_n_passes_in_whatever_way_it_is_computed(best_of):
    passes(ex1, best_of)


def in_numpy(scores):
    rows = np.array(scores)
    return list(((rows - rows.mean(1, keepdims=True)) / rows.std(1, ddof=1, keepdims=True)).min(0))


@pytest.mark.parametrize(
    "strictest", [ensemble.ensemble, of(min), in_numpy, lambda scores: tuple(round(x, 2) for x in of(min)(scores))]
)
def test_an_ensemble_passes_in_whatever_way_it_is_written(strictest):
    passes(ex2, strictest)


def test_two_slips_at_once_are_both_named():
    said = ex1.check(over_subsets(lambda s: max((-p, g) for p, g in s)[1])).says
    assert "You keep the *lowest*" in said
    said = ex1.check(counted(lambda i, N, n: ((i + 1) / N) ** n - (i / N) ** n, key=lambda s: s)).says
    assert "come up twice" in said and "more gold win" in said
    said = ex2.check(of(max, change=list)).says
    assert "raw numbers" in said and "any member" in said


def outcomes_by_name(ways, names, outcome):
    """The outcomes of single slips, by name; the right way under ''."""
    found = {}
    for way in ways:
        if len(names(way)) <= 1:
            found.setdefault("".join(names(way)), set()).add(outcome(way))
    return found


@pytest.mark.parametrize(
    "ways, names, outcome",
    [
        (
            overoptimisation.WAYS,
            overoptimisation.names,
            lambda w: tuple(round(overoptimisation.slipped(w, c), 2) for c in overoptimisation.CASES),
        ),
        (
            ensemble.WAYS,
            ensemble.names,
            lambda w: tuple(round(x, 2) for c in ensemble.CASES for x in ensemble.slipped(w, c)),
        ),
    ],
    ids=["best_of", "ensemble"],
)
def test_no_single_slip_passes_for_right_or_for_another(ways, names, outcome):
    found = outcomes_by_name(ways, names, outcome)
    assert len(found) > 10 and not any(a & b for a, b in itertools.combinations(found.values(), 2))


def test_the_first_example_is_what_the_verdict_says_of_it():
    """The mean of the members keeps the answer that one adores, the least another."""
    rows = list(map(z, ensemble.ADORED))
    means, least = ([join(each) for each in columns(rows)] for join in (statistics.fmean, min))
    assert means.index(max(means)) == 3 and least.index(max(least)) == 2
    adored = [row[3] for row in rows]
    assert sum(x < 0 for x in adored) == 2 and max(adored) > 2 and min(least[2], 0) == pytest.approx(0, abs=1e-9)


def test_the_key_is_what_the_package_does_with_several_scores():
    """`all_of` of members that are already in their own deviations."""
    for case in ensemble.CASES:
        group = Group(Problem("", ""), tuple(Completion("") for _ in case[0]))
        members = [lambda policy, groups, turn, row=row: [with_scores(groups[0], z(row))] for row in case]
        (found,) = all_of(*members)(None, [group], Turn(0, 0))
        assert found.scores_G == pytest.approx(ensemble.ensemble(case))


def with_scores(group, scores):
    return Group(group.problem, group.completions_G, tuple(scores))


def test_a_function_that_empties_its_input_spoils_no_later_check():
    def emptying(*args):
        found = (best_of_n if len(args) == 3 else ensemble.ensemble)(*args)
        args[0].clear()
        return found

    for ex in (ex1, ex2, ex1, ex2):
        passes(ex, emptying)
