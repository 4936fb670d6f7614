"""Score, select and control on hand-made groups, by eye; no model."""

import random
from dataclasses import replace

import pytest

from course_lib import methods
from course_lib.errors import CourseError
from course_lib.revise import unsolved
from course_lib.score import graded, noisy, verify
from course_lib.select import correct, distinct_correct, most_varied, random_like, ranked, threshold, top_k
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


def rated(*rows, id="a"):
    """A group of (text, score, log-probability); a text in capitals was cut at the token limit."""
    said = tuple(Completion(text, logprob=nats, finished=not text.isupper()) for text, _, nats in rows)
    return Group(as_problem(STORY, id), said, tuple(score for _, score, _ in rows))


BEST = rated(
    ("low", 0.2, -1.0), ("high", 0.9, -9.0), ("CUT", 1.0, -1.0), ("twin", 0.9, -3.0), ("none", float("nan"), 0.0)
)


def test_a_problem_whose_only_right_answer_was_cut_is_asked_again():
    cut = Completion("#### 31\n\nLet me", finished=False)
    asked = Group(as_problem(STORY, "a"), (cut,), (1.0,))
    assert unsolved(asked) and not correct()([asked], TURN)
    assert not unsolved(replace(asked, completions_G=(replace(cut, finished=True),)))


def test_the_best_k_are_kept_and_among_equals_the_likeliest():
    assert ranked(BEST, -1.0) == [3, 1, 0], "neither one that was cut nor one that could not be judged"
    for k, kept in {1: ["twin"], 2: ["twin", "high"], 9: ["twin", "high", "low"]}.items():
        assert [e.completion for e in top_k(k)([BEST], TURN)] == kept
    assert [e.score for e in top_k(3)([BEST], TURN)] == [0.9, 0.9, 0.2]


def test_the_best_must_score_more_than_the_least():
    assert [e.completion for e in top_k(9, 0.2)([BEST], TURN)] == ["twin", "high"] and top_k(1, 0.9)([BEST], TURN) == []
    alike = rated(("a", 0.0, -2.0), ("b", 0.0, -1.0), id="b")
    assert [(e.completion, e.problem_id) for e in top_k(1)([alike, BEST], TURN)] == [("b", "b"), ("twin", "a")]
    assert [e.problem_id for e in top_k(1, 0.5)([alike, BEST], TURN)] == ["a"], "a problem without one has none"


@pytest.mark.parametrize("bad", [0, -1, 1.5])
def test_a_k_that_cannot_be_is_refused(bad):
    with pytest.raises(CourseError, match=f"k is {bad}: it must be a whole number of 1 or more"):
        top_k(bad)


def test_the_control_of_the_best_keeps_as_many_by_lot():
    groups = [rated(*((str(i), 1.0 if i == 2 else 0.0, -1.0) for i in range(4)), id=str(n)) for n in range(200)]
    kept, blind = top_k(1)(groups, TURN), random_like(top_k(1))(groups, TURN)
    assert [e.completion for e in kept] == ["2"] * 200 and [e.problem_id for e in blind] == [e.problem_id for e in kept]
    assert all(30 < sum(e.completion == str(i) for e in blind) < 70 for i in range(4))


def test_the_most_varied_are_those_whose_words_were_kept_least_often():
    def kept(*groups):
        return [e.completion for e in most_varied(list(groups), TURN)]

    first, second = (rated(("a fox", 0.0, -1.0), ("a newt", 0.0, -9.0), id=id) for id in "pq")
    assert kept(first, second) == ["a fox", "a newt"], "what was kept once is worth less the next time"
    assert kept(first, second, rated(("a fox", 0.0, 0.0), ("a heron", 0.0, 0.0), id="r"))[-1] == "a heron"
    assert kept(first, first, first, first) == ["a fox", "a newt", "a fox", "a newt"]
    assert kept(rated(("fox fox fox newt", 0.0, 0.0)), rated(("fox", 0.0, 0.0), ("newt", 0.0, 0.0))) == [
        "fox fox fox newt", "newt",
    ]  # fmt: skip


def test_variety_asks_for_no_score_but_for_an_end():
    scored = rated(("THE END", 1.0, 0.0), ("unjudged", float("nan"), 0.0), ("fox", 0.0, -5.0), ("newt", 1.0, -1.0))
    assert [e.completion for e in most_varied([scored], TURN)] == ["fox"], "a score is no reason"
    assert most_varied([rated(("CUT", 1.0, 0.0))], TURN) == [] == most_varied([], TURN)
    groups = [scored, scored]
    assert most_varied(groups, TURN) == most_varied(groups, Turn(1, 9)), "it draws no lots"


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
