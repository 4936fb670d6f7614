import itertools
import math
import random

import pytest

from course_lib.statistics import (
    FEW,
    MANY,
    as_many_as,
    bootstrap,
    maj_at_k,
    majority,
    of_mean,
    of_shares,
    over_seeds,
    paired_gain,
    pass_at_k,
    wilson,
)


def test_wilson_known_values():
    # Brown, Cai & DasGupta 2001 report [0.0, 0.278] for 0 of 10 at 95 %
    low, high = wilson(0, 10)
    assert low == 0.0 and high == pytest.approx(0.2775, abs=1e-3)
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-3)
    assert wilson(0, 0) == (0.0, 1.0)


def test_wilson_covers_nineteen_times_in_twenty():
    rng = random.Random(0)
    covered = sum(
        low <= 0.1 <= high
        for low, high in (wilson(sum(rng.random() < 0.1 for _ in range(60)), 60) for _ in range(2000))
    )
    assert 0.92 < covered / 2000 < 0.98


@pytest.mark.parametrize(("n", "c", "k"), [(6, 2, 3), (5, 0, 2), (5, 5, 1), (4, 1, 4)])
def test_pass_at_k_is_the_average_over_all_subsets(n, c, k):
    subsets = list(itertools.combinations([True] * c + [False] * (n - c), k))
    assert pass_at_k(n, c, k) == pytest.approx(sum(map(any, subsets)) / len(subsets))


def test_pass_at_k_needs_k_samples():
    with pytest.raises(ValueError, match="at least 17 samples, got 16"):
        pass_at_k(16, 3, 17)


def test_unreadable_answers_do_not_vote():
    rng = random.Random(0)
    assert majority([None, None, None, "4"], rng) == "4"
    assert majority([None, None], rng) is None
    assert {majority(["1", "2"], rng) for _ in range(40)} == {"1", "2"}, "a tie is broken by lot"


def test_maj_at_k():
    assert maj_at_k(["3", "3", "4"], "3", 3, random.Random(0)) == 1.0
    assert maj_at_k(["3", "3", "4", "4", "4"], "3", 5, random.Random(0)) == 0.0
    assert 0 < maj_at_k(["3", "3", "4", "4", "4"], "3", 3, random.Random(0)) < 1


def test_paired_gain_pairs_items():
    gain = paired_gain([1, 1, 0, 1] * 50, [1, 0, 0, 1] * 50)
    assert gain["value"] == pytest.approx(0.25)
    assert gain["interval"][0] > 0.15 and gain["interval"][1] < 0.35
    with pytest.raises(ValueError, match="differ in number: 1 and 2"):
        paired_gain([1], [1, 0])


@pytest.mark.parametrize(("n", "differ"), [(1, 0), (8, 0), (100, 0), (8, 1), (1000, 5), (8, 8), (5, 5), (1000, 1000)])
def test_an_interval_of_a_gain_always_has_a_width_and_holds_the_gain(n, differ):
    for treated, control in ((1.0, 0.0), (0.0, 1.0), (10.0, 2.0)):
        found = paired_gain([treated] * differ + [1.0] * (n - differ), [control] * differ + [1.0] * (n - differ))
        low, high = found["interval"]
        assert low < high and low <= found["value"] <= high, found
        assert differ >= FEW or low <= 0 <= high, "no exact test finds a difference in so few"
        most = max(1.0, treated, control) - min(0.0, treated, control)
        assert -most <= low and high <= most


