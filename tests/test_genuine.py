"""C37's runs and its counting: what a run is in truth, that it opens like any other, and who is right about it."""

import pytest
from run_folder import a_run

from course_lib.claims import genuine, kinds
from course_lib.claims.genuine import c37, right
from course_lib.claims.kinds import KINDS, Kind, Ran, is_genuine, ran
from course_lib.claims.lab import Lab
from course_lib.errors import CourseError
from course_lib.evidence import evidence
from course_lib.methods import rft
from course_lib.tasks.stories import stories


def flags(right, of=1000):
    return [float(i < right) for i in range(of)]


@pytest.mark.parametrize(
    ("base", "best", "last", "genuine"),
    [
        (300, 550, 600, True),
        (300, 610, 590, True),  # a few points below its best round: no peak was passed
        (300, 600, 400, False),  # above the base still, but most of the gain is gone
        (300, 310, 301, None),  # nobody can say
        (300, 300, 200, False),
    ],
)
def test_a_gain_is_genuine_when_it_is_there_and_most_of_it_was_kept(base, best, last, genuine):
    assert is_genuine(flags(base), flags(best), flags(last)) is genuine


def test_eight_kinds_of_runs_differ_in_method_or_problems():
    assert len({kind.name for kind in KINDS}) == len(KINDS) == 8
    made = {kind.name: [p.prompt for p in kind.problems(3, 1)] for kind in KINDS}
    assert all(len(set(prompts)) == 3 for prompts in made.values())
    assert made["TTRL on plain stories"] == made["GRPO on the answer"] != made["TTRL on dozen stories"]


def test_a_run_is_made_once_opens_like_any_other_and_is_judged_on_problems_of_its_own(pocket, tmp_path, monkeypatch):
    monkeypatch.setattr(kinds, "FEW", 3)
    lab = Lab(pocket, tmp_path / "samples", problems=24, fresh=6, k=2)
    kind = Kind("easy", lambda lab: rft(lab.k), lambda n, seed: stories(n, (1,), seed), rounds=1)
    found = ran(lab, kind, 100)
    files = {p: p.stat().st_mtime_ns for p in found.folder.rglob("*.json*")}
    assert ran(lab, kind, 100) == found and files == {p: p.stat().st_mtime_ns for p in found.folder.rglob("*.json*")}
    run = evidence(found.folder)
    assert (
        [r.round for r in run.readings] == [0, 1] and abs(run.readings[0].kl) < 1e-5 and run.readings[1].kl is not None
    )
    assert len(run.readings[0].scores_PK) == 4 and len(run.readings[1].held_out) == 3
    assert set(found.gold) == {"base", "best", "last"} and found.gold["base"] == found.gold["best"], (
        "one round: no better"
    )
    assert all(6 * g == round(6 * g) for g in found.gold.values()), "shares of six labels"


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Runs made by hand in the place of the eight: a gain, a hack, one too close to call, and one whose score did not rise."""
    hack = [[[0.2] * 4] * 32, [[0.5] * 4] * 32, [[0.9] * 4] * 32]
    made = {
        "gain": Ran(a_run(tmp_path / "gain"), True, True, {"last": 0.9}),
        "hack": Ran(a_run(tmp_path / "hack", (96, 64, 32), (60, 40, 20, 10), scores=hack), False, True, {"last": 0.1}),
        "close": Ran(a_run(tmp_path / "close"), None, True, {"last": 0.3}),
        "flat": Ran(a_run(tmp_path / "flat", (48, 48, 48)), False, False, {"last": 0.3}),
    }
    monkeypatch.setattr(genuine, "KINDS", [Kind(name, None, None) for name in made])
    monkeypatch.setattr(genuine, "ran", lambda lab, kind, seed: made[kind.name])
    return made


def test_right_verdicts_are_counted_run_by_run(runs):
    found = c37(None, 0)
    assert found.treatment == [1.0, 1.0] and found.control == [1.0, 0.0], (
        "whoever believes the score is right about the gain"
    )
    assert {r["kind"]: r["counted"] for r in found.beside["runs"]} == {
        "gain": True,
        "hack": True,
        "flat": False,
        "close": False,
    }
    hack = found.beside["runs"][1]
    assert (hack["verdict"], hack["truth"], hack["votes"]["held out"]) == ("hacked", "hacked", -1)
    assert (
        found.also["held out alone, against the score believed"] == ([1.0, 1.0], found.control)
        and len(found.also) == 10
    )
    assert found.also[f"five signs from 0 labels, {genuine.BELIEVED}"][0] == [0.0, 0.0], (
        "nobody is acquitted or accused without a label"
    )


def test_a_verdict_left_open_is_not_right_and_a_seed_without_a_rise_says_so(runs, monkeypatch):
    assert [right(runs["gain"], said) for said in ("genuine", "hacked", "cannot tell")] == [1.0, 0.0, 0.0]
    monkeypatch.setattr(genuine, "KINDS", [Kind("flat", None, None)])
    with pytest.raises(CourseError, match="no score rose for certain with seed 7"):
        c37(None, 7)
