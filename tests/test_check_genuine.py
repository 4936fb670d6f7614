"""The exercises of notebook 09e: a verdict and a spot check pass however they are written, and each known mistake is named."""

import itertools
import math
import random
import statistics

import numpy as np
import pytest
from exercises import cases, is_named, passes

from course_lib import signs
from course_lib.check import gain_slips, spot_check
from course_lib.check.gain_slips import GENUINE, HACKED, LEAST, NOTHING, OPEN
from course_lib.check.genuine import ex1, ex2
from course_lib.statistics import bootstrap, paired_gain

# ---- mistakes of the verdict -------------------------------------------------------------------------------------


def gain(m):
    found = paired_gain(m.after, m.before)
    return found["value"], *found["interval"]


def mean_gain(m):
    return [statistics.fmean(m.after) - statistics.fmean(m.before)] * 3


def by_normal(m):
    """Paired, by the standard error of the differences."""
    differences = [a - b for a, b in zip(m.after, m.before, strict=True)]
    half = 1.96 * statistics.stdev(differences) / math.sqrt(len(differences))
    return mean_gain(m)[0], mean_gain(m)[0] - half, mean_gain(m)[0] + half


def by_two_samples(m):
    half = 1.96 * math.sqrt(sum(statistics.variance(x) / len(x) for x in m))
    return mean_gain(m)[0], mean_gain(m)[0] - half, mean_gain(m)[0] + half


def apart(m):
    (low, high), (new_low, new_high) = map(bootstrap, m)
    return mean_gain(m)[0], new_low - high, new_high - low


def turned(m):
    value, low, high = gain(m)
    return -value, -high, -low


def on_gold(value, low, high):
    return GENUINE if low > 0 else HACKED if high < LEAST else OPEN


def judging(read=gain, gold=on_gold, read_gold=None, otherwise=lambda by_gold: NOTHING):
    def genuine_or_hacked(proxy, gold_):
        said = gold(*(read_gold or read)(gold_))
        return said if read(proxy)[1] > 0 else otherwise(said)

    return genuine_or_hacked


VERDICT = {
    "You look at the mean only": judging(mean_gain),
    "ask whether its *interval* leaves 0 outside": judging(read_gold=mean_gain),
    "A mean is never exactly 0": judging(mean_gain, read_gold=gain),
    "as if they were different problems": judging(by_two_samples),
    "Take the difference on each problem": judging(read_gold=by_two_samples),
    "You ask whether two intervals overlap": judging(apart),
    "`paired_gain(after, before)` gives after less before": judging(turned),
    "the wrong way round": judging(read_gold=turned),
    "gold that stands still while the score rises": judging(gold=lambda v, lo, hi: HACKED if hi < 0 else GENUINE),
    "not shown to rise is not shown to be flat": judging(gold=lambda v, lo, hi: GENUINE if lo > 0 else HACKED),
    "You call it hacked only if gold falls": judging(
        gold=lambda v, lo, hi: GENUINE if lo > 0 else HACKED if hi < 0 else OPEN
    ),
    "You hold gold's mean against 0.05": judging(
        gold=lambda v, lo, hi: GENUINE if lo > 0 else HACKED if v < 0.05 else OPEN
    ),
    "Asked is that it is more than 0": judging(
        gold=lambda v, lo, hi: GENUINE if lo > 0.05 else HACKED if hi < 0.05 else OPEN
    ),
    "A gain that is small and certain is a gain": judging(
        gold=lambda v, lo, hi: HACKED if hi < LEAST else GENUINE if lo > 0 else OPEN
    ),
    "against another number than 0.05": judging(
        gold=lambda v, lo, hi: GENUINE if lo > 0 else HACKED if hi < 0.1 else OPEN
    ),
    "You hold gold's upper end": judging(gold=lambda v, lo, hi: GENUINE if lo > 0 else HACKED if hi < 0.02 else OPEN),
    "A score that fell does so too": lambda proxy, gold: (
        NOTHING if gain(proxy)[1] <= 0 <= gain(proxy)[2] else on_gold(*gain(gold))
    ),
    "You ask about gold before the score": judging(otherwise=lambda by: GENUINE if by == GENUINE else NOTHING),
    "You look at the score only": judging(gold=lambda *found: GENUINE),
    "You call every rise of the score a hack": judging(gold=lambda *found: HACKED),
    "You do not ask whether the score rose": judging(otherwise=lambda by_gold: by_gold),
    "there is nothing to explain": judging(otherwise=lambda by_gold: HACKED),
    "“Cannot tell” is for gold that may be either": judging(otherwise=lambda by_gold: OPEN),
    "`proxy` comes first": lambda proxy, gold: judging()(gold, proxy),
    "On 40 problems the score moved by +2.10 [+1.75, +2.45] and gold by +0.20 [": judging(gold=lambda *found: OPEN),
    "gold is shown to be flat: “hacked”. You say “cannot tell”.": judging(
        gold=lambda v, lo, hi: GENUINE if lo > 0 else HACKED if v < 0 and hi < 0.05 else OPEN
    ),
    "says “hack”; say one of the four verdicts": lambda proxy, gold: "hack",
    "returns a `bool`; return one of the four": lambda proxy, gold: True,
    "returns a `tuple`": lambda proxy, gold: (HACKED, 0.1),
}

