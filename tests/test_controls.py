"""Sliders, Run and Stop: what a learner does with them, in a notebook and where there is none."""

import base64
import re
import sys
import threading
import time

import pytest

from course_lib import controls
from course_lib.errors import CourseError, need
from course_lib.show.style import new_figure

VIEW = "application/vnd.jupyter.widget-view+json"


def draw_line(slope=1, style="plain"):
    figure, axes = new_figure()
    axes.plot([0, 1], [0, slope])
    axes.set_title(style)
    return figure


def shown_png(widget):
    """The picture an HTML widget holds, as bytes."""
    return base64.b64decode(re.search(r'src="data:image/png;base64,([^"]+)"', widget.value)[1])


# panels


def test_a_moved_slider_shows_another_picture():
    panel = controls.panel(draw_line, slope=(0, 5, 1), style=["plain", "bold"])
    shown = [shown_png(panel.picture)]
    for slope in (1, 2, 3):
        panel.sliders.widgets["slope"].value = slope  # as the front end sets it
        shown.append(shown_png(panel.picture))
    assert len(set(shown)) == 4 and panel.values == {"slope": 3, "style": "plain"}


def test_a_panel_displays_a_widget_and_its_static_twin():
    panel = controls.panel(draw_line, slope={"values": (0, 5, 1), "label": "slope m", "start": 2})
    data, about = panel._repr_mimebundle_()
    assert data[VIEW]["model_id"] == panel.box.model_id
    assert data["image/png"].startswith(b"\x89PNG") and about["image/png"]["alt"]
    assert "slope m = 2" in data["text/plain"] and "slope m = 2" in repr(panel)
    moved, _ = panel.move(slope=3)._repr_mimebundle_()
    assert moved["image/png"] != data["image/png"] and "slope m = 3" in moved["text/plain"]


def test_the_alternative_text_of_a_picture_reaches_the_page():
    from course_lib.show.picture import Picture

    panel = controls.panel(lambda k: Picture(draw_line(k), f"a line of slope {k} & more"), k=[1, 2])
    assert 'alt="a line of slope 1 &amp; more"' in panel.picture.value


def test_tables_and_plain_text_can_be_drawn():
    class Table:
        def _repr_html_(self):
            return "<table><tr><td>1</td></tr></table>"

    data, _ = controls.panel(lambda k: Table(), k=[1, 2])._repr_mimebundle_()
    assert data["text/html"].startswith("<table>") and VIEW in data
    assert "a &lt; b" in controls.panel(lambda k: "a < b", k=[1, 2]).picture.value


def draw_or_refuse(tau=0.0):
    need(tau < 1, f"τ is {tau}: nothing scores above 1, choose a τ below it.")
    return draw_line(tau)


def test_a_bad_combination_shows_its_sentence_where_the_picture_was():
    panel = controls.panel(draw_or_refuse, tau=(0.0, 1.0, 0.1))
    assert "choose a τ below it" in panel.move(tau=1.0).picture.value
    assert "<img" in panel.move(tau=0.3).picture.value and panel.values == {"tau": 0.3}


def test_another_error_while_moving_is_named_and_at_first_it_is_raised():
    def draw(k):
        return {1: "one"}[k]

    assert "KeyError: 2" in controls.panel(draw, k=[1, 2]).move(k=2).picture.value
    with pytest.raises(KeyError):
        controls.panel(draw, k=[2, 1])


def test_a_draw_that_returns_nothing_is_told_so():
    assert "return a picture" in controls.panel(lambda k: None, k=[1, 2]).picture.value


@pytest.mark.parametrize("bad", [(1, 2), (2, 1, 1), (0, 1, 0), [], 5, {"label": "x"}, {"values": [1, 2], "start": 3}])
def test_a_slider_that_can_not_be_is_refused_by_name(bad):
    with pytest.raises(CourseError, match="k"):
        controls.panel(draw_line, k=bad)


def test_a_value_no_slider_has_is_refused():
    panel = controls.panel(lambda k: str(k), k=(0, 5, 1))
    with pytest.raises(CourseError, match="between 0 and 5"):
        panel.move(k=9)
    with pytest.raises(CourseError, match="no slider 'q'"):
        panel.move(q=1)


def test_without_ipywidgets_a_panel_is_its_picture_and_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    panel = controls.panel(draw_line, slope=(0, 5, 1))
    data, _ = panel._repr_mimebundle_()
    assert VIEW not in data and "<img" in data["text/html"] and "no widgets" in data["text/html"]
    assert "slope = 0" in data["text/html"]
    before = panel.picture.value
    assert panel.move(slope=4).picture.value != before


