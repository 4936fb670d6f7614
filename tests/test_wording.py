"""In which words a model is asked: the town's for one that was raised there, plain ones for any other, in every slot."""

from dataclasses import fields, replace
from importlib import import_module
from inspect import signature

import pytest

from course_lib import constitution, critics, reflect
from course_lib.asks import finds_mistake
from course_lib.loading import load
from course_lib.methods import self_refine
from course_lib.policy import export
from course_lib.reflect import Attempt
from course_lib.types import Completion, Group, Problem, Turn
from course_lib.wording import PLAIN, TOWN, Wording

QUESTIONS = [f.name for f in fields(Wording) if f.name != "read"]
PROBLEM = Problem("a", "Mia has 3 apples and gets 4. How many?", "7", 1)


def test_a_model_that_was_raised_in_the_town_is_asked_in_its_words_wherever_it_lies(pocket, qwen, tmp_path):
    export(pocket, tmp_path)
    assert pocket.wording is TOWN and load(str(tmp_path), device="cpu").wording is TOWN and qwen.wording is PLAIN


@pytest.mark.parametrize("wording", [TOWN, PLAIN], ids=["town", "plain"])
@pytest.mark.parametrize("name", QUESTIONS)
def test_whatever_a_question_is_about_stands_in_it(wording, name):
    ask = getattr(wording, name)
    parts = [f"<part {i}>" for i in range(len(signature(ask).parameters))]
    asked = ask(*parts)
    assert all(asked.count(part) == 1 for part in parts)


def test_plain_words_name_a_form_that_is_read():
    graded = PLAIN.grade("ask", "reply")
    assert "'Score: '" in graded and PLAIN.read("Clear.\nScore: 4") == 4
    checked = PLAIN.check("ask", "3+4=7")
    assert "'No mistake.'" in checked and "'Step 2 is wrong.'" in checked
    assert finds_mistake("Fine.\nNo mistake.") is False and finds_mistake("Hm.\n**Step 2 is wrong.**") is True
    assert finds_mistake("Step 2 is wrong. Step 3 is fine.") is None and finds_mistake("No mistake here?") is None


@pytest.mark.parametrize(
    ("said", "points"),
    {
        "Score: 4": 4, "**Score: 4/5**": 4, "**Score**: 4": 4, "Score: **0**": 0, "score: `3`.": 3, "Score: (2)": 2,
        "Score: 4 out of 5": 4, "Score: 5/5 points": 5, "Score: 3 points.": 3, "Score: 1 + 1 + 1 = 3": 3,
        "Score: 4 or 5": None, "Score: -2": None, "Score: 4.5": None, "Score: 10": None, "Score: 6": None, "Score: 3 of it": None,
        "Score: 4\nThat is all.": None, "4": None,
    }.items(),
)  # fmt: skip
def test_points_are_read_in_the_ways_that_models_write_them(said, points):
    assert PLAIN.read(f"It is on topic.\n{said}") == points


@pytest.fixture
def spoken(qwen, monkeypatch):
    """A policy whose words are the names of its questions; returns it and the prompts that were sampled."""
    said = []

    def sample(policy, prompts, k, how, seed, keys=None, bar=None, title=""):
        said.extend(prompts)
        return [[Completion("Step 1 is wrong.")] * k for _ in prompts]

    for module in ("constitution", "critics", "reflect", "methods.self_refine"):
        monkeypatch.setattr(import_module(f"course_lib.{module}"), "sample", sample)
    named = {name: (lambda *parts, name=name: f"please {name}") for name in QUESTIONS}
    return replace(qwen, wording=replace(PLAIN, **named)), said


def test_every_slot_asks_in_the_words_of_its_policy(spoken, monkeypatch):
    policy, said = spoken
    critics.own()(policy, [PROBLEM], ["3+4=7"], 1, 0)
    reflect.own_words()(policy, [Attempt(PROBLEM, (), "3+4=8", False, "That is wrong.")], ["place"], 1, 0)
    self_refine(policy, [PROBLEM], passes=1)
    draft = Group(PROBLEM, (Completion("You fool."),), (0.0,))
    constitution.constitution(("Be polite.",))(policy, [draft], Turn(0, 1))
    wanted = ["check", "reflect", "draft", "check", "fix", "critique", "revise"]
    assert said == [PROBLEM.prompt if what == "draft" else f"please {what}" for what in wanted]
    asked = []

    def next_logprobs(policy, prompts, tokens):
        asked.extend(prompts)
        return [[0.0, 0.0]] * len(prompts)

    monkeypatch.setattr(constitution, "next_logprobs", next_logprobs)
    assert constitution.preferences(policy, [("request", "a", "b", "rule")]) == [0.5] and set(asked) == {
        "please prefer"
    }
