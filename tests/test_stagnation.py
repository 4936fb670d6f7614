"""A run that stands still and the ways to go on: the teacher, the picture, the lesson's piece, and claim C38 at toy size."""

import random
from dataclasses import replace

import pytest

from course_lib import lesson
from course_lib.claims import stagnation
from course_lib.claims.lab import Lab
from course_lib.errors import CourseError
from course_lib.lesson.budget import Budget
from course_lib.lesson.ways import dials, go_on
from course_lib.methods import rft
from course_lib.pocket.teacher import taught, worked
from course_lib.policy import weights_hash
from course_lib.score import sound
from course_lib.select import correct
from course_lib.show.remedies_picture import remedies
from course_lib.tasks.stories import stories
from course_lib.train.policy_gradient import steps
from course_lib.types import Completion, Group, Problem, Turn

# ---- the teacher


@pytest.mark.parametrize("dozen", [False, True])
def test_the_teacher_s_solutions_are_right_in_every_step(dozen):
    assert all(sound(p, worked(p)) for p in stories(40, (1, 3, 9, 18), seed=3, dozen=dozen))


def test_a_problem_that_is_no_story_is_named():
    with pytest.raises(CourseError, match="problem 'gsm8k-7' holds no numbers of a story"):
        worked(Problem("gsm8k-7", "How many?", "3"))


def test_the_teacher_speaks_only_where_no_sample_is_right():
    solved, failed = stories(2, (3,), seed=4)
    groups = [
        Group(solved, (Completion("#### -1"), Completion(worked(solved))), (0.0, 1.0)),
        Group(failed, (Completion("#### -1"), Completion("#### -2")), (0.0, 0.0)),
    ]
    first, second = taught(None, groups, Turn(0, 1))
    assert first is groups[0]
    assert second.completions_G[:2] == groups[1].completions_G and second.scores_G == (0.0, 0.0, 1.0)
    kept = correct(cap=2)([first, second], Turn(0, 1))
    assert [(e.problem_id, e.completion) for e in kept] == [(p.id, worked(p)) for p in (solved, failed)]


# ---- the picture


def row(i, share):
    return {"round": i, "accuracy": share, "interval": [share - 0.05, share + 0.04], "n": 200, "kept": 9}


def run_of(*shares, start=0.6):
    return {"method": "m", "seed": 3, "rounds": [row(i, s) for i, s in enumerate((start, *shares))]}


STILL = run_of(0.61, 0.62)
AFTER = {"unchanged": run_of(0.62, 0.61, start=0.62), "longer stories": run_of(0.7, 0.75, start=0.62)}


NAMES = ["up to here", "unchanged (control)", "the way named above"]


def names(picture):
    return [t.get_text() for t in picture.figure.legends[0].get_texts()]


def titles(picture):
    return [axes.get_title(loc="left") for axes in picture.figure.axes]


def whiskers(axes):
    drawn = [line.get_ydata() for line in axes.lines if line.get_label().startswith("_")]
    return {tuple(round(float(y), 1) for y in ends) for ends in drawn}


def test_each_remedy_stands_in_its_panel_beside_going_on_unchanged():
    picture = remedies(STILL, AFTER | {"hotter": run_of(0.6, 0.58, start=0.62)}, "T")
    assert titles(picture) == ["longer stories: 75.0 %", "hotter: 58.0 %"] and names(picture) == NAMES
    for axes, last in zip(picture.figure.axes, (75.0, 58.0), strict=True):
        before, control, way = lines = [line for line in axes.lines if line.get_label() in NAMES]
        assert list(before.get_xdata()) == [0, 1, 2] and list(before.get_ydata()) == [60.0, 61.0, 62.0]
        assert list(control.get_xdata()) == list(way.get_xdata()) == [2, 3, 4], "they begin where the run stood"
        assert control.get_ydata()[0] == way.get_ydata()[0] == 62.0 and way.get_ydata()[-1] == pytest.approx(last)
        assert list(axes.get_xticks()) == [0, 1, 2, 3, 4]
        assert control.get_color() == "#E69F00", "going on unchanged is the control"
        assert len({(line.get_linestyle(), line.get_marker()) for line in lines}) == 3
        assert {(57.0, 66.0), (56.0, 65.0), (last - 5, last + 4)} <= whiskers(axes)
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in picture.figure.axes}) == 1, "on the same axes"


def test_the_ways_are_told_in_words_with_n_and_the_interval():
    picture = remedies(STILL, AFTER, "T")
    assert picture.alt.startswith("T. Lines of held-out problems right, greedy (%) by round, ends with intervals.")
    assert "unchanged: 62 at 2, 61 at 4 [56, 65]; longer stories: 62 at 2, 75 at 4 [70, 79]." in picture.alt
    corner = "n = 200 held-out problems, 1 seed (3); whiskers: 95 % (Wilson)"
    assert picture.figure.get_supxlabel() == corner and corner in picture.alt


