"""Pictures of collapse and over-optimisation: what they say in words, n and seeds in the corner, where there is no peak."""

import itertools
import math
import random

import pytest

from course_lib.best_of_n import by_prompt, distance
from course_lib.drift import expected_variance, gaussian, vocabulary, zipf
from course_lib.errors import CourseError
from course_lib.gao import fit_intervals, from_start
from course_lib.show.drift_picture import drifted
from course_lib.show.overoptimisation_picture import overoptimised, peaks
from course_lib.show.tail_picture import MOST, tail

NS = [1, 2, 4, 8, 16, 32, 64]
DS = [distance(n) for n in NS]


def corner(picture):
    return picture.figure.get_supxlabel()


def legend(picture):
    return [t.get_text() for t in picture.figure.axes[0].get_legend().get_texts()]


# ---- drift


def test_every_seed_is_a_thin_line_under_the_thick_one_of_their_mean():
    picture = drifted({"replace": [[1, 0.5], [1, 0.1]], "10 % real": [[1, 0.9], [1, 0.7]]}, "variance", "T", "n = 30")
    lines = picture.figure.axes[0].lines
    thin, thick = ([line for line in lines if (line.get_linewidth() < 1) == is_thin] for is_thin in (True, False))
    assert len(thin) == 4 and [list(line.get_ydata()) for line in thick] == [[1, 0.3], [1, 0.8]]
    assert len({line.get_marker() for line in thick}) == len({line.get_color() for line in thick}) == 2
    assert "#E69F00" not in {line.get_color() for line in thick}, "a diet with real text is no control"
    assert len(picture.figure.axes[0].collections) == 2, "a band for each mean"
    assert picture.alt.startswith(
        "T. Lines of variance by generation. replace: 1 at 0, 0.3 [0.1, 0.5] at 1, seeds from 0.1 to 0.5;"
    )
    assert corner(picture) == "n = 30; 2 seeds (thin lines); bands: 95 % of the mean (bootstrap over seeds)"


def test_truth_and_theory_have_lines_of_their_own():
    rows, theory = gaussian("replace", 30, 10, 8).variance, expected_variance("replace", 30, 10)
    picture = drifted({"replace": rows}, "variance", truth=1.0, theory={"replace": theory})
    assert legend(picture) == ["real", "replace", "theory, for the mean"]
    assert any(list(line.get_ydata()) == theory for line in picture.figure.axes[0].lines)
    assert "Real: 1." in picture.alt


def test_drift_of_nothing_is_refused():
    with pytest.raises(CourseError, match="needs for each diet the values of one seed at least"):
        drifted({"replace": []}, "variance")


# ---- the tail


ALL, HALF, ONE = [5] * 4, [5, 5, 0, 0], [5, 0, 0, 0]


def city(picture, panel=0):
    """The lights of a panel, row by row, top first; None between the blocks of two generations."""
    cells = picture.figure.axes[panel].collections[0].get_array()
    return [[None if value is None else round(value, 3) for value in row] for row in cells.tolist()]


def x_names(picture):
    return [t.get_text() for t in picture.figure.axes[0].get_xticklabels()]


def test_a_light_goes_out_where_its_word_is_gone():
    picture = tail({"replace": [ALL, HALF, ONE], "10 % real": [ALL, ALL, HALF]}, "Lights", "made up", seed=3)
    on, out, gap = 1.0, 0.0, None
    assert city(picture) == [[on, gap, on, gap, on], [on, gap, on, gap, out], *[[on, gap, out, gap, out]] * 2]
    assert city(picture, 1) == [[on, gap, on, gap, on]] * 2 + [[on, gap, on, gap, out]] * 2
    assert "replace: 4 words at generation 0, 1 at 2, 0 % of the rarer half still said" in picture.alt
    assert corner(picture) == "made up; 1 seed (3)" and picture.alt.startswith("Lights. Lights for words")
    assert picture.figure.axes[0].get_ylim() == (4, 0), "common on top"
    assert x_names(picture) == ["0\n4", "1\n2", "2\n1"]


def test_words_of_like_rank_stand_side_by_side():
    words = [1] * 25 + [0] * 5
    (top, *_, bottom) = city(tail({"replace": [[1] * 30, words]}))
    wide = (len(top) - 1) // 2
    assert 1 < wide < 10 and top[wide] is None and top[:wide] == top[wide + 1 :] == [1.0] * wide
    assert bottom[:1] == [1.0] and bottom[wide + 1 : wide + 2] == [0.0], "the rarest stand in the lowest row"


def test_of_several_runs_one_is_drawn_and_all_are_counted():
    picture = tail({"replace": [[ALL, ALL], [ALL, HALF], [ALL, ONE]]})
    assert city(picture) == [[1.0, None, 1.0]] * 4
    assert "33 % [0, 100] of the rarer half still said" in picture.alt
    assert corner(picture) == "drawn: 1 of 3 seeds; percent: mean of all [95 %, Student's t over seeds]"


