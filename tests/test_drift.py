"""Generations that learn from their own samples: what theory says, which diets keep the tail, the same seed the same numbers."""

import math
import statistics
import time

import pytest

from course_lib.drift import DIETS, SMOOTHING, expected_variance, gaussian, vocabulary, zipf
from course_lib.errors import CourseError
from course_lib.statistics import mean

REAL = zipf(1000)


def column(rows, generation=-1):
    return [row[generation] for row in rows]


def near(values, expected, errors=4.0):
    """Is the mean of these values within so many standard errors of what theory says?"""
    return abs(mean(values) - expected) < errors * statistics.stdev(values) / math.sqrt(len(values))


# ---- a Gaussian


@pytest.mark.parametrize("diet", ["replace", "accumulate", "mix"])
@pytest.mark.parametrize("n", [10, 40])
def test_the_mean_variance_is_what_theory_says(diet, n):
    rows = gaussian(diet, n, generations=8, seeds=4000, share=0.2, seed=1).variance
    expected = expected_variance(diet, n, 8, share=0.2)
    assert expected[0] == 1.0 and expected[1] == pytest.approx(1 - 1 / n), "the first learns from real data anyway"
    assert all(near(column(rows, g), expected[g]) for g in range(1, 9))


def test_under_replacement_the_variance_shrinks_by_one_nth_a_generation():
    assert expected_variance("replace", 30, 50) == pytest.approx([(1 - 1 / 30) ** g for g in range(51)])
    assert expected_variance("mix", 30, 50, share=0.0) == pytest.approx(expected_variance("replace", 30, 50))
    assert expected_variance("mix", 30, 50, share=1.0)[-1] == pytest.approx(1 - 1 / 30)


def test_accumulating_loses_a_bounded_amount():
    """Π (1 − 1/(n k²)) is Euler's product of sin(x)/x at x = π/√n."""
    x = math.pi / math.sqrt(30)
    assert expected_variance("accumulate", 30, 5000)[-1] == pytest.approx(math.sin(x) / x, abs=1e-4)


def test_divided_by_n_minus_one_the_mean_stays_and_nearly_every_seed_still_narrows():
    rows = gaussian("replace", 10, generations=30, seeds=4000, ddof=1).variance
    assert all(near(column(rows, g), 1.0) for g in (1, 2, 4)), "later a few huge seeds hold the mean up"
    medians = [statistics.median(column(rows, g)) for g in (1, 10, 30)]
    assert medians[0] > 0.8 and medians[1] < 0.5 and medians[2] < 0.1


def test_accumulating_and_real_samples_beat_replacing():
    last = {diet: mean(column(gaussian(diet, 30, 50, 200).variance)) for diet in DIETS}
    assert last["replace"] < 0.4 and last["accumulate"] == pytest.approx(0.95, abs=0.04)
    assert last["replace"] + 0.2 < last["accumulate-subsample"] < last["accumulate"] + 0.05
    assert last["mix"] > last["replace"] + 0.2


def test_the_median_lies_far_below_the_mean():
    rows = column(gaussian("replace", 30, 50, 400).variance)
    assert statistics.median(rows) < 0.4 * mean(rows)


def test_the_mean_wanders_when_samples_replace_real_ones_and_less_when_they_join_them():
    replaced, joined = (column(gaussian(d, 30, 30, 400).mean) for d in ("replace", "accumulate"))
    assert abs(mean(replaced)) < 0.2 and statistics.stdev(replaced) > 2 * statistics.stdev(joined)


# ---- a vocabulary


def test_the_first_generation_is_a_sample_of_real_text():
    found = vocabulary("replace", REAL, n=500, generations=1, seeds=400)
    assert near(column(found.types), sum(1 - (1 - p) ** 500 for p in REAL))
    assert near(column(found.tail), mean([1 - (1 - p) ** 500 for p in REAL[500:]]))


def test_the_chance_that_two_words_differ_shrinks_as_the_variance_does():
    """Counting again and again is the drift of genes: 1 − Σp² falls by 1/n a generation, in the mean."""
    found = vocabulary("replace", zipf(20), n=50, generations=6, seeds=2000)
    differ = [[1 - sum((c / 50) ** 2 for c in words) for words in run] for run in found.counts]
    for g in range(1, 7):
        assert near(column(differ, g), differ[0][0] * (1 - 1 / 50) ** g)


def test_a_dead_word_stays_dead_without_real_text_and_comes_back_with_it():
    def revived(diet):
        runs = vocabulary(diet, REAL, n=1000, generations=6, seeds=3).counts
        return sum(
            a == 0 and b > 0 for run in runs for g in range(1, 6) for a, b in zip(run[g], run[g + 1], strict=True)
        )

    assert revived("replace") == revived("accumulate") == 0 and revived("mix") > 50


def test_types_and_entropy_agree_with_another_program():
    """shared/research/methods.md, §3, means of 20 seeds: counted from the first fit, so its generation 10 is our eleventh."""
    found = {diet: vocabulary(diet, REAL, generations=11, seeds=200) for diet in ("replace", "mix", "accumulate")}
    types, entropy = ({d: mean(column(rows)) for d, rows in told.items()} for told in by_measure(found))
    assert types == pytest.approx({"replace": 88, "mix": 186, "accumulate": 338}, abs=5)
    assert list(entropy.values()) == pytest.approx([3.81, 4.34, 4.68], abs=0.07)
    assert found["replace"].entropy[0][0] == pytest.approx(5.19, abs=0.01)
    more = vocabulary("replace", REAL, n=10_000, generations=11)
    assert mean(column(more.types)) == pytest.approx(435, abs=8)


