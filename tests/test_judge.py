"""A policy as its own judge: what it reads, what it drops, and the pairs made of its points."""

import math
from types import SimpleNamespace

import pytest

from course_lib import methods
from course_lib.errors import CourseError
from course_lib.judge import judge
from course_lib.record import kept_line, read_kept
from course_lib.select import best_worst, random_like
from course_lib.types import Completion, Example, Group, Pair, Problem, Turn
from course_lib.wording import PLAIN, TOWN

TURN = Turn(0, 1)
JUDGE = SimpleNamespace(wording=TOWN)
PROMPT = "Mia has 23 apples. Mia gets 14 more. Mia gives away 9. How many apples does Mia have now?"
RIGHT, WRONG = "23+14=37\n37-9=28\n#### 28", "23+14=36\n36-9=26\n#### 26"


def group(*texts, id="a", scores=(), cut=()):
    made = tuple(Completion(t, finished=t not in cut) for t in texts)
    return Group(Problem(id, PROMPT, "28", 2), made, tuple(scores))


@pytest.fixture
def said(monkeypatch):
    """What the judge says: text of each judgement, in order; returns the calls."""
    calls = []

    def saying(*texts):
        def sample(policy, prompts, k, how, seed, keys, bar, title):
            calls.append((policy, prompts, k))
            told = iter(texts)
            return [[Completion(next(told)) for _ in range(k)] for _ in prompts]

        monkeypatch.setattr("course_lib.judge.sample", sample)
        return calls

    return saying


def test_points_are_averaged_and_unreadable_judgements_dropped_and_counted(said):
    calls = said("fine\nScore: 5", "Score: 4", "no idea", "Score: 9", "Score: 2", "Score: 2\nand more")
    lines = []
    (judged,) = judge(n=3, say=lines.append)(JUDGE, [group(RIGHT, WRONG)], TURN)
    assert judged.scores_G == (4.5, 2.0)
    assert lines == ["Round 1: 3 of 6 judgements could not be read and were dropped."]
    ((policy, prompts, k),) = calls
    assert policy is JUDGE and k == 3 and [RIGHT in prompts[0], WRONG in prompts[1]] == [True, True]


def test_a_model_from_outside_the_town_adds_up_points_from_0_to_5(said):
    calls = said(
        "It is on topic.\nScore: 0",
        "Useful.\n**Score: 4/5**",
        "Score: 4.5",
        "Score: 10",
        "Score: 5 points.",
        "Score: 3 of it",
    )
    (judged,) = judge(n=6, say=lambda text: None)(SimpleNamespace(wording=PLAIN), [group(RIGHT)], TURN)
    assert judged.scores_G == (3.0,), "0, 4 and 5 are read; the others name no sum"
    ((_, (prompt,), _),) = calls
    assert prompt.count("\n- ") == 5 and PROMPT in prompt and RIGHT in prompt
    assert prompt.index("why you give") < prompt.index("'Score: '"), "reasons first"


def test_an_answer_that_no_judgement_grades_is_never_kept(said):
    said("Score: 5", "nothing", "Score: 3")
    (judged,) = judge(n=1, say=lambda text: None)(JUDGE, [group(RIGHT, WRONG, "#### 5")], TURN)
    assert math.isnan(judged.scores_G[1])
    assert best_worst()([judged], TURN) == [Pair(PROMPT, RIGHT, "#### 5", "a", 2)]


def test_a_judge_that_says_nothing_readable_is_named(said):
    said("good", "bad")
    told = []
    (judged,) = judge(n=1, say=told.append)(JUDGE, [group(RIGHT, WRONG)], TURN)
    assert len(told) == 1 and "None of the 2 judgements could be read" in told[0] and "take a model" in told[0]
    assert all(map(math.isnan, judged.scores_G)) and best_worst()([judged], TURN) == []
    with pytest.raises(CourseError, match="number of judgements is 0"):
        judge(n=0)


def test_another_policy_may_judge(said):
    calls = said("Score: 1")
    judge(n=1, by=JUDGE)("the new self", [group(RIGHT)], TURN)
    assert calls[0][0] is JUDGE, "asked in its own words"


def test_the_pocket_model_tells_right_from_wrong(pocket):
    (judged,) = judge(n=4)(pocket, [group(RIGHT, WRONG)], TURN)
    assert judged.scores_G[0] > judged.scores_G[1] + 1


def test_best_against_worst_and_nothing_where_all_tie():
    told = [
        group("b", "c", "d", id="1", scores=(3.0, 5.0, 1.0)),
        group("b", "c", id="2", scores=(4.0, 4.0)),
        group("b", "c", id="3", scores=(5.0, 1.0), cut=("c",)),
        group("b", "c", id="4", scores=(math.nan, 1.0)),
    ]
    assert best_worst()(told, TURN) == [Pair(PROMPT, "c", "d", "1", 2)]


def test_the_control_s_pairs_are_of_the_same_problems_drawn_by_lot():
    told = [group(*"abcdefgh", id=str(i), scores=range(8)) for i in range(40)]
    told.append(group("a", "b", id="tie", scores=(1.0, 1.0)))
    kept, lots = best_worst()(told, TURN), random_like(best_worst())(told, TURN)
    assert [p.problem_id for p in lots] == [p.problem_id for p in kept] == [str(i) for i in range(40)]
    assert all(p.chosen != p.rejected for p in lots)
    assert 10 < sum(p.chosen > p.rejected for p in lots) < 30, "either of the two may be the better"
    assert lots == random_like(best_worst())(told, TURN) != random_like(best_worst())(told, Turn(0, 2))


@pytest.mark.parametrize("kept", [Pair("p", "a", "b", "1", 4), Example("p", "a", 0.5, "1", 4, True)])
def test_pairs_and_examples_come_back_from_disk(kept):
    assert read_kept(kept_line(kept)) == kept


def test_no_pair_left_is_said_plainly(capsys):
    from dataclasses import replace

    from course_lib.loop import improve

    tie = group("b", "c", scores=(4.0, 4.0))
    method = replace(
        methods.rft(), rollout=lambda *_: [tie], score=lambda policy, groups, turn: groups, select=best_worst()
    )
    improve(None, [], method, rounds=1, measure=lambda policy: {})
    assert "Round 1 kept nothing" in (told := capsys.readouterr().out) and "take more judgements" in told