def test_more_words_than_lights_share_them():
    half = [1] * 2000 + [1, 0] * 1000
    picture = tail({"replace": [[1] * 4000, half]})
    lights = [v for row in city(picture) for v in row if v is not None]
    assert len(lights) == 2 * MOST and {round(v, 2) for v in lights} >= {1.0, 0.33, 0.67}
    assert [t.get_text() for t in picture.figure.legends[0].get_texts()] == [
        "3 words of like rank still said", "half of them", "gone",
    ]  # fmt: skip


def test_some_rows_are_named_by_their_words_or_their_ranks():
    counts = vocabulary("replace", zipf(1000), seeds=2).counts
    named, ranked = (
        [t.get_text() for t in tail({"replace": counts}, words=words).figure.axes[0].get_yticklabels()]
        for words in ([f"w{i}" for i in range(1000)], ())
    )
    assert named[0] == "w0" and named[-1] == "w999" and len(named) == 9
    assert ranked[0] == "1" and ranked[-1] == "1,000"


def test_lights_differ_in_greyscale():
    image = tail({"replace": [ALL, HALF]}).figure.axes[0].collections[0]
    greys = [sum(w * c for w, c in zip((0.299, 0.587, 0.114), image.cmap(i / 20)[:3], strict=True)) for i in range(21)]
    assert all(a < b for a, b in itertools.pairwise(greys)) and greys[-1] - greys[0] > 0.7


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ({}, "give two or three diets of one size"),
        ({"a": [ALL, HALF], "b": [ALL]}, r"diets have \(generations, words\) of \[\(1, 4\), \(2, 4\)\]"),
        ({"a": ALL}, "counts are rows of words for each generation"),
    ],
)
def test_counts_that_do_not_fit_are_named(counts, sentence):
    with pytest.raises(CourseError, match=sentence):
        tail(counts)


# ---- over-optimisation


def scored(bent, prompts=12, samples=64, seed=0):
    """(golds, proxies) by prompt and n: gold follows the proxy, less `bent` times its square."""
    rng = random.Random(seed)
    proxies = [[rng.gauss(0, 1) for _ in range(samples)] for _ in range(prompts)]
    golds = [[p - bent * max(p, 0) ** 2 + rng.gauss(0, 0.2) for p in row] for row in proxies]
    return by_prompt(proxies, golds, NS), by_prompt(proxies, proxies, NS)


def fitted_to(golds):
    return fit_intervals(DS, from_start(golds), "best-of-n", draws=300)


def test_a_peak_is_marked_with_its_interval_and_told():
    golds, proxies = scored(0.4)
    fitted = fitted_to(golds)
    picture = overoptimised(DS, golds, proxies, fitted, NS)
    low, high = fitted.peak
    means = [sum(column) / len(golds) for column in zip(*golds, strict=True)]
    measured = DS[means.index(max(means))]
    words = f"Fitted peak: d = {fitted.fit.peak:.2f} [{low:.2f}, {high:.2f}]"
    axes = picture.figure.axes[0]
    assert (
        axes.get_title(loc="left") == f"{words}; highest measured: {measured:.2f}"
        and words in picture.alt
        and "0% of the draws have no peak" in picture.alt
    )
    assert legend(picture) == ["proxy", "gold", "fit to gold: d(α − βd)"]
    assert any(list(line.get_xdata()) == [fitted.fit.peak] for line in axes.lines), "a star at the peak"
    assert any(list(line.get_xdata()) == [low, high] for line in axes.lines), "its whisker"
    proxy, gold = axes.lines[:2]
    assert proxy.get_color() == "#D55E00" and gold.get_color() == "#009E73"
    assert proxy.get_marker() != gold.get_marker() and proxy.get_linestyle() != gold.get_linestyle()
    assert proxy.get_ydata()[0] == gold.get_ydata()[0] == 0.0, "both count from d = 0"
    assert corner(picture) == "n = 12 prompts; 95 %, bands: Student's t; peak: bootstrap"
    assert [t.get_text() for t in axes.child_axes[0].get_xticklabels()] == [str(n) for n in NS]


def test_controls_stand_beside_it_in_their_own_style():
    golds, proxies = scored(0.4)
    picture = overoptimised(DS, golds, proxies, controls={"best by gold": proxies, "by lot": [[0.0] * len(DS)] * 12})
    assert (
        legend(picture) == ["proxy", "gold", "best by gold", "by lot"]
        and "by lot: 0 at 0, 0 at 1.78 [0, 0]" in picture.alt
    )
    looks = {(line.get_linestyle(), line.get_marker()) for line in picture.figure.axes[0].lines[:4]}
    assert len(looks) == 4


