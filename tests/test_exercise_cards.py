"""What the check of every exercise of the course promises (exercises.py); its own mistakes stand in a file for each notebook."""

from importlib import import_module

import pytest
from exercises import PROMISES, ends_what_has_no_end, loads_lightly

from course_lib.check import quiz

EX2_BUGS = {  # stubs that hold a bug in the place of `...`, and what is said of it
    "loop": "You take the last number anywhere",
    "star": "not excused",
    "rft": "You count characters",
    "rest": "nobody graded it",
    "self_rewarding": "the `except` passes over it",
    "cai": "never ask `prefer`",
    "spin": "cut at the token limit",
    "reflexion": "Gold decides",
    "ttrl": "You centre over the whole batch",
    "agents": "all([])",
}
ENDING = ("loopholes", "tampering", "collapse", "overoptimisation", "genuine", "stagnation")  # lines are counted there


def exercise(deck, name):
    return getattr(import_module(f"course_lib.check.{deck}"), name)


@pytest.mark.parametrize("keeps", PROMISES)
@pytest.mark.parametrize("name", ["ex1", "ex2"])
@pytest.mark.parametrize("deck", quiz.DECKS)
def test_a_check_keeps_its_promises(deck, name, keeps):
    keeps(exercise(deck, name))


@pytest.mark.parametrize("name", ["ex1", "ex2"])
@pytest.mark.parametrize("deck", ENDING)
def test_what_has_no_end_is_ended(deck, name):
    ends_what_has_no_end(exercise(deck, name))


@pytest.mark.parametrize("deck", quiz.DECKS)
def test_a_bug_to_repair_is_named_by_what_it_does(deck):
    ex, scope = exercise(deck, "ex2"), {"ex2": exercise(deck, "ex2")}
    exec(ex.stub, scope)
    assert ("    ...\n" in ex.stub) == (deck not in EX2_BUGS)
    assert EX2_BUGS.get(deck, "empty stub") in ex.check(scope[ex.call.split("(")[0]]).says


@pytest.mark.parametrize("deck", quiz.DECKS)
def test_loading_the_checks_is_light(deck):
    loads_lightly(import_module(f"course_lib.check.{deck}"))