def test_few_pairs_that_differ_prove_nothing_and_many_are_left_to_the_bootstrap():
    assert paired_gain([0] * 8, [0] * 8)["interval"] == pytest.approx([-0.196, 0.196], abs=1e-3)
    for differ in (FEW - 1, FEW, MANY - 1, MANY):
        treated, control = [1] * differ + [0] * 94, [0] * (differ + 94)
        found = paired_gain(treated, control)
        assert (found["interval"] == list(bootstrap(treated))) == (differ >= MANY)
        assert (found["interval"][0] > 0) == (differ >= FEW)
    for up, down in ((10, 3), (12, 4), (18, 8)):  # of 1,000: the exact test has p = 0.09, 0.08, 0.08
        treated, control = [1] * up + [0] * (1000 - up), [0] * up + [1] * down + [0] * (1000 - up - down)
        low, high = paired_gain(treated, control)["interval"]
        assert low <= 0 < high
    treated, control = [1, 1, 0, 1] * 50, [1, 0, 0, 1] * 50
    found = paired_gain(treated, control)["interval"]
    assert found == list(bootstrap([a - b for a, b in zip(treated, control, strict=True)])), "as before, to the digit"


def test_of_few_pairs_the_interval_of_a_gain_misses_as_seldom_as_it_says():
    rng, missed = random.Random(0), 0
    for _ in range(1000):
        low, high = paired_gain([rng.gauss(0, 0.1) for _ in range(8)], [0.0] * 8)["interval"]
        missed += not low <= 0 <= high
    assert missed < 70, "a bootstrap of eight misses one time in eight"


def test_bootstrap_repeats_with_its_seed():
    values = [0.0, 1.0, 1.0, 0.0, 1.0] * 10
    assert bootstrap(values, seed=3) == bootstrap(values, seed=3)
    low, high = bootstrap(values)
    assert low < 0.6 < high


@pytest.mark.parametrize("n", [1, 4, 24, 100, 600, 1499])
def test_the_interval_holds_the_share_itself_even_at_its_ends(n):
    for successes in (0, n):
        low, high = wilson(successes, n)
        assert 0.0 <= low <= successes / n <= high <= 1.0


def test_an_interval_over_seeds_is_there_for_any_number_of_them():
    """A trial of the claims may have one seed, or thirty."""
    assert over_seeds([0.3]) == (-math.inf, math.inf)
    low, high = over_seeds([1.0, 2.0])
    assert (low, high) == pytest.approx((1.5 - 12.706 / 2, 1.5 + 12.706 / 2))
    widths = [over_seeds([0.0, 1.0] * (n // 2))[1] for n in (4, 10, 20, 22, 40)]
    assert widths == sorted(widths, reverse=True)


def test_the_mean_of_few_values_has_the_interval_of_student():
    """A bootstrap of eight misses in more than ten of a hundred, where five are meant."""
    import numpy as np

    drawn = np.random.default_rng(0).normal(size=(2000, 8)).tolist()
    missed = np.mean([not low <= 0 <= high for low, high in map(of_mean, drawn)])
    assert 0.035 < missed < 0.065
    assert of_mean(list(range(40))) == bootstrap(list(range(40)))
    assert of_mean([2.0]) == (2.0, 2.0), "one value has no width to tell of"


# ---- means of few shares


def test_shares_that_are_all_or_nothing_are_counted_as_wilson_does():
    assert of_shares([1.0] * 8 + [0.0] * 2) == pytest.approx(wilson(8, 10))
    assert of_shares([0.0] * 12) == pytest.approx(wilson(0, 12)), "a few that are all alike make nothing certain"
    assert as_many_as([0.5] * 12) == 12


def test_the_interval_of_few_shares_does_not_jump_where_one_more_of_them_differs():
    widths = [high - low for low, high in (of_shares([1 / 8] * n + [0.0] * (12 - n)) for n in range(2, 11))]
    assert max(widths) < 2 * min(widths)


@pytest.mark.parametrize(("a", "b"), [(0.5, 2), (1, 1), (3, 3), (0.3, 9)])
def test_the_interval_of_few_shares_holds_what_it_should(a, b):
    """Shares of 8 samples of 12 stories, whose chances differ from story to story."""
    import numpy as np

    rng, missed = np.random.default_rng(1), 0
    for _ in range(600):
        low, high = of_shares((rng.binomial(8, rng.beta(a, b, 12)) / 8).tolist())
        missed += not low <= a / (a + b) <= high
    assert missed / 600 < 0.085, "5 of a hundred are meant; 600 draws of those come below 7.5"
