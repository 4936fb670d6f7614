"""Recorded samples: what sliders show is what the pocket model said, judged by today's verifier."""

import pytest

from course_lib.errors import CourseError
from course_lib.recordings import LEVELS, PROBLEMS, TEMPERATURES, K, recorded
from course_lib.score import verify
from course_lib.statistics import mean
from course_lib.types import Turn


@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_every_problem_has_all_its_samples(temperature):
    groups = recorded(temperature)
    assert len(groups) == len({g.problem.id for g in groups}) == PROBLEMS
    assert {g.problem.level for g in groups} == set(LEVELS)
    assert all(len(g.completions_G) == len(g.scores_G) == K for g in groups)
    assert all(c.tokens > 0 and c.logprob < 0 and not c.hinted for g in groups for c in g.completions_G)


@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_the_stored_scores_are_those_the_verifier_gives(temperature):
    groups = recorded(temperature)
    assert [g.scores_G for g in verify(None, groups, Turn(0, 1))] == [g.scores_G for g in groups]


def test_a_smaller_k_is_the_first_of_them():
    few, all_of_them = recorded(1.0, 4), recorded(1.0)
    assert [g.completions_G for g in few] == [g.completions_G[:4] for g in all_of_them]
    assert [g.scores_G for g in few] == [g.scores_G[:4] for g in all_of_them]


def test_the_four_recordings_share_their_problems_and_differ_as_temperatures_do():
    found = [recorded(t) for t in TEMPERATURES]
    assert all([g.problem for g in groups] == [g.problem for g in found[0]] for groups in found)
    different = [mean([len({c.text for c in g.completions_G}) for g in groups]) for groups in found]
    assert different == sorted(set(different))
    solved = [mean([mean(g.scores_G) for g in groups]) for groups in found]
    assert solved == sorted(solved, reverse=True) and 0.2 < solved[-1] < solved[0] < 0.95


def test_a_temperature_that_was_not_recorded_is_named_with_those_that_were():
    with pytest.raises(CourseError, match=r"temperature is 0.7: samples are recorded at \(0.5, 0.8, 1.0, 1.3\)"):
        recorded(0.7)


@pytest.mark.parametrize("k", [0, 33])
def test_a_k_that_was_not_recorded_is_named(k):
    with pytest.raises(CourseError, match=f"K is {k}: 32 samples"):
        recorded(1.0, k)
