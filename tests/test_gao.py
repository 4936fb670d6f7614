"""Gao's two forms: α, β and the peak from data made with known ones, when there is no peak, what the intervals hold."""

import math
import random
import statistics

import pytest

from course_lib.errors import CourseError
from course_lib.gao import Fit, fit, fit_intervals, from_start, highest
from course_lib.statistics import mean

DS = [0.0, 0.4, 0.8, 1.1, 1.4, 1.7, 1.9, 2.1, 2.3, 2.5]


def truth(d, alpha, beta, form):
    return d * (alpha - beta * (d if form == "best-of-n" else math.log(d) if d else 0.0))


def noisy_runs(alpha, beta, form, runs=30, noise=0.05, seed=0, ds=DS):
    """Runs that differ as prompts do: each has an α of its own, and noise at every d but the first."""
    rng = random.Random(seed)
    own = [alpha + rng.gauss(0, noise) for _ in range(runs)]
    return [[truth(d, a, beta, form) + (rng.gauss(0, noise) if d else 0.0) for d in ds] for a in own]


CASES = [("best-of-n", 1.0, 0.3, 1.0 / 0.6), ("rl", 0.8, 0.5, math.exp(0.6))]


@pytest.mark.parametrize(("form", "alpha", "beta", "peak"), CASES)
def test_without_noise_the_fit_is_the_truth(form, alpha, beta, peak):
    found = fit(DS, [truth(d, alpha, beta, form) for d in DS], form)
    assert (found.alpha, found.beta, found.r2) == pytest.approx((alpha, beta, 1.0))
    assert found.peak == pytest.approx(peak)
    assert [found.predicted(d) for d in DS] == pytest.approx([truth(d, alpha, beta, form) for d in DS])
    assert found.predicted(0.0) == 0.0
    around = [found.predicted(found.peak * x) for x in (0.95, 1.0, 1.05)]
    assert around[1] > around[0] and around[1] > around[2], "the peak is where the curve is highest"


@pytest.mark.parametrize(("form", "alpha", "beta", "peak"), CASES)
def test_from_noisy_runs_alpha_beta_and_the_peak_are_recovered(form, alpha, beta, peak):
    found = fit_intervals(DS, noisy_runs(alpha, beta, form), form)
    assert found.fit.alpha == pytest.approx(alpha, abs=0.05) and found.fit.beta == pytest.approx(beta, abs=0.05)
    assert found.fit.peak == pytest.approx(peak, rel=0.08) and found.no_peak == 0.0 and found.fit.r2 > 0.98
    for (low, high), value in zip(
        (found.alpha, found.beta, found.peak), (found.fit.alpha, found.fit.beta, found.fit.peak), strict=True
    ):
        assert low < value < high
    lows, highs = found.band
    assert found.ds[0] == 0.0 and found.ds[-1] == DS[-1] and lows[0] == highs[0] == 0.0
    assert all(low <= found.fit.predicted(d) <= high for d, low, high in zip(found.ds, lows, highs, strict=True))


@pytest.mark.parametrize(("form", "alpha", "beta", "peak"), CASES)
def test_intervals_cover_the_truth_and_are_no_wider_than_the_estimates_scatter(form, alpha, beta, peak):
    draws = [fit_intervals(DS, noisy_runs(alpha, beta, form, noise=0.2, seed=s), form, s, 400) for s in range(80)]
    for name, value in (("alpha", alpha), ("beta", beta), ("peak", peak)):
        intervals, estimates = [getattr(d, name) for d in draws], [getattr(d.fit, name) for d in draws]
        assert sum(low <= value <= high for low, high in intervals) >= 0.85 * len(draws)
        width = mean([high - low for low, high in intervals])
        assert width == pytest.approx(2 * 1.96 * statistics.stdev(estimates), rel=0.25)


def test_every_run_may_go_its_own_distance():
    rng = random.Random(5)
    places = [sorted(rng.uniform(0.2, 3.0) for _ in range(rng.randint(4, 9))) for _ in range(12)]
    runs = [[truth(d, 0.8, 0.5, "rl") + rng.gauss(0, 0.02) for d in ds] for ds in places]
    found = fit_intervals(places, runs, "rl")
    assert found.fit.alpha == pytest.approx(0.8, abs=0.03) and found.fit.peak == pytest.approx(math.exp(0.6), rel=0.05)
    assert found.ds[-1] == max(max(ds) for ds in places)


