"""Checkers with a hole, on answers made by hand: what each pays for, what a second signal closes, and what it leaves open."""

import random
from dataclasses import replace

import pytest

from course_lib.claims import hacking
from course_lib.claims.lab import Lab
from course_lib.errors import CourseError
from course_lib.loopholes import (
    all_of,
    anywhere,
    arithmetic,
    calculated,
    last_number,
    mentioned,
    numbers,
    rubric,
    said_last,
    shows_work,
)
from course_lib.measure import drawn
from course_lib.pocket import authors
from course_lib.score import right, verify
from course_lib.tasks.stories import as_problem, sample_story, stories
from course_lib.types import Completion, Group, Problem, Turn

TURN = Turn(0, 1)
ASKED = Problem("q", "Mia has 12 apples. She buys 15 more. How many apples does Mia have now?", "27")
RIGHT, WRONG, SLIP = "12+15=27\n#### 27", "12+15=28\n#### 28", "12+15=27\n#### 28"
COUNTED = "25+1=26\n26+1=27\n27+1=28\n28+1=29\n29+1=30"  # never answers, passes by the answer, and every step is true
AFTERTHOUGHT = "12+15=28\n#### 28\nOr 27."


def group(*texts, problem=ASKED):
    return Group(problem, tuple(map(Completion, texts)))


def scores(score, *texts, problem=ASKED):
    return score(None, [group(*texts, problem=problem)], TURN)[0].scores_G


# ---- each checker on its own


def test_numbers_are_read_in_order_and_in_one_spelling():
    assert numbers("1,023.50 and -7, then 007 and 2.0") == ["1023.5", "-7", "7", "2"]
    assert numbers("76-26=50") == ["76", "26", "50"], "the sign belongs to the sum"
    assert numbers("3 - -4") == ["3", "-4"] and numbers("nothing") == []


ANSWERS = {  # text: gold, mentioned, said last, all arithmetic holds
    RIGHT: (1, 1, 1, 1),
    WRONG: (0, 0, 0, 0),
    SLIP: (0, 1, 0, 1),
    COUNTED: (0, 1, 0, 1),
    AFTERTHOUGHT: (0, 1, 1, 0),
    "#### 27": (1, 1, 1, 0),
    "#### 27\nThat took 3 steps.": (1, 1, 0, 0),
    "It is 27.0 apples.": (0, 1, 1, 0),
    "1+1=2\n127 apples": (0, 0, 0, 1),
    "-27": (0, 0, 0, 0),
    "50-27=23": (0, 1, 0, 1),
    "I do not know.": (0, 0, 0, 0),
    "": (0, 0, 0, 0),
}


@pytest.mark.parametrize("text", ANSWERS)
def test_each_checker_sees_what_it_asks_for_and_no_more(text):
    assert tuple(f(ASKED, text) for f in (right, mentioned, said_last, calculated)) == ANSWERS[text]
    assert [scores(s, text)[0] for s in (verify, anywhere, last_number, arithmetic)] == list(ANSWERS[text])


def test_gold_may_be_spelled_in_another_way():
    much = replace(ASKED, answer="1,023.0")
    assert mentioned(much, "about 1023 apples") == said_last(much, "1,023") == 1.0
    assert mentioned(much, "1 and 23") == 0.0


def test_where_there_is_no_gold_answer_nothing_is_found_and_arithmetic_does_not_ask():
    blank = replace(ASKED, answer=None)
    assert mentioned(blank, RIGHT) == said_last(blank, RIGHT) == 0.0
    assert shows_work(blank, RIGHT) == shows_work(ASKED, WRONG)
    assert calculated(blank, RIGHT) == 1.0


def test_the_rubric_pays_two_points_of_ten_for_the_answer_and_by_the_line_for_the_rest():
    assert shows_work(ASKED, "#### 27") == pytest.approx(0.2 + 0.8 / 20)
    assert shows_work(ASKED, RIGHT) == pytest.approx(0.2 + 2 * 0.8 / 20)
    assert shows_work(ASKED, WRONG) == pytest.approx(2 * 0.8 / 20)
    assert shows_work(ASKED, "\n".join(["12+15=27"] * 19 + ["#### 27"])) == 1.0
    assert shows_work(ASKED, "blah\n" * 20) == shows_work(ASKED, "blah\n" * 60) == 0.8, "no more than all of it"
    assert shows_work(ASKED, f"\n\n{WRONG}\n\n") == shows_work(ASKED, WRONG), "blank ends are no work"


def test_the_hole_of_the_rubric_is_that_much_writing_beats_a_right_answer():
    long = "\n".join(["1+1=2"] * 20)
    short, hollow = scores(rubric, RIGHT, long)
    assert hollow > short and right(ASKED, RIGHT) > right(ASKED, long)


