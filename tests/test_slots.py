"""Score, select and control on hand-made groups, by eye; no model."""

import random

import pytest

from course_lib import methods
from course_lib.errors import CourseError
from course_lib.score import graded, noisy, verify
from course_lib.select import correct, distinct_correct, random_like, threshold
from course_lib.tasks.stories import Story, as_problem
from course_lib.types import Completion, Group, Problem, Turn

STORY = Story(23, (14, -9), None, "Mia has 23 apples ...")
RIGHT, TWIN, OTHER = "23+14=37\n37-9=28\n#### 28", "23+14=37\n37-9=28 \n#### 28", "23-9=14\n14+14=28\n#### 28"
LUCKY, WRONG = "23+14=36\n36-9=28\n#### 28", "23+14=36\n36-9=27\n#### 27"
TURN = Turn(0, 1)


def group(*texts, id="a", cut=()):
    return Group(as_problem(STORY, id), tuple(Completion(t, finished=t not in cut) for t in texts))


def test_verify_reads_the_answer_and_graded_reads_the_steps():
    groups = [group(RIGHT, LUCKY, WRONG)]
    assert verify(None, groups, TURN)[0].scores_G == (1.0, 1.0, 0.0)
    assert graded(None, groups, TURN)[0].scores_G == pytest.approx((1.0, 1 / 3, 1 / 3))


def test_graded_reads_any_arithmetic_where_there_is_no_story():
    problem = Problem("g", "How much?", "14")
    groups = [
        Group(
            problem,
            tuple(map(Completion, ("2 * 5 = 10, 10 + 4 = 14\n#### 14", "2*5=11, 11+4=15\n#### 15", "#### 14", "no"))),
        )
    ]
    assert graded(None, groups, TURN)[0].scores_G == pytest.approx((1.0, 1 / 3, 1.0, 0.0))


def test_correct_keeps_all_and_distinct_keeps_one_a_path():
    groups = verify(None, [group(RIGHT, WRONG, TWIN, OTHER)], TURN)
    assert [e.completion for e in correct()(groups, TURN)] == [RIGHT, TWIN, OTHER]
    assert [e.completion for e in distinct_correct()(groups, TURN)] == [RIGHT, OTHER]
    assert [e.completion for e in correct(cap=1)(groups, TURN)] == [RIGHT]


def test_a_completion_cut_at_the_limit_is_never_kept():
    groups = verify(None, [group(RIGHT, cut=(RIGHT,))], TURN)
    assert correct()(groups, TURN) == []
    assert random_like(correct())(groups, TURN) == []


def test_threshold_is_strict_and_checked():
    groups = graded(None, [group(RIGHT, LUCKY, WRONG)], TURN)
    assert len(threshold(0.0)(groups, TURN)) == 3
    assert len(threshold(0.5)(groups, TURN)) == 1
    for bad in (-0.1, 1.0, float("nan")):
        with pytest.raises(CourseError, match="τ"):
            threshold(bad)


def test_with_a_0_1_reward_every_threshold_is_the_same_filter():
    groups = verify(None, [group(RIGHT, LUCKY, WRONG)], TURN)
    assert threshold(0.0)(groups, TURN) == threshold(0.95)(groups, TURN)


def test_the_control_keeps_as_many_of_each_problem_but_blindly():
    groups = verify(
        None, [group(RIGHT, WRONG, WRONG, WRONG, id=str(i)) for i in range(200)] + [group(WRONG, id="none")], TURN
    )
    kept = random_like(correct())(groups, TURN)
    assert [e.problem_id for e in kept] == [e.problem_id for e in correct()(groups, TURN)]
    share_right = sum(e.completion == RIGHT for e in kept) / len(kept)
    assert 0.15 < share_right < 0.35, "one completion in four is right, so about one in four is kept"
    assert kept == random_like(correct())(groups, TURN), "the same turn draws the same lots"
    assert kept != random_like(correct())(groups, Turn(0, 2))


def test_the_control_of_rest_improves_on_as_many_but_not_on_better():
    groups = graded(None, [group(RIGHT, WRONG, WRONG, WRONG, id=str(i)) for i in range(200)], TURN)
    method = methods.rest()
    kept, blind = method.select(groups, TURN), methods.control(method).select(groups, TURN)
    for tau in (0.0, 0.6, 0.95):
        mine, theirs = ([e for e in part if e.score > tau] for part in (kept, blind))
        assert len(mine) == len(theirs) > 0
    assert (
        sum(e.completion == RIGHT for e in theirs) / len(theirs)
        < 0.4
        < 1
        == sum(e.completion == RIGHT for e in mine) / len(mine)
    )


def test_star_scores_its_retries_with_the_score_it_was_given(qwen, monkeypatch):
    import course_lib.revise as revise

    monkeypatch.setattr(revise, "sample", lambda policy, prompts, k, *rest: [[Completion(RIGHT)] * k for _ in prompts])
    blind = methods.star(score=noisy(verify, 1.0), hints=1)
    failed = [Group(as_problem(STORY, "a"), (Completion(RIGHT),), (0.0,))]
    assert blind.revise(qwen, failed, TURN)[0].scores_G == (0.0, 0.0)


@pytest.mark.parametrize("build", [methods.star, methods.rft, methods.rest])
def test_the_token_limit_reaches_the_rollout(qwen, build):
    groups = build(k=1, max_tokens=3).rollout(qwen, [as_problem(STORY, "a")], TURN)
    assert groups[0].completions_G[0].tokens <= 3


def test_noise_turns_over_its_share():
    groups = [group(RIGHT, WRONG, id=str(i)) for i in range(500)]
    flips = sum(
        a != b
        for g, h in zip(verify(None, groups, TURN), noisy(verify, 0.2)(None, groups, TURN), strict=True)
        for a, b in zip(g.scores_G, h.scores_G, strict=True)
    )
    assert 0.16 < flips / 1000 < 0.24
    assert noisy(verify, 0.0)(None, groups, TURN) == verify(None, groups, TURN)
    assert all(g.scores_G == (0.0, 1.0) for g in noisy(verify, 1.0)(None, groups, TURN))
    with pytest.raises(CourseError, match="noise p is 1.5"):
        noisy(verify, 1.5)


def test_the_hint_is_dropped_from_what_is_stored():
    groups = verify(None, [Group(as_problem(STORY, "a"), (Completion(RIGHT, hinted=True),))], TURN)
    example = correct()(groups, TURN)[0]
    assert example.hinted and "The answer is" not in example.prompt


def test_control_differs_from_its_method_in_one_slot():
    star = methods.star()
    twin = methods.control(star)
    differing = [
        f
        for f in ("rollout", "score", "revise", "select", "train", "from_base")
        if getattr(star, f) is not getattr(twin, f)
    ]
    assert differing == ["select"]


@pytest.mark.parametrize("build", [methods.star, methods.rft, methods.rest])
@pytest.mark.parametrize("bad", [{"k": 0}, {"temperature": 0.0}, {"temperature": float("nan")}, {"lr": -1.0}])
def test_methods_refuse_bad_settings(build, bad):
    with pytest.raises(CourseError, match=str(next(iter(bad.values())))):
        build(**bad)


def test_rest_wants_thresholds_that_rise():
    with pytest.raises(CourseError, match="do not fall"):
        methods.rest(taus=(0.9, 0.5))


def test_random_is_seeded_not_global():
    random.seed(1)
    before = random.getstate()
    noisy(verify, 0.5)(None, [group(RIGHT)], TURN)
    random_like(correct())(verify(None, [group(RIGHT, WRONG)], TURN), TURN)
    assert random.getstate() == before