def test_the_fit_to_all_runs_is_the_fit_to_their_mean():
    runs = noisy_runs(1.0, 0.3, "best-of-n")
    average = [mean(column) for column in zip(*runs, strict=True)]
    of_mean = fit(DS, average, "best-of-n")
    for places in (DS, [DS] * len(runs)):
        pooled = fit_intervals(places, runs, "best-of-n").fit
        assert (pooled.alpha, pooled.beta) == pytest.approx((of_mean.alpha, of_mean.beta), rel=1e-12)


# ---- no peak


@pytest.mark.parametrize(
    ("form", "alpha", "beta", "where"),
    [
        ("best-of-n", 1.0, -0.1, math.inf),
        ("best-of-n", 1.0, 0.0, math.inf),
        ("best-of-n", -1.0, 0.2, 0.0),
        ("best-of-n", -1.0, 0.0, 0.0),
        ("best-of-n", 0.0, 0.2, 0.0),
        ("rl", 1.0, -0.1, math.inf),
        ("rl", 1.0, 0.0, math.inf),
        ("rl", 1.0, 1e-9, math.inf),
        ("rl", -1.0, 0.0, 0.0),
    ],
)  # fmt: skip
def test_a_curve_that_never_turns_or_only_falls_has_no_peak(form, alpha, beta, where):
    assert highest(alpha, beta, form) == where and Fit(form, alpha, beta, 1.0).peak is None


def test_runs_that_rise_without_end_say_so():
    found = fit_intervals(DS, noisy_runs(1.0, -0.2, "best-of-n"), "best-of-n")
    assert found.fit.peak is None and found.no_peak == 1.0 and found.peak == (math.inf, math.inf)


def test_draws_without_a_peak_are_counted_and_open_the_interval():
    turning, rising = ([truth(d, 1.0, beta, "best-of-n") for d in DS] for beta in (0.12, -0.1))
    found = fit_intervals(DS, [turning, rising] * 6, "best-of-n")
    assert 0.05 < found.no_peak < 0.95 and found.peak[1] == math.inf and math.isfinite(found.peak[0])
    begun, lost = ([truth(d, alpha, 0.3, "best-of-n") for d in DS] for alpha in (0.1, -0.1))
    falling = fit_intervals(DS, [begun, lost] * 6, "best-of-n")
    assert 0.05 < falling.no_peak < 0.95 and falling.peak[0] == 0.0 and falling.peak[1] < 0.5


# ---- records


def test_the_same_seed_gives_the_same_intervals_and_another_others():
    runs = noisy_runs(1.0, 0.3, "best-of-n")
    assert fit_intervals(DS, runs, "best-of-n", seed=3) == fit_intervals(DS, runs, "best-of-n", seed=3)
    assert fit_intervals(DS, runs, "best-of-n", seed=3).alpha != fit_intervals(DS, runs, "best-of-n", seed=4).alpha


def test_gains_count_from_the_first_value():
    assert from_start([[2.0, 3.0, 1.0], [0.5, 0.5, 1.0]]) == [[0.0, 1.0, -1.0], [0.0, 0.0, 0.5]]


def test_equal_gains_explain_nothing():
    assert fit([1.0, 2.0], [0.0, 0.0], "rl").r2 is None


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: fit(DS, DS, "ppo"), "form is 'ppo': give 'best-of-n' or 'rl'"),
        (lambda: fit([0.0, 1.0], [0.0, 1.0], "rl"), "1 distances d above 0: α and β need two different ones"),
        (lambda: fit([-1.0, 1.0, 2.0], [0.0, 1.0, 1.0], "rl"), "a distance d is below 0 or not a number"),
        (lambda: fit([1.0, 2.0], [0.0, float("nan")], "rl"), "a gain is not a number"),
        (lambda: fit([1.0, 2.0], [0.0], "rl"), "1 gains for 2 distances"),
        (lambda: fit_intervals([1.0, 2.0], [[0.0, 1.0]], "rl"), "there is 1 run: an interval over runs needs 2"),
        (lambda: fit_intervals([[1.0, 2.0]], [[0.0, 1.0]] * 2, "rl"), "1 rows of d for 2 runs"),
    ],
)  # fmt: skip
def test_bad_input_is_named(make, sentence):
    with pytest.raises(CourseError, match=sentence):
        make()