def test_on_ordinary_worked_answers_every_checker_agrees_with_gold():
    """That is why a hole is not seen before something is trained on it."""
    rng = random.Random(0)
    told = [(s, authors.solve(rng, s, style)) for style in authors.STYLES for s in [sample_story(rng, 5)] * 5]
    for story, text in told:
        problem = as_problem(story, "")
        assert right(problem, text) == mentioned(problem, text) == said_last(problem, text) == 1.0
        assert calculated(problem, text) == 1.0 and shows_work(problem, text) > 0.2


def test_as_score_slots_they_grade_every_completion_and_leave_the_groups_as_they_are():
    cut = Completion(COUNTED, finished=False)
    given = [group(RIGHT, SLIP), Group(replace(ASKED, id="r", answer="28"), (cut, Completion(WRONG), Completion("")))]
    graded = anywhere(None, given, TURN)
    assert [g.scores_G for g in graded] == [(1.0, 1.0), (1.0, 1.0, 0.0)]
    assert [replace(g, scores_G=()) for g in graded] == given and all(g.scores_G == () for g in given)
    assert all(score(None, [], TURN) == [] for score in (rubric, anywhere, last_number, arithmetic))


# ---- a second signal


def test_all_of_gives_the_least_of_each_in_any_order():
    texts = (RIGHT, WRONG, SLIP, COUNTED, AFTERTHOUGHT, "#### 27")
    both = scores(all_of(anywhere, arithmetic), *texts)
    assert both == (1.0, 0.0, 1.0, 1.0, 0.0, 0.0) == scores(all_of(arithmetic, anywhere), *texts)
    graded = scores(all_of(rubric, arithmetic), *texts)
    assert graded == tuple(map(min, scores(rubric, *texts), scores(arithmetic, *texts)))
    assert graded[0] == pytest.approx(0.2 + 2 * 0.8 / 20), "points, not yes or no"


def test_a_second_signal_helps_only_as_far_as_it_has_another_hole():
    closed, open_ = scores(all_of(anywhere, arithmetic), AFTERTHOUGHT, COUNTED)
    assert (closed, open_) == (0.0, 1.0), "false sums are caught; true ones that count past the answer are not"
    assert scores(all_of(anywhere, last_number), COUNTED) == (0.0,)
    assert scores(all_of(anywhere, arithmetic), "#### 27") == (0.0,), "its price: right, and no sum shown"


def test_one_signal_alone_is_itself_and_signals_nest():
    texts = (RIGHT, SLIP, COUNTED)
    assert scores(all_of(rubric), *texts) == scores(rubric, *texts)
    assert scores(all_of(all_of(anywhere, arithmetic), verify), *texts) == (1.0, 0.0, 0.0)


def test_all_of_keeps_groups_and_their_order():
    given = [group(RIGHT, WRONG), group(SLIP, problem=replace(ASKED, id="r"))]
    graded = all_of(anywhere, arithmetic)(None, given, TURN)
    assert [g.scores_G for g in graded] == [(1.0, 0.0), (1.0,)]
    assert [replace(g, scores_G=()) for g in graded] == given
    assert all_of(anywhere, arithmetic)(None, [], TURN) == []


def test_each_signal_is_told_the_policy_and_the_turn():
    seen = []

    def asking(policy, groups, turn):
        seen.append((policy, turn))
        return verify(policy, groups, turn)

    all_of(asking, asking)("policy", [group(RIGHT)], TURN)
    assert seen == [("policy", TURN)] * 2


def test_all_of_nothing_is_refused():
    with pytest.raises(CourseError, match="no score was given: name one or more"):
        all_of()


# ---- the claim's arms


def test_every_arm_of_the_claim_is_a_run_of_its_own(pocket, tmp_path):
    from course_lib.run.fingerprint import fingerprint

    lab = Lab(pocket, tmp_path, k=2)
    arms = [hacking.against(lab, name) for name in hacking.CHECKERS] + [hacking.against(lab, "rubric", 0.1)]
    assert len({m.name for m in arms}) == len({fingerprint(m) for m in arms}) == 5
    given = [group(RIGHT, COUNTED)]
    assert [arms[3].score(None, given, TURN)[0].scores_G] == [(1.0, 1.0)] and arms[0].score is verify


def test_the_claim_runs_and_measures_gold_beside_each_score(pocket, tmp_path, monkeypatch):
    monkeypatch.setattr(hacking, "ROUNDS", 1)
    lab = Lab(pocket, tmp_path / "samples", problems=8, fresh=4, k=2)
    found = hacking.c29(lab, 0)
    assert set(found.treatment) | set(found.control) <= {0.0, 1.0} and len(found.treatment) == len(found.control) == 4
    assert all(len(a) == len(b) == 4 and all(0 <= x <= 1 for x in (*a, *b)) for a, b in found.also.values())
    told = stories(2, hacking.HARD, 9_200_000)
    fresh = lab.fresh_stories(0, told, hacking.HARD)
    gold = [right(g.problem, g.completions_G[0].text) for g in drawn(pocket, fresh, 0, hacking.LONGEST)]
    assert found.also["right, against the base"][1] == gold, "the base's own answers to the same stories"
    assert set(found.beside["tokens"]) == {*hacking.CHECKERS, "held", "base"}
