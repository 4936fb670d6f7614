"""Run folders opened without a model: what each policy shows, how many gold labels that costs, and what is no run."""

import json
import math
from dataclasses import replace

import pytest
from run_folder import ASKED, a_run, answer, groups, measured, sampled

from course_lib import evidence as module
from course_lib.errors import CourseError
from course_lib.evidence import evidence, good, repeated
from course_lib.tasks.toolbox import honest, workshop
from course_lib.types import Completion, Group, Problem


def test_a_score_belongs_to_the_policy_that_sampled_and_a_measure_to_the_one_that_was_trained(tmp_path):
    run = evidence(a_run(tmp_path / "run"))
    assert [r.round for r in run.readings] == [0, 1, 2, 3] and [len(r.scores_PK) for r in run.readings] == [
        32,
        32,
        32,
        0,
    ]
    assert [r.level for r in run.sampled] == [48 / 128, 64 / 128, 96 / 128]
    assert [r.kl for r in run.readings] == [0.0, 0.2, 0.5, 1.0] and run.axis == "fresh sums right (%)"
    last = run.readings[-1]
    assert last.held_out and last.drawn == last.best == last.nats_P == ()


def test_a_measured_kl_may_carry_its_interval_and_a_run_may_have_none(tmp_path):
    measured(tmp_path / "method", 0, [1, 0], kl={"value": 0.3, "interval": [0.1, 0.5]})
    measured(tmp_path / "method", 1, [1, 0])
    assert [r.kl for r in evidence(tmp_path).readings] == [0.3, None]


@pytest.mark.parametrize(("gold", "held", "other"), [(64, 32, 16), (16, 8, 4), (7, 5, 1), (1, 1, 0), (0, 0, 0)])
def test_no_more_gold_labels_are_looked_at_than_allowed(tmp_path, monkeypatch, gold, held, other):
    asked = []
    monkeypatch.setattr(module, "good", lambda problem, text: asked.append(problem.id) or good(problem, text))
    run = evidence(a_run(tmp_path / "run"), gold)
    first, last = run.readings[0], run.readings[-1]
    assert len(asked) == 3 * 2 * other, "two lots of answers of three policies"
    assert (len(first.held_out), len(first.drawn)) == (held, other) and len(last.held_out) == last.labels == held
    assert sum(a.gold is not None for a in first.best) == other and all(r.labels <= gold for r in run.readings)


def test_more_labels_than_there_are_answers_take_what_there_is(tmp_path):
    run = evidence(a_run(tmp_path / "run"), 10_000)
    assert len(run.readings[0].drawn) == 128 and len(run.readings[0].held_out) == 64


def test_of_several_answers_to_a_held_out_problem_one_is_labelled_the_same_for_every_policy(tmp_path):
    """Answers to one problem are alike: four of them are not four problems."""
    outcomes = [int(i % 4 == 3) for i in range(4 * 20)]
    for i in (0, 1):
        measured(tmp_path / "method", i, outcomes, n=20)
    few, all_of_them = evidence(tmp_path, 8), evidence(tmp_path, 10_000)
    assert len(few.readings[0].held_out) == 4 and len(all_of_them.readings[0].held_out) == 20
    assert few.readings[0].held_out == few.readings[1].held_out and set(all_of_them.readings[0].held_out) == {0.0, 1.0}


def test_every_policy_is_asked_the_same_and_the_seed_decides_what(tmp_path):
    folder = a_run(tmp_path / "run", held=(64, 32, 32, 32))
    one, same, other = evidence(folder, 64), evidence(folder, 64), evidence(folder, 64, seed=1)
    assert one == same and one.readings[0].drawn != other.readings[0].drawn
    places = [[(a.problem.id, a.text.split("(")[1][0]) for a in r.drawn] for r in one.sampled]
    assert places[0] == places[1] == places[2] and len({p for p, _ in places[0]}) == 16, (
        "as many problems as there are labels"
    )
    assert one.readings[1].held_out == one.readings[2].held_out != other.readings[1].held_out


def test_the_best_liked_answers_come_first_one_of_each_problem_and_never_the_worst(tmp_path):
    scores = [[0.1, 0.9, 0.3, 0.2], [0.5, 0.5, 0.1, 0.1], [0.1] * 4, [math.nan, 0.2, math.nan, 0.1]]
    sampled(tmp_path / "method", 1, groups([[0, 1, 0, 0]] * 4, scores))
    best = evidence(tmp_path).readings[0].best
    assert [(a.problem.id, a.score) for a in best] == [("q0", 0.9), ("q1", 0.5), ("q3", 0.2)]
    assert best[0].gold == 1.0 and evidence(tmp_path, gold=0).readings[0].best[0].gold is None, (
        "shown, though not labelled"
    )