# predictions


def test_a_choice_is_passed_on_and_answered():
    seen = []
    asked = controls.choose("Will it rise?", ["yes", "no"], lambda option: seen.append(option) or f"noted: {option}")
    assert asked.value is None and seen == []
    asked.radio.value = "no"
    assert seen == ["no"] and asked.value == "no" and "noted: no" in asked.reply.value
    assert asked.choose("no") and seen == ["no", "no"]


def test_a_choice_has_a_twin_and_refuses_what_is_no_option(monkeypatch):
    data, _ = controls.choose("Will it <b>rise</b>?", ["yes", "no"])._repr_mimebundle_()
    assert "<li>yes</li>" in data["text/html"] and "&lt;b&gt;" in data["text/html"] and VIEW in data
    with pytest.raises(CourseError, match="'maybe' is not an option"):
        controls.choose("?", ["yes", "no"]).choose("maybe")
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    seen = []
    assert controls.choose("?", ["yes", "no"], seen.append).choose("yes").value == "yes" and seen == ["yes"]


# runs


def count(bar, show, say, to=3):
    """A short run with all that a run may do."""
    with bar("counting", total=to, unit="steps") as shown:
        for _ in range(to):
            shown.update(1)
            shown.set_postfix_str("quick", refresh=False)
    show(draw_line(to))
    say(f"counted to <{to}>")
    return to


def test_a_run_shows_its_picture_its_text_and_its_result():
    run = controls.runner(count, to=(1, 9, 1)).run(to=4)
    assert run.wait(20) == 4 and run.result == 4
    assert shown_png(run.picture) and "counted to &lt;4&gt;" in run.text.value and "Done" in run.status.value
    assert run.progress.value == 1.0 and not run.go.disabled and run.halt.disabled
    assert run._repr_mimebundle_()[0]["image/png"] == shown_png(run.picture)  # shown again, the twin is what it found


def test_settings_rest_while_a_run_goes_and_a_second_run_is_refused():
    held, other = threading.Event(), controls.runner(count)
    run = controls.runner(lambda bar, show, say, k: held.wait(20) and k, k=[1, 2])
    run.go.click()
    assert run.sliders.widgets["k"].disabled and run.go.disabled and not run.halt.disabled
    for again in (run, other):
        again.pressed()
        assert "already going" in again.status.value
        with pytest.raises(CourseError, match="already going"):
            again.run()
    held.set()
    assert run.wait(20) == 1 and not run.sliders.widgets["k"].disabled
    assert other.run().wait(20) == 3


def test_a_run_left_by_an_earlier_cell_can_be_stopped_from_the_new_one():
    old = controls.runner(endless).run()
    new = controls.runner(count)
    new.pressed()
    assert not new.halt.disabled
    assert new.stop() and not old.going and new.halt.disabled and new.status.value == ""
    assert new.run().wait(20) == 3


def endless(bar, show, say):
    """Rounds without end that keep what they have, as improve does; slow between bars and in them."""
    rounds = []
    try:
        while True:
            with bar("round", total=10, unit="steps") as shown:
                for _ in range(10):
                    time.sleep(0.003)
                    shown.update(1)
            rounds.append(len(rounds))
    except KeyboardInterrupt:
        say("Stopped.")
    return rounds


@pytest.mark.parametrize("after", [0.0, 0.01, 0.05, 0.0731, 0.1, 0.21])
def test_stop_ends_a_run_in_time_with_the_finished_rounds(after):
    run = controls.runner(endless).run()
    time.sleep(after)
    began = time.monotonic()
    assert run.stop() and time.monotonic() - began <= 2
    assert isinstance(run.result, list) and not run.going and run.stop()
    assert run.error is None and ("Stopped after" in run.status.value)


def test_stop_reaches_a_run_that_has_no_bar():
    def spin(bar, show, say):
        try:
            while True:
                sum(range(1000))
        except KeyboardInterrupt:
            return "kept"

    run, began = controls.runner(spin).run(), time.monotonic()
    assert run.stop() and run.result == "kept" and time.monotonic() - began <= 2


def test_a_stop_that_comes_while_the_result_is_packed_loses_nothing():
    packing = threading.Event()

    def start(bar, show, say):
        packing.set()
        time.sleep(0.2)
        return "whole"

    run = controls.runner(start).run()
    packing.wait(5)
    assert run.stop() and run.result == "whole"


