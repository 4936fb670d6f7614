"""The bar τ in pictures: what it keeps is what the filter keeps, and over a 0/1 reward it does nothing."""

import base64
import re

import pytest

from course_lib import show
from course_lib.check.made import BEN, BEN_RIGHT, BEN_WORSE, EVA, EVA_00, EVA_06, EVA_10, EVA_CUT, group
from course_lib.errors import CourseError
from course_lib.score import graded
from course_lib.select import threshold
from course_lib.show.threshold_picture import GRADES, above, bin_of, rewarded
from course_lib.types import Turn

TURN = Turn(0, 1)
GROUPS = [
    group(EVA, (EVA_00, 0.0), (EVA_06, 0.0), (EVA_10, 0.0), (EVA_CUT, 0.0), cut=(EVA_CUT,)),
    group(BEN, (BEN_RIGHT, 0.0), (BEN_WORSE, 0.0)),
]


@pytest.mark.parametrize("tau", [0.0, 0.3, 0.6, 0.65, 0.95])
def test_the_picture_counts_what_the_filter_keeps(tau):
    kept = threshold(tau)(graded(None, GROUPS, TURN), TURN)
    assert above(rewarded(GROUPS)["graded"], tau)[0] == len(kept)
    assert f"{len(kept)} of 5 left" in show.threshold(GROUPS, tau).alt


def test_a_higher_bar_leaves_fewer_and_sounder_answers():
    rows = rewarded(GROUPS)["graded"]
    assert above(rows, 0.0) == (4, 50.0) and above(rows, 0.65) == (3, pytest.approx(66.7, abs=0.1))
    assert above(rows, 0.95) == (2, 100.0)


def test_over_a_zero_one_reward_the_slider_does_nothing():
    rows = rewarded(GROUPS)["0/1"]
    assert {above(rows, tau) for tau in GRADES[:-1]} == {(2, 100.0)}
    assert {show.threshold(GROUPS, tau, "0/1").alt.partition(": ")[2] for tau in (0.0, 0.5, 0.95)} == {
        "2 of 5 left, 100 % sound. 5 recorded answers to 2 stories."
    }


def test_both_rewards_stand_side_by_side_in_words_too():
    alt = show.two_rewards(GROUPS, 0.6).alt
    assert "graded reward, τ = 0.60: 3 of 5 left, 67 % sound" in alt
    assert "0/1 reward, τ = 0.60: 2 of 5 left, 100 % sound" in alt


@pytest.mark.parametrize("tau", [0.0, 0.5, 0.95])
def test_bars_in_full_colour_are_those_above_the_bar(tau):
    bars = [p for p in show.threshold(GROUPS, tau).figure.axes[0].patches if p.get_height()]
    strong = sum(p.get_height() for p in bars if p.get_alpha() == 1.0)
    assert strong == above(rewarded(GROUPS)["graded"], tau)[0] and sum(p.get_height() for p in bars) == 5


@pytest.mark.parametrize("score, bar", [(0.0, 0), (0.01, 1), (0.05, 1), (0.6, 12), (2 / 3, 14), (0.8, 16), (1.0, 20)])
def test_a_reward_stands_in_the_bar_that_ends_at_it_or_above_it(score, bar):
    assert bin_of(score) == bar


def test_another_reward_is_named():
    with pytest.raises(CourseError, match="'stars': give 'graded' or '0/1'"):
        show.threshold(GROUPS, 0.5, "stars")


def test_nothing_finished_draws_an_empty_picture():
    nothing = [group(EVA, (EVA_CUT, 0.0), cut=(EVA_CUT,))]
    assert "0 of 0 left" in show.threshold(nothing, 0.5).alt and len(show.two_rewards(nothing, 0.5).png()) > 1000


def test_the_sets_of_a_run_are_counted_by_bar_with_their_soundness_and_their_cost():
    groups = graded(None, GROUPS, TURN)
    alt = show.improve_sets(groups, threshold(0.0)(groups, TURN), (0.0, 0.6, 0.95)).alt
    assert "6 answers drawn once; 4 of them trained on, 2.2 times each" in alt
    assert re.findall(r"(\d+) % sound", alt) == ["50", "67", "100"]
    assert "2 steps: 2, 2, 1; 4 steps: 2, 1, 1" in alt


def test_a_run_that_kept_nothing_still_has_its_picture():
    assert "0 of them trained on, 0.0 times each" in show.improve_sets(GROUPS, [], (0.0, 0.6)).alt


def test_accuracies_stand_side_by_side_with_their_intervals():
    found = {name: {"accuracy": a, "interval": [a - 0.1, a + 0.1], "n": 50} for name, a in (("old", 0.4), ("new", 0.6))}
    alt = show.measured(found).alt
    assert "old: 40 [30, 50]; new: 60 [50, 70]" in alt and "n = 50 problems" in alt


def test_they_are_pictures_a_notebook_can_hold():
    for picture in (show.threshold(GROUPS, 0.6), show.two_rewards(GROUPS, 0.6)):
        data, _ = picture._repr_mimebundle_()
        assert len(base64.b64decode(data["image/png"])) < 60_000 and data["text/plain"].startswith("[picture]")
