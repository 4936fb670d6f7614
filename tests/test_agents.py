"""The runs of notebook 10: a search and a library, each with its control, stopped and started by a button; their pictures."""

import re
from types import SimpleNamespace

import pytest

from course_lib import show
from course_lib.errors import CourseError
from course_lib.lesson import asked
from course_lib.lesson.agents import (
    any_right,
    collect,
    grown,
    one_attempt,
    search,
    spread_out,
    try_out,
    with_library,
)
from course_lib.methods.aflow import Tried, by_lot
from course_lib.methods.voyager import checked, unchecked
from course_lib.select import first
from course_lib.skill_library import Library
from course_lib.tasks.stories import stories
from course_lib.types import Completion
from course_lib.workflow import GENERATE, vote


@pytest.fixture(scope="module")
def room(pocket, tmp_path_factory):
    folder = tmp_path_factory.mktemp("room")
    told, fresh = stories(6, (2, 3), 1), stories(6, (2, 3), 2)
    drawn = lambda n, levels, seed, dozen=False: stories(n, levels, 900 + seed, dozen)  # noqa: E731
    return SimpleNamespace(
        policy=pocket,
        seed=0,
        max_tokens=80,
        train=told,
        fresh=fresh,
        stories=drawn,
        folder=folder,
        begun_with=lambda: ["pocket", len(told)],
    )


@pytest.fixture(scope="module")
def found(room):
    return search(room, 4, 3, 4)


@pytest.fixture(scope="module")
def collected(room):
    return collect(room, stories(12, (1, 2), 3), k=2)


@pytest.fixture
def silent(monkeypatch):
    """A model of which nothing can be read."""
    from course_lib import rollout, workflow

    def sample(policy, prompts, k, *args, **how):
        return [[Completion("?", 1)] * k for _ in prompts]

    monkeypatch.setattr(workflow, "sample", sample)
    monkeypatch.setattr(rollout, "sample", sample)


def test_a_search_shows_its_winner_its_control_and_one_answer_with_intervals(found):
    assert list(found.arms) == ["found", "control: ensemble(3 × generate)", "base"]
    assert len(found.tried) == 4 and len(found.best.outcomes) == 4
    text = repr(found)
    assert "control" in text and re.search(r"\[[\d.]+, [\d.]+\]", text) and "where it was chosen" in text
    assert found.arms["base"][0] == 1.0 and found.arms["control: ensemble(3 × generate)"][0] == 3.0


def test_a_second_search_asks_nothing_twice(room, found):
    known = len(found.desk.known)
    again = search(room, 3, 3, 4, choose=by_lot, remember=False, beside=found)
    assert again.desk is found.desk and again.arms["base"] == found.arms["base"]
    assert known <= len(found.desk.known)


def test_the_control_of_a_library_has_as_many_answers_in_all(room, collected):
    n = len(room.fresh)
    for groups in collected.asked.values():
        assert len(groups) == n and all(len(g.completions_G) == 1 + 24 // n for g in groups)
    text = repr(collected)
    assert "control: as many answers" in text and re.search(r"\[[\d.]+, [\d.]+\]", text)


def test_without_a_skill_the_first_answer_counts_and_with_all_the_library_s(collected):
    groups = collected.asked["8 and 10 steps"]
    assert one_attempt(Library(), groups) == any_right(groups, 1)
    assert [g.completions_G for g in with_library(Library(), groups)] == [g.completions_G[:1] for g in groups]


def test_what_was_asked_is_read_again_after_a_restart(room, found):
    again = search(room, 4, 3, 4)
    assert again.told is not found.told and again.tried == found.tried and again.arms == found.arms
    on_disk = asked.desk(room, room.seed + 1_000_000, None)
    assert on_disk.known and on_disk.known == again.desk.known, "nothing was drawn again"


def test_a_model_that_solves_nothing_ends_in_a_sentence(room, silent, tmp_path):
    said, room = [], SimpleNamespace(**{**vars(room), "folder": tmp_path})
    nothing = search(room, 3, 3, 4, say=said.append)
    empty = collect(room, stories(4, (1, 2), 3), k=1, say=said.append)
    assert [s.split(":")[0] for s in said] == ["The search kept nothing", "The lessons kept nothing"]
    assert "[0, " in repr(nothing) and "[0, " in repr(empty)
    assert "0 skills stored" in repr(show.skills(empty.learned.library))


def test_fewer_lessons_are_a_beginning_of_all_kinds(collected):
    order = spread_out(collected.learned.groups)
    assert sorted(g.problem.id for g in order) == sorted(g.problem.id for g in collected.learned.groups)
    assert {g.problem.level for g in order[:2]} == {1, 2}
    picture = grown(collected, "8 and 10 steps", checked, SimpleNamespace(policy=None), 1, steps=2)
    assert "lessons" in repr(picture) and "control: as many answers" in repr(picture)
    assert len(first(order[0], 1).completions_G) == 1


def test_a_button_runs_it_and_shows_the_result(room, found):
    drawn = try_out(
        lambda bar, draw, say, limit: search(room, 2, limit, 2, draw=draw, say=say, bar=bar), found, limit=[2, 3]
    )
    assert "where it was chosen" in repr(drawn)
    result = drawn.run(limit=2).wait(60)
    assert len(result.tried) == 2 and "control: ensemble(2 × generate)" in result.arms


def test_pictures_say_their_numbers():
    tried = [
        Tried(GENERATE, (1.0, 0.0), 1.0),
        Tried(vote(3), (1.0, 1.0), 3.0, parent=0),
        Tried(vote(9), (1.0, 1.0), 9.0, True, 1),
    ]
    assert "3 workflows, 1 of them refused; the best is ensemble(3 × generate) with 100.0 %" in show.searched(tried).alt
    chances = show.parents([t.score for t in tried], [str(t.workflow) for t in tried], 1.0, 0.4, 3).alt
    assert chances.count(": 33 %") == 3
    with pytest.raises(CourseError, match="no workflow was tried"):
        show.searched([])
    bought = show.by_calls({"control: a plain vote": [(2.0, [1.0, 0.0]), (3.0, [1.0, 1.0])]}, 0, "Calls")
    assert "50.0 % at 2.0 calls, 100.0 % at 3.0" in bought.alt


def test_a_library_is_read_with_what_was_refused(collected):
    page = show.skills(collected.learned.library, collected.learned.refused)
    assert "return have" in repr(page) and "<script" not in page.html
    store, _ = unchecked(None, collected.learned.groups, 0)
    assert f"{len(store.skills)} skills stored, 0 refused." in repr(show.skills(store))