def test_answers_no_judge_could_read_do_not_count(tmp_path):
    sampled(tmp_path / "method", 1, groups([[1, 0], [1, 0]], [[math.nan, 4.0], [math.nan, math.nan]]))
    reading = evidence(tmp_path).readings[0]
    assert reading.level == 4.0 and math.isnan(reading.means[1])


def test_diversity_is_read_from_texts_and_log_probabilities(tmp_path):
    p, same = ASKED[0], answer(ASKED[0], True)
    sampled(
        tmp_path / "method",
        1,
        [Group(p, (same, same, answer(p, False), replace(same, tokens=24)), (1.0, 1.0, 0.0, 1.0))],
    )
    reading = evidence(tmp_path).readings[0]
    assert reading.nats_P == (8 / 48,) and reading.distinct_P == (0.5,) and reading.repeated_P == (0.0,)
    sampled(tmp_path / "old" / "method", 1, groups([[1, 0]], logprob=0.0))
    assert evidence(tmp_path / "old").readings[0].nats_P == (), "an old run without log-probabilities"


def test_repetition_is_of_runs_of_four_tokens():
    assert repeated("12+15=27\n27-9=18") == 0.0 and repeated("") == repeated("1 2 3") == 0.0
    assert repeated("1+1=2 " * 4) == pytest.approx(1 - 5 / 17), "of 17 runs of four five are different"


def test_gold_is_the_exact_checker_of_the_task():
    story, task, talk = ASKED[0], workshop(1, 0)[0], Problem("chat", "Hello?")
    assert [good(story, f"#### {n}") for n in (10, 11)] == [1.0, 0.0] and good(talk, "Hi.") is None
    cheat = f"open {task.facts['key']}\nsubmit {task.answer}"
    assert [good(task, text) for text in (honest(task), cheat, "submit 0")] == [1.0, 0.0, 0.0]


def test_answers_that_nothing_can_check_are_shown_and_never_labelled(tmp_path):
    talk = [Problem(f"t{i}", f"Say {i}.") for i in range(4)]
    sampled(tmp_path / "method", 1, [Group(p, (Completion("Hi."), Completion("Ho.")), (1.0, 0.0)) for p in talk])
    reading = evidence(tmp_path).readings[0]
    assert reading.drawn == () and len(reading.best) == 4 and reading.labels == 0


def test_a_stopped_run_opens_as_far_as_it_got(tmp_path):
    folder = a_run(tmp_path / "run")
    (folder / "method/03/measure.json.sha256").unlink()
    (folder / "method/03/score.jsonl.sha256").unlink()
    (folder / "method/03/score.jsonl").write_text("half a li")
    run = evidence(folder)
    assert [r.round for r in run.readings] == [0, 1, 2] and [len(r.scores_PK) for r in run.readings] == [32, 32, 0]
    (folder / "method/00/measure.json.sha256").unlink()
    assert [bool(r.held_out) for r in evidence(folder).readings] == [False, True, True]


def test_an_arm_opens_by_itself_and_the_control_stands_beside_the_method(tmp_path):
    folder = a_run(tmp_path / "run")
    for i in range(2):
        measured(folder / "control", i, [0] * 64)
    assert evidence(folder, 64).control == ((0.0,) * 32,) * 2 and evidence(folder / "method").control == ()
    assert evidence(folder / "method").readings == evidence(folder).readings
    assert len(evidence(folder / "control").readings) == 2


@pytest.mark.parametrize("name", ["nowhere", "empty", "begun"])
def test_a_folder_without_a_run_is_named(tmp_path, name):
    (tmp_path / "empty").mkdir()
    (tmp_path / "begun" / "method" / "00").mkdir(parents=True)
    with pytest.raises(CourseError, match=rf"{name} holds no run to inspect: give the folder that `course star --out`"):
        evidence(tmp_path / name)


def test_what_cannot_be_is_named(tmp_path):
    folder = a_run(tmp_path / "run")
    with pytest.raises(CourseError, match="gold labels is -1"):
        evidence(folder, -1)
    path = folder / "method/01/measure.json"
    path.write_text(json.dumps({"accuracy": 1.0, "outcomes": [1] * 64}))
    with pytest.raises(CourseError, match=r"measure.json was cut or edited after the run wrote it"):
        evidence(folder)