def test_where_gold_never_turns_no_peak_is_marked():
    golds, proxies = scored(0.0)
    rising = [[0.0, *(d * (1 + 0.1 * d) for d in DS[1:])] for _ in range(3)]
    never = overoptimised(DS, rising, proxies[:3], fitted_to(rising), NS)
    assert "No peak: the fitted curve never turns down" in never.alt and "100% of the draws have no peak" in never.alt
    falling = overoptimised(
        DS, [[-x for x in row] for row in rising], proxies[:3], fitted_to([[-x for x in r] for r in rising])
    )
    assert "No peak: the fitted curve falls from the start" in falling.alt
    for picture in (never, falling):
        assert not any(line.get_marker() == "*" for line in picture.figure.axes[0].lines)
    assert "No peak" not in overoptimised(DS, golds, proxies).alt, "without a fit nothing is said of peaks"


def test_a_peak_beyond_what_was_measured_is_told_as_that_and_not_drawn():
    golds = [[d * (1 - 0.1 * d) for d in DS]] * 2
    picture = overoptimised(DS, golds, golds, fitted_to(golds), NS)
    assert "No peak up to d = 1.78, the last measured; the fit turns at 5.00 [5.00]" in picture.alt
    assert not any(line.get_marker() == "*" for line in picture.figure.axes[0].lines)


def test_a_policy_gradient_stands_at_the_mean_distance_of_its_runs():
    ds, golds = [[0.0, 1.0, 2.0], [0.0, 2.0, 4.0]], [[1.0, 2.0, 2.0], [1.0, 3.0, 2.0]]
    fitted = fit_intervals([row[:] for row in ds], from_start(golds), "rl", draws=100)
    picture = overoptimised(ds, golds, golds, fitted)
    assert list(picture.figure.axes[0].lines[1].get_xdata()) == [0.0, 1.5, 3.0]
    assert "fit to gold: d(α − β log d)" in legend(picture) and not picture.figure.axes[0].child_axes
    assert corner(picture).startswith("2 runs")


def test_a_run_that_turns_back_has_numbered_rounds_and_whiskers_in_the_place_of_bands():
    golds = [[0.0, 1.0, 2.0, 1.5], [0.0, 1.4, 2.4, 1.0]]
    there = overoptimised([0.0, 1.0, 2.0, 3.0], golds, golds)
    back = overoptimised([0.0, 1.0, 2.0, 1.6], golds, golds)
    assert [t.get_text() for t in back.figure.axes[0].texts] == ["0", "1", "2", "3"] and not there.figure.axes[0].texts
    assert "bands: Student's t" in corner(there) and "whiskers: Student's t" in corner(back)
    bands = [len([c for c in p.figure.axes[0].collections if "Fill" in type(c).__name__]) for p in (there, back)]
    assert bands == [2, 0]


def test_peaks_are_told_for_each_reward_model_and_an_open_end_says_so():
    golds = {size: scored(bent, seed=size)[0] for size, bent in ((500, 0.6), (4000, 0.35))}
    points = {size: fitted_to(rows) for size, rows in golds.items()}
    rising = [[0.0, *(d * (1 + 0.1 * d) for d in DS[1:])] for _ in range(3)]
    picture = peaks(points | {60_000: fitted_to(rising)}, "labels", "By labels", "n = 12 prompts")
    low, high = points[500].peak
    assert f"500: {points[500].fit.peak:.2f} [{low:.2f}, {high:.2f}], 0% of the draws without a peak" in picture.alt
    assert "60000: no peak up to 1.78 [no end], 100% of the draws without a peak" in picture.alt
    said = [t.get_text() for t in picture.figure.axes[0].texts]
    assert (
        "no peak" in said
        and f"{points[500].fit.peak:.2f}" in said
        and legend(picture) == ["beyond the last d measured"]
    )
    assert points[500].fit.peak < points[4000].fit.peak
    axes = picture.figure.axes[0]
    assert axes.get_xscale() == "log" and [t.get_text() for t in axes.get_xticklabels()] == ["500", "4,000", "60,000"]
    assert all(math.isfinite(y) for line in axes.lines for y in line.get_ydata())
    assert corner(picture).startswith("n = 12 prompts; whiskers: 95 % (bootstrap)")


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: overoptimised(DS, [[0.0, 1.0]], [[0.0, 1.0]]), "as many scores in a row as there are distances"),
        (lambda: overoptimised([0.0, 1.0], [[0.0, 1.0]], [[0.0, 1.0]], ns=[1]), "1 values of n for 2 distances"),
        (lambda: peaks({}, "labels"), "needs one fit at least"),
    ],
)
def test_bad_input_is_named(make, sentence):
    with pytest.raises(CourseError, match=sentence):
        make()


def test_they_are_pictures_a_notebook_can_hold():
    golds, proxies = scored(0.4)
    counts = {diet: vocabulary(diet, zipf(200), seeds=1).counts[0] for diet in ("replace", "mix")}
    rows = {"replace": gaussian("replace").variance}
    made = (
        tail(counts),
        drifted(rows, "variance"),
        overoptimised(DS, golds, proxies),
        peaks({1.0: fitted_to(golds)}, "labels"),
    )
    for picture in made:
        data, _ = picture._repr_mimebundle_()
        assert len(picture.png()) < 120_000 and data["text/plain"].startswith("[picture]")