def by_measure(found):
    return {d: v.types for d, v in found.items()}, {d: v.entropy for d, v in found.items()}


def test_accumulating_never_loses_a_word_that_the_first_generation_knew():
    for run in vocabulary("accumulate", REAL, generations=6, seeds=5).types:
        assert len(set(run[1:])) == 1 and run[1] < run[0] == 1000


def test_mixing_in_real_text_keeps_the_tail_and_the_loss_on_real_text():
    alone, mixed = (vocabulary(diet, REAL, n=10_000, generations=10) for diet in ("replace", "mix"))
    assert mean(column(mixed.tail)) > mean(column(alone.tail)) + 0.2
    assert max(column(alone.tail)) < min(column(mixed.tail)), "in every seed"
    assert max(column(mixed.cross_entropy)) < min(column(alone.cross_entropy))
    more = vocabulary("mix", REAL, n=10_000, share=0.5)
    assert mean(column(more.tail)) > mean(column(mixed.tail)) + 0.05


def test_cross_entropy_is_that_of_real_text_smoothed_as_stated():
    real = [0.5, 0.3, 0.2]
    found = vocabulary("replace", real, n=2, generations=3, seeds=5)
    for run, losses in zip(found.counts, found.cross_entropy, strict=True):
        for words, loss in zip(run, losses, strict=True):
            model = [0.99 * c / sum(words) + SMOOTHING / 3 for c in words]
            assert loss == pytest.approx(-sum(p * math.log(q) for p, q in zip(real, model, strict=True)))
            assert loss <= math.log(3 / SMOOTHING)


def test_real_text_may_be_counts_in_any_order():
    by_chance, by_count = (vocabulary("mix", real, n=50, generations=3) for real in ([0.5, 0.3, 0.2], [20, 50, 30]))
    assert by_chance.types == by_count.types and by_chance.counts[0][0] == pytest.approx([25, 15, 10])


# ---- every diet


@pytest.mark.parametrize("diet", DIETS)
def test_the_same_seed_gives_the_same_numbers_and_all_begin_alike(diet):
    assert gaussian(diet, seed=7) == gaussian(diet, seed=7) != gaussian(diet, seed=8)
    one, again, other = (vocabulary(diet, zipf(50), n=60, seed=s) for s in (7, 7, 8))
    assert one == again != other
    assert column(gaussian(diet, seed=7).variance, 0) == [1.0] * 20
    if diet != "mix":
        assert column(gaussian(diet, seed=7).variance, 2) != column(gaussian("mix", seed=7).variance, 2)
    assert column(gaussian(diet, seed=7).variance, 1) == column(gaussian("replace", seed=7).variance, 1)


@pytest.mark.parametrize("diet", DIETS)
def test_shapes_and_what_a_generation_is_fitted_to(diet):
    found = vocabulary(diet, zipf(30), n=40, generations=5, seeds=3)
    assert len(found.counts) == len(found.types) == 3 and {len(row) for row in found.types} == {6}
    sizes = [[round(sum(words)) for words in run] for run in found.counts]
    fed = [40, *(40 * g if diet == "accumulate" else 40 for g in range(1, 6))]
    assert sizes == [fed] * 3
    curve = gaussian(diet, n=12, generations=5, seeds=3)
    assert len(curve.mean) == 3 and {len(row) for row in curve.variance} == {6}


def test_a_subsample_never_repeats_a_sample():
    """Without return: from a pool of 2n, no word is taken more often than it lies there."""
    runs = vocabulary("accumulate-subsample", [1.0] * 400, n=200, generations=2, seeds=5).counts
    pooled = vocabulary("accumulate", [1.0] * 400, n=200, generations=2, seeds=5).counts
    for some, everything in zip(runs, pooled, strict=True):
        assert all(a <= b for a, b in zip(some[2], everything[2], strict=True))


def test_sliders_are_answered_at_once():
    begun = time.perf_counter()
    for diet in DIETS:
        vocabulary(diet, REAL, n=1000, generations=10, seeds=20)
        gaussian(diet, n=1000, generations=10, seeds=20)
    assert time.perf_counter() - begun < 4.0, "all eight; each must take well under a second"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: gaussian("feast"), "diet is 'feast': give one of replace, accumulate, accumulate-subsample, mix"),
        (lambda: gaussian("replace", n=1), "n is 1: it must be a whole number of 2 or more"),
        (lambda: gaussian("replace", generations=0), "generations is 0: it must be a whole number of 1 or more"),
        (lambda: vocabulary("replace", REAL, seeds=0), "seeds is 0"),
        (lambda: vocabulary("mix", REAL, share=1.5), "share of real samples is 1.5: it must lie between 0.0 and 1.0"),
        (lambda: vocabulary("mix", [1.0]), "real text needs two words or more"),
        (lambda: vocabulary("mix", [0.5, 0.5, 0.0]), "each with a chance above 0"),
        (lambda: zipf(1), "vocabulary size is 1"),
        (lambda: zipf(10, -1.0), "exponent is -1.0: it must lie between 0.0 and 5.0"),
        (lambda: expected_variance("accumulate-subsample", 10, 5), "there is no closed form for accumulate-subsample"),
    ],
)  # fmt: skip
def test_bad_input_is_named(make, sentence):
    with pytest.raises(CourseError, match=sentence):
        make()