def test_an_interrupt_lost_in_a_finaliser_is_raised_again():
    def start(bar, show, say):
        try:
            with bar("deaf", total=100, unit="steps") as shown:
                try:
                    time.sleep(0.3)
                    for _ in range(10**6):
                        pass
                except KeyboardInterrupt:
                    pass  # what a finaliser does to it
                for _ in range(100):
                    time.sleep(0.02)
                    shown.update(1)
        except KeyboardInterrupt:
            return "stopped"
        return "ran to the end"

    run = controls.runner(start).run()
    time.sleep(0.1)
    assert run.stop() and run.result == "stopped"


def test_a_mistake_in_a_run_is_a_sentence_or_a_folded_traceback():
    def refuse(bar, show, say):
        raise CourseError("K is 0: it must be 1 or more.")

    run = controls.runner(refuse).run()
    with pytest.raises(CourseError, match="K is 0"):
        run.wait(20)
    assert "K is 0" in run.status.value and "Traceback" not in run.status.value
    broken = controls.runner(lambda bar, show, say: {}["x"]).run()
    with pytest.raises(KeyError):
        broken.wait(20)
    assert "KeyError" in broken.status.value and "<details>" in broken.status.value
    assert not broken.go.disabled


def test_a_runner_has_a_twin_before_anything_runs(monkeypatch):
    data, _ = controls.runner(count)._repr_mimebundle_()
    assert VIEW in data and "press Run" in data["text/html"]
    data, _ = controls.runner(count, picture=draw_line())._repr_mimebundle_()
    assert VIEW in data and data["image/png"].startswith(b"\x89PNG")
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    run = controls.runner(count, to=(1, 9, 1))
    assert ".run()" in run._repr_mimebundle_()[0]["text/html"]
    assert run.run(to=2).wait(20) == 2


def test_an_interrupted_wait_stops_the_run(monkeypatch):
    run = controls.runner(endless).run()

    def interrupted(*_):
        raise KeyboardInterrupt

    join = run.work.join
    monkeypatch.setattr(run.work, "join", interrupted)
    monkeypatch.setattr(run, "stop", lambda: (monkeypatch.setattr(run.work, "join", join), type(run).stop(run))[1])
    assert isinstance(run.wait(), list) and not run.going


# a real run


@pytest.fixture
def real(pocket):
    """A start that runs improve() on the pocket model; `stages` collects the bars it opened."""
    from course_lib import improve, star
    from course_lib.measure import held_out
    from course_lib.tasks.stories import stories

    stages = []

    def start(bar, show, say):
        def watched(title, total, unit):
            stages.append(title)
            return bar(title, total=total, unit=unit)

        method = star(k=4, epochs=1, bar=watched)
        measure = held_out(stories(24, (5,), seed=9), seed=0, sampled=4, bar=watched)
        return improve(pocket, stories(32, (3, 4), seed=1), method, rounds=50, measure=measure, say=say)

    start.stages = stages
    return start


@pytest.mark.parametrize("stage", ["sampling", "training", "measuring: greedy"])
def test_a_real_run_stops_in_time_with_a_policy_that_answers(real, stage):
    run = controls.runner(real).run()
    wanted = 2 if stage.startswith("measuring") else 1  # the first measure is the base's
    until = time.monotonic() + 60
    while sum(stage in s for s in real.stages) < wanted and time.monotonic() < until:
        time.sleep(0.005)
    time.sleep(0.05)
    began = time.monotonic()
    assert run.stop(), "the run did not end within 2 s"
    assert time.monotonic() - began <= 2
    policy, log = run.result
    assert [r.round for r in log] == list(range(len(log))) and len(log) == 1
    assert policy.weights is None and "Stopped. 0 finished" in run.text.value
    assert answers(policy)


def test_a_real_run_stopped_after_a_round_returns_that_round(real):
    run = controls.runner(real).run()
    until = time.monotonic() + 60
    while not any(s.startswith("round 2") for s in real.stages) and time.monotonic() < until:
        time.sleep(0.005)
    assert run.stop()
    policy, log = run.result
    assert len(log) >= 2 and log[1].kept > 0 and policy.weights is not None and answers(policy)


def answers(policy):
    from course_lib.rollout import greedy

    return greedy(policy, ["Mia has 23 apples. She finds 14 apples. How many apples does she have now?"])[0].text