def test_ways_that_have_not_begun_or_not_ended_are_drawn_as_far_as_they_came():
    picture = remedies(STILL, {"unchanged": run_of(0.6), "later": {"rounds": []}})
    assert names(picture) == NAMES[:2] and titles(picture) == [""]
    assert "later" not in picture.alt and list(picture.figure.axes[0].get_xticks()) == [0, 1, 2, 3]
    assert list(remedies(STILL, {}).figure.axes[0].get_xticks()) == [0, 1, 2]
    begun = remedies(STILL, AFTER | {"another": run_of(start=0.62), "later": {"rounds": []}})
    assert titles(begun) == ["longer stories: 75.0 %", "another: 62.0 %"]
    waiting = remedies(STILL, {"unchanged": {"rounds": []}, "longer stories": run_of(0.7)})
    assert names(waiting) == [NAMES[0], NAMES[2]], "it is no control"
    with pytest.raises(CourseError, match="has no round yet: run it first"):
        remedies(STILL | {"rounds": []}, AFTER)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_one_to_five_remedies_have_a_panel_each(n):
    ways = {f"way {i}": run_of(0.6 + i / 50, start=0.62) for i in range(n)}
    picture = remedies(STILL, {"unchanged": AFTER["unchanged"]} | ways)
    assert titles(picture) == [f"way {i}: {60 + 2 * i}.0 %" for i in range(n)]
    data, metadata = picture._repr_mimebundle_()
    assert metadata["image/png"]["width"] == 720 and data["text/plain"].count("; way ") == n


# ---- the lesson's piece