# ---- mistakes of the spot check ----------------------------------------------------------------------------------


def reading(order=None, control=None):
    """A spot check of another order of the places, or of another control, drawn from what is left."""

    def to_read(scores, n, rng):
        places = list(range(len(scores)))
        rng.shuffle(places)
        places = (order or highest)(places, scores, rng)
        left = [i for i in range(len(scores)) if i not in places[:n]]
        return places[:n], (control or (lambda left, scores, n, rng: rng.sample(left, n)))(left, scores, n, rng)

    return to_read


def highest(places, scores, rng):
    return sorted(places, key=lambda i: -scores[i])


def all_equals(scores, n, rng):
    edge = sorted(scores)[-n]
    top = [i for i, s in enumerate(scores) if s >= edge]
    return top, rng.sample([i for i in range(len(scores)) if i not in top], n)


def sorting_in_place(scores, n, rng):
    scores.sort(reverse=True)
    return list(range(n)), rng.sample(range(n, len(scores)), n)


def with_scores(scores, n, rng):
    ordered = sorted(scores, reverse=True)
    return ordered[:n], rng.sample(ordered[n:], n)


TO_READ = {
    "You read the answers with the *lowest* score": reading(lambda places, s, rng: highest(places, s, rng)[::-1]),
    "what it makes more of, and where a hack would show": reading(lambda p, s, rng: sorted(p, key=lambda i: s[i])),
    "You read the first 3 answers, whatever their score": reading(lambda places, s, rng: sorted(places)),
    "returns a `set` and a `set`; return two lists": lambda s, n, rng: tuple(map(set, spot_check.to_read(s, n, rng))),
    "Your lists are in the wrong order": lambda s, n, rng: spot_check.to_read(s, n, rng)[::-1],
    "between answers that are not equal?": reading(lambda p, s, rng: sorted(p, key=lambda i: -s[i] - rng.random())),
    "you never read 9 among the highest": reading(lambda p, s, rng: sorted(sorted(p), key=lambda i: -s[i])),
    "Let `rng` decide between equals": reading(lambda p, s, rng: sorted(p, key=lambda i: (s[i], i))[::-1]),
    "have 5 alike": reading(lambda p, s, rng: highest(p if max(s) < 2 else sorted(p), s, rng)),
    "take *all* that share the highest score?": all_equals,
    "Answer 4 is in both of your lists": reading(control=lambda left, s, n, rng: rng.sample(range(len(s)), n)),
    "you compare the highest with themselves": lambda s, n, rng: (spot_check.to_read(s, n, rng)[0],) * 2,
    "`rng.choices` puts back what it drew": reading(control=lambda left, s, n, rng: rng.choices(left, k=n)),
    "One answer stands twice in your first list": lambda s, n, rng: (
        [s.index(x) for x in sorted(s)[::-1][:n]],
        spot_check.to_read(s, n, rng)[1],
    ),
    "It is always the same 3": reading(control=lambda left, s, n, rng: left[:n]),
    "It is always the lowest 3": reading(control=lambda left, s, n, rng: sorted(left, key=lambda i: s[i])[:n]),
    "You draw it from low scores only": reading(
        control=lambda left, s, n, rng: rng.sample([i for i in left if s[i] < statistics.median(s)], n)
    ),
    "the highest look good beside them": reading(
        control=lambda left, s, n, rng: rng.sample([i for i in left if s[i] == 0 or max(s) != 1], n)
    ),
    "Draw from all that are not in the first list": reading(
        control=lambda left, s, n, rng: rng.sample(left[len(left) // 3 :], n)
    ),
    "Draw all lots from `rng`": reading(control=lambda left, s, n, rng: random.sample(left, n)),
    "nobody can draw until the picture pleases": reading(
        lambda p, s, rng: sorted(random.sample(p, len(p)), key=lambda i: -s[i])
    ),
    "You change `scores`": sorting_in_place,
    "Are these scores?": with_scores,
    "Your second list has 9 places; it should have 3": reading(control=lambda left, s, n, rng: left),
    "12 is no place: with 12 answers they run from 0 to 11": reading(
        control=lambda left, s, n, rng: [i + 1 for i in rng.sample(left, n)]
    ),
    "Without the others there is nothing to compare": lambda s, n, rng: spot_check.to_read(s, n, rng)[0],
    "returns 3 parts": lambda s, n, rng: (*spot_check.to_read(s, n, rng), []),
    "holds a `str`": lambda s, n, rng: (["a"] * n, ["b"] * n),
}  # fmt: skip


@pytest.mark.parametrize("ex, words, mistaken", cases({ex1: VERDICT, ex2: TO_READ}))
def test_a_known_mistake_is_named(ex, words, mistaken):
    is_named(ex, words, mistaken)


def own_bootstrap(m):
    """In plain Python, with fewer draws."""
    rng, differences = random.Random(3), [a - b for a, b in zip(m.after, m.before, strict=True)]
    means = sorted(sum(rng.choices(differences, k=len(differences))) / len(differences) for _ in range(1000))
    return statistics.fmean(differences), means[25], means[974]


def by_unpacking(proxy, gold):
    (old, new), (before, after) = proxy, gold
    if paired_gain(new, old, seed=7)["interval"][0] <= 0:
        return "Nothing to explain."
    low, high = paired_gain(after, before, seed=7)["interval"]
    return "genuine" if low > 0 else "hacked" if high < 0.05 else "cannot tell"


@pytest.mark.parametrize("f", [judging(), judging(by_normal), judging(own_bootstrap), by_unpacking])
def test_a_verdict_passes_in_whatever_way_it_is_reached(f):
    passes(ex1, f)


def with_noise(scores, n, rng):
    order = sorted(range(len(scores)), key=lambda i: (scores[i], rng.random()))
    rest = order[:-n]
    rng.shuffle(rest)
    return order[-n:], rest[:n]


def in_numpy(scores, n, rng):
    lots = np.array([rng.random() for _ in scores])
    order = np.lexsort((lots, -np.array(scores)))
    return list(order[:n]), rng.sample(list(order[n:]), n)


@pytest.mark.parametrize("f", [spot_check.to_read, with_noise, in_numpy, reading()])
def test_a_spot_check_passes_in_whatever_way_it_is_drawn(f):
    assert "none bad of 8 still leaves room for 32%" in passes(ex2, f).says


def test_two_slips_at_once_are_both_named():
    said = ex1.check(judging(mean_gain, otherwise=lambda by_gold: OPEN)).says
    assert "You look at the mean only" in said and "Where the score has not clearly risen" in said


def test_no_single_slip_passes_for_right_or_for_another():
    found, runs = {}, list(map(gain_slips.seen, gain_slips.CASES))
    for way in gain_slips.WAYS:
        if len(gain_slips.names(way)) <= 1:
            outcome = tuple(gain_slips.slipped(way, run) for run in runs)
            found.setdefault("".join(gain_slips.names(way)), set()).add(outcome)
    assert found[""] == {tuple(gain_slips.genuine_or_hacked(c.proxy, c.gold) for c in gain_slips.CASES)}
    assert len(found) > 12 and not any(a & b for a, b in itertools.combinations(found.values(), 2))


def test_no_run_stands_on_a_knife_s_edge():
    """So that another way to make the interval gives the same verdict: ends are well away from 0 and from LEAST."""
    for case in gain_slips.CASES:
        for read in (gain, by_normal):
            assert abs(read(case.proxy)[1]) > 0.05
            assert all(abs(end - edge) > 0.01 for end in read(case.gold)[1:] for edge in (0.0, LEAST)) or (
                read(case.gold)[1] > 0.03  # genuine, whatever lies at LEAST
            )


def test_every_verdict_has_its_runs_and_their_words_are_so():
    said = [gain_slips.genuine_or_hacked(c.proxy, c.gold) for c in gain_slips.CASES]
    assert set(said) == set(gain_slips.VERDICTS)
    for case, verdict in zip(gain_slips.CASES, said, strict=True):
        assert ("did not clearly rise" in case.shows) == (verdict == NOTHING)
        assert ("interval lies above 0" in case.shows) == (verdict == GENUINE)
        assert len({len(x) for m in (case.proxy, case.gold) for x in m}) == 1
        assert all(0 <= x <= 1 for x in (*case.gold.before, *case.gold.after))


def test_there_are_always_enough_others_and_ties_at_the_edge():
    for case in spot_check.CASES:
        assert len(case.scores) >= 2 * case.n
    ties = [case.scores.count(case.highest[-1]) for case in spot_check.CASES]
    assert ties[0] == 1 and all(t > 1 for t in ties[1:]), "one without ties, and some with"


def test_a_function_that_empties_its_input_is_told_so_or_does_no_harm():
    def emptying(proxy, gold):
        said = judging()(proxy, gold)
        for part in (*proxy, *gold):
            part.clear()
        return said

    def clearing(scores, n, rng):
        found = spot_check.to_read(scores, n, rng)
        scores.clear()
        return found

    for _ in range(2):
        passes(ex1, emptying)
    assert "You change `scores`" in ex2.check(clearing).says


def test_the_words_are_those_of_the_package_s_verdict():
    assert gain_slips.VERDICTS == (signs.GENUINE, signs.HACKED, signs.OPEN, signs.NOTHING)
