"""Pictures of copies and paths: they count what the filter keeps, and say so in words."""

import pytest

from course_lib import show
from course_lib.errors import CourseError
from course_lib.recordings import TEMPERATURES, recorded
from course_lib.select import correct, distinct_correct
from course_lib.show.paths_picture import counts, means_at, paths_of, right_of, straight
from course_lib.types import Completion, Group, Problem, Turn

TURN = Turn(0, 1)
STORY = Problem("mia", "Mia has 23 apples. She finds 14 more. Then she loses 9.", "28", 2)
RIGHT, SPACED, OTHER = "23+14=37\n37-9=28\n#### 28", "23 + 14 = 37\n37-9=28\n#### 28", "23-9=14\n14+14=28\n#### 28"
WRONG = "23+14=36\n36-9=27\n#### 27"


def group(*texts, cut=()):
    rows = tuple(Completion(t, finished=i not in cut) for i, t in enumerate(texts))
    return Group(STORY, rows, tuple(float(t.endswith("28")) for t in texts))


def claim_row(by_k, paths, copies=0.6):
    """C08's row over two seeds, `by_k` and `paths` being K → accuracy and K → paths."""
    beside = {
        "accuracy_by_k": {str(k): a for k, a in by_k.items()},
        "distinct_by_k": {str(k): p for k, p in paths.items()},
        "problems_by_k": {str(k): min(p, 0.9) for k, p in paths.items()},
        "accuracy_with_duplicates": copies,
        "accuracy_with_one_each": 0.55,
        "base": 0.4,
        "examples_with_duplicates": 50,
        "examples_distinct": 10,
    }
    seeds = [{"seed": s, "effect": 0.1, "beside": beside} for s in (0, 1)]
    return {"id": "C08", "unit": "accuracy on fresh hard stories", "n": 1000, "seeds": seeds}


def test_white_space_makes_no_new_path_and_wrong_or_cut_answers_no_path_at_all():
    assert sorted(counts([group(RIGHT, SPACED, OTHER, WRONG)])[0]) == [1, 2]
    assert counts([group(RIGHT, WRONG, cut=(0,))]) == [[]]


def test_at_all_tries_the_counts_are_what_the_filters_keep():
    groups = recorded(1.0, 16)
    times = counts(groups)
    kept = [len(select(groups, TURN)) / len(groups) for select in (correct(), distinct_correct())]
    assert [means_at(count, times, 16, 16)[0] for count in (right_of, paths_of)] == pytest.approx(kept)


def test_fewer_tries_are_averaged_over_all_ways_to_draw_them():
    assert paths_of([2, 1], 3, 2) == pytest.approx((1 + 2 + 2) / 3)  # AA', AB, A'B


def test_doubling_k_doubles_the_right_answers_and_not_the_paths():
    times = counts(recorded(1.0))
    right, paths = ([means_at(count, times, 32, k)[0] for k in (8, 16)] for count in (right_of, paths_of))
    assert right[1] == pytest.approx(2 * right[0])
    assert paths[0] < paths[1] < 1.6 * paths[0]


def test_the_picture_reads_off_k_and_says_what_twice_as_many_add():
    said = repr(show.paths_by_k([group(RIGHT, SPACED, OTHER, WRONG)], 2))
    assert "K = 2: 1.5 right answers a problem, on 1.3 distinct paths" in said
    assert "K = 4 adds 1.5 right answers and 0.7 paths" in said
    assert "adds" not in repr(show.paths_by_k(recorded(1.0), 32))  # no more than 32 are recorded


def test_the_picture_by_temperature_names_the_best_and_how_many_are_right():
    picture = show.paths_by_temperature({0.5: [group(RIGHT, RIGHT)], 1.0: [group(RIGHT, OTHER)]}, 2)
    assert "the most paths, 2.0 a problem, at T = 1" in repr(picture)
    ticks = [t.get_text() for t in picture.figure.axes[0].get_xticklabels()]
    assert ticks == ["0.5\n100 % right", "1\n100 % right"]


def test_the_recorded_temperatures_are_all_drawn():
    picture = show.paths_by_temperature({t: recorded(t) for t in TEMPERATURES}, 8)
    assert len(picture.figure.axes[0].get_xticks()) == len(TEMPERATURES)


def test_accuracy_that_follows_paths_is_a_line_against_paths_and_bends_against_k():
    paths = {1: 0.5, 4: 1.5, 8: 2.0, 32: 3.5}
    picture = show.paths_against_accuracy(claim_row({k: 0.4 + 0.05 * p for k, p in paths.items()}, paths))
    by_k, by_paths, by_problems = (axes.get_title(loc="left") for axes in picture.figure.axes)
    assert by_paths.endswith("R² = 1.00") and not by_k.endswith("R² = 1.00")
    assert by_problems.startswith("against problems solved\n") and not by_problems.endswith("R² = 1.00")
    assert "K = 32 with its copies: 5.0 × the examples: 60.0 at 3.50 paths" in repr(picture)
    assert "K = 32, one path of each problem: 55.0 at 0.90 paths" in repr(picture)


def test_k_is_ordered_by_number_not_by_name():
    row = claim_row({32: 0.6, 4: 0.5}, {32: 3.0, 4: 1.0})
    assert "50 at 4, 60 at 32" in repr(show.paths_against_accuracy(row))


def test_a_flat_line_and_a_single_point_are_no_division_by_zero():
    assert straight([1, 2], [5, 5]) == (0.0, 5.0, 0.0)
    assert straight([1], [5]) == (0.0, 5.0, 0.0)


def test_nothing_right_is_drawn_as_nothing():
    nothing = [group(WRONG, WRONG)]
    assert "K = 1: 0.0 right answers a problem, on 0.0 distinct paths" in repr(show.paths_by_k(nothing, 1))
    assert "0.0 a problem" in repr(show.paths_by_temperature({1.0: nothing}, 2))


@pytest.mark.parametrize("groups, k, says", [([], 1, "no groups"), ([group(RIGHT)], 2, "choose from 1 to 1")])
def test_what_cannot_be_counted_is_answered_with_a_sentence(groups, k, says):
    with pytest.raises(CourseError, match=says):
        show.paths_by_k(groups, k)