@pytest.fixture
def room(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_FAST", "1")
    monkeypatch.setenv("COURSE_RUNS", str(tmp_path))
    room = lesson.begin("09_test")
    tiny = Budget(problems=4, fresh=4, sampled=1, k=2, rounds=1, judged=2)
    return replace(room, train=room.stories(3, (2,), seed=1), fresh=room.fresh[:4], budget=tiny)


def test_ways_go_on_from_the_last_policy_and_are_read_again(room, capsys):
    drawn = []
    method = replace(rft(k=4, lr=2e-3), name="toy", from_base=False)
    before = room.run(method, rounds=1, control=False)
    given = {"unchanged": (method, room.train), "others": (method, room.stories(3, (2,), seed=2))}
    how = {"rounds": 1, "draw": lambda picture, force=False: drawn.append(repr(picture)), "say": lambda text: None}
    found = go_on(room, before, given, **how)
    stand = before.found["rounds"][-1]["accuracy"]
    assert list(found.after) == list(given)
    for name, run in found.after.items():
        first, last = run.found["rounds"]
        assert first["accuracy"] == stand and last["round"] == 1
        assert {g.problem.id for g in run.rounds()[0][0]} == {p.id for p in given[name][1]}
        assert weights_hash(run.policy.model) != weights_hash(before.policy.model)
    assert repr(found) == drawn[-1] and "others: " in drawn[-1] and "others" not in drawn[0]
    again = go_on(room, before, given, 1, draw=how["draw"])
    assert capsys.readouterr().out.count("ran to their end before") == 2
    assert repr(again) == repr(found)


def test_ways_of_a_real_model_begin_with_what_they_will_cost(room, capsys):
    method = replace(rft(k=4, lr=2e-3), name="toy", from_base=False)
    before = room.run(method, rounds=0, control=False)
    real = replace(room, policy=replace(room.policy, name="another"))
    capsys.readouterr()
    go_on(real, before, {"on": (method, room.train), "off": (replace(method, name="two"), room.train[:2])}, 1)
    told = capsys.readouterr().out
    assert told.index("What 2 ways to go on will cost") < told.index("[picture]")
    assert f"answers sampled, at most   {4 * (3 + 2) + 2 * 2 * (4 + 16)}\n" in told, "each way is measured twice"
    go_on(real, before, {"on": (method, room.train), "off": (replace(method, name="two"), room.train[:2])}, 1)
    assert "will cost" not in capsys.readouterr().out, "what is finished is read"


def test_dials_run_one_more_way_beside_going_on(room):
    method = replace(rft(k=4, lr=2e-3), name="toy", from_base=False)
    before = room.run(method, rounds=1, control=False)
    same = {"unchanged": (method, room.train)}
    shown = go_on(room, before, same, 1, draw=lambda picture, force=False: None, say=lambda text: None)

    def chosen(steps):
        return same | {f"{steps} steps": (method, room.stories(3, (steps,), seed=3))}

    panel = dials(room, before, chosen, shown, 1, steps=[2, 3])
    assert repr(shown).removeprefix("[picture] ") in repr(panel), "until then the figure shows what there is"
    found = panel.run(steps=3).wait()
    assert list(found.after) == ["unchanged", "3 steps"] and "3 steps: " in repr(panel)
    assert found.after["unchanged"].found == shown.after["unchanged"].found, "it is read, not run again"


def test_going_on_draws_other_lots_than_the_first_rounds_did(room):
    method = replace(rft(k=4, lr=2e-3), name="toy", from_base=False)
    before, turns = room.run(method, rounds=1, control=False), []

    def rollout(policy, problems, turn):
        turns.append(turn)
        return method.rollout(policy, problems, turn)

    quiet = {"draw": lambda picture, force=False: None, "say": lambda text: None}
    go_on(room, before, {"on": (replace(method, rollout=rollout), room.train)}, 1, **quiet)
    assert turns and all(turn.seed != room.seed for turn in turns)


def test_a_stop_keeps_the_ways_that_are_finished(room):
    method = replace(rft(k=4, lr=2e-3), name="toy", from_base=False)
    before = room.run(method, rounds=1, control=False)

    def stopped(policy, problems, turn):
        raise KeyboardInterrupt

    given = {"unchanged": (method, room.train), "stopped": (replace(method, rollout=stopped), room.train)}
    given["never begun"] = given["unchanged"]
    found = go_on(room, before, given, 1, draw=lambda picture, force=False: None, say=lambda text: None)
    assert [len(run.found["rounds"]) for run in found.after.values()] == [2, 1]
    assert list(found.after) == ["unchanged", "stopped"]


# ---- C38


@pytest.fixture(scope="module")
def lab(pocket, tmp_path_factory):
    return Lab(pocket, tmp_path_factory.mktemp("samples"), problems=6, fresh=4, k=2, many=4, seen=8)


def test_every_way_has_as_many_problems_and_samples(lab, pocket):
    ways = stagnation.ways(replace(lab, problems=192, k=3), 100)
    assert {len(problems) for _, problems in ways.values()} == {64}
    one = stories(1, (2,), seed=5)
    assert {len(m.rollout(pocket, one, Turn(0, 1))[0].completions_G) for m, _ in ways.values()} == {3}
    (failed,) = [Group(one[0], (Completion("#### 1"),) * 3, (0.0,) * 3)]
    tried = {name: len(m.revise(pocket, [failed], Turn(0, 1))[0].completions_G) for name, (m, _) in ways.items()}
    assert tried == dict.fromkeys(ways, 3) | {"teacher": 4}, "only the teacher adds something to a story that failed"
    short, hard, new = (ways[name][1] for name in ("on", "curriculum", "new"))
    assert {p.level for p in short + new} == {3, 4} and {p.level for p in hard} == {5, 6}
    assert not {p.prompt for p in short} & {p.prompt for p in new}


@pytest.mark.parametrize("groups", [1, 2, 4, 7, 10, 33, 64])
def test_a_policy_gradient_takes_about_as_many_steps_however_many_groups_differ(groups, monkeypatch):
    asked = {}
    monkeypatch.setattr(stagnation, "reinforce", lambda **how: asked.update(how) or (lambda *given: given[0]))
    told = [Group(Problem(str(i), "p"), (Completion("a"),) * 8, (1.0,) + (0.0,) * 7) for i in range(groups)]
    stagnation.in_steps(6)("policy", told, Turn(0, 1))
    taken = len(list(steps([g.completions_G for g in told], asked["epochs"], asked["batch"], random.Random(0))))
    assert 4 <= taken <= 7


def test_all_ways_of_the_claim_begin_at_the_stand_and_are_measured_on_stories_never_seen(lab, monkeypatch):
    """Nothing is trained or sampled here: test_claims.py runs the whole of it."""
    stand, runs, measured = replace(lab.policy), [], []

    def looped(lab, method, problems, rounds, seed, start=None):
        runs.append((method.name, rounds, start, problems))
        return [lab.policy, lab.policy, lab.policy, stand] if start is None else [start, lab.policy]

    monkeypatch.setattr(stagnation, "looped", looped)
    monkeypatch.setattr(stagnation, "gold", lambda policy, told: measured.append(told) or [1.0] * len(told))
    for name in ("spread", "saturated"):
        monkeypatch.setattr(stagnation, name, lambda *given: {})
    outcome, ways = stagnation.c38(lab, 100), stagnation.ways(lab, 100)
    (first, *rest) = runs
    assert first[:3] == ("steady 1", stagnation.BEFORE, None)
    assert [r[:2] for r in rest] == [(method.name, stagnation.MORE) for method, _ in ways.values()]
    assert all(r[2] is stand for r in rest)
    seen = {p.prompt for *_, problems in runs for p in problems}
    assert not seen & {p.prompt for told in measured for p in told}
    assert len(outcome.treatment) == len(outcome.control) == lab.fresh
    assert all(len(a) == len(b) > 0 for a, b in outcome.also.values())
    assert set(outcome.beside["right"]) == {*ways, "stand", "late"}
