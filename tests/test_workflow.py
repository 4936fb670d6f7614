"""Workflows: printed as a program, carried out without gold, every call counted, and searched within a limit."""

import random
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace

import pytest

from course_lib import workflow
from course_lib.errors import CourseError
from course_lib.methods.aflow import Tried, aflow, by_lot, candidates, edited, mixed, mixture, winner
from course_lib.tasks.stories import stories
from course_lib.types import Completion, Problem
from course_lib.workflow import GENERATE, Desk, Workflow, chain, run, vote

search = import_module("course_lib.methods.aflow")  # the package has a function of this name
TWO = [Problem("a", "A?", "1"), Problem("b", "B?", "2")]
WORDS = SimpleNamespace(
    check=lambda prompt, text: f"check {prompt} {text}", fix=lambda prompt, text, step: f"fix {prompt} {text} {step}"
)


@pytest.fixture
def asked(monkeypatch):
    """Stands in for the model: `asked.say` answers a prompt by its key; what was asked is kept."""
    told = SimpleNamespace(calls=[], say=lambda key, prompt: "#### 1")

    def sample(policy, prompts, k, how, seed, keys, bar, title):
        told.calls += list(zip(keys, prompts, strict=True))
        return [[Completion(told.say(key, prompt), 3)] for key, prompt in zip(keys, prompts, strict=True)]

    monkeypatch.setattr(workflow, "sample", sample)
    return told


def desk():
    return Desk(SimpleNamespace(wording=WORDS))


# ---- a value


def test_a_workflow_prints_as_a_program_of_one_line():
    deep = Workflow("ensemble", (GENERATE, GENERATE, chain("rewrite", 2)))
    assert str(deep) == "ensemble(2 × generate, rewrite(rewrite(generate)))"
    assert str(GENERATE) == "generate" and deep == Workflow("ensemble", (GENERATE, GENERATE, chain("rewrite", 2)))
    assert [n.operator for n in deep.nodes()] == ["ensemble", "generate", "generate", "rewrite", "rewrite", "generate"]


@pytest.mark.parametrize(
    "flow, least, most",
    [
        (GENERATE, 1, 1),
        (vote(4), 4, 4),
        (chain("rewrite", 2), 3, 3),
        (chain("revise", 1), 2, 3),
        (Workflow("verify", (GENERATE,) * 2), 4, 4),
        (Workflow("agree", (GENERATE,) * 5), 2, 5),
    ],
    ids=str,
)
def test_what_a_workflow_may_cost_is_known_before(flow, least, most):
    assert (flow.least, flow.most) == (least, most)


def test_an_unknown_operator_and_a_wrong_number_of_parts_are_sentences():
    with pytest.raises(CourseError, match="no operator 'guess': there is generate"):
        Workflow("guess")
    for name, parts in (("generate", (GENERATE,)), ("revise", ()), ("ensemble", ())):
        with pytest.raises(CourseError, match=f"{name} with {len(parts)} parts"):
            Workflow(name, parts)


# ---- carried out


def test_every_call_is_paid_and_what_is_asked_twice_is_drawn_once(asked):
    here = desk()
    assert [s.calls for s in run(vote(3), here, TWO)] == [3, 3] and len(asked.calls) == 6
    assert [s.calls for s in run(vote(2), here, TWO)] == [2, 2] and len(asked.calls) == 6, "the same first two draws"
    assert [s.tokens for s in run(vote(4), here, TWO)] == [12, 12] and len(asked.calls) == 8


def test_no_two_places_of_a_workflow_draw_the_same_lots(asked):
    run(Workflow("ensemble", (chain("rewrite", 1), chain("rewrite", 1))), desk(), TWO)
    keys = [key for key, _ in asked.calls]
    assert len(set(keys)) == len(keys) == 8


def test_agreement_ends_a_story_and_leaves_the_others_going(asked):
    asked.say = lambda key, prompt: "#### 1" if prompt == "A?" else f"#### {key.split()[1].split('|')[0]}"
    said = run(Workflow("agree", (GENERATE,) * 4), desk(), TWO)
    assert [s.calls for s in said] == [2, 4] and said[0].text == "#### 1"


def test_what_cannot_be_read_agrees_with_nothing_and_has_no_vote(asked):
    texts = {"generate 1": "?", "generate 2": "?", "generate 3": "#### 7"}
    asked.say = lambda key, prompt: texts[key.split("|")[0]]
    for name in ("agree", "ensemble"):
        (said,) = run(Workflow(name, (GENERATE,) * 3), desk(), TWO[:1])
        assert (said.text, said.calls) == ("#### 7", 3)


def test_a_revision_costs_a_critique_and_where_a_step_is_named_a_correction(asked):
    def say(key, prompt):
        if key.startswith("critique"):
            return "Step 1 is wrong." if "A?" in prompt else "No mistake."
        return "#### 9" if key.startswith("revise") else "#### 1"

    asked.say = say
    assert [(s.text, s.calls) for s in run(chain("revise", 1), desk(), TWO)] == [("#### 9", 3), ("#### 1", 2)]


def test_verify_votes_among_what_the_model_lets_pass_and_among_all_where_nothing_passes(asked):
    asked.say = lambda key, prompt: (
        ("No mistake." if prompt.endswith("#### 5") else "Step 1 is wrong.")
        if key.startswith("verify")
        else "#### 5" if key.startswith("generate 3") and "|a" in key else "#### 4"
    )  # fmt: skip
    said = run(Workflow("verify", (GENERATE,) * 3), desk(), TWO)
    assert [(s.text, s.calls) for s in said] == [("#### 5", 6), ("#### 4", 6)]


def test_no_gold_is_read_in_a_workflow(pocket):
    told = stories(4, (2, 3), 11)
    flow = Workflow("agree", (GENERATE, chain("revise", 1), Workflow("verify", (GENERATE, chain("rewrite", 1)))))
    blind = [replace(p, answer=None, facts={}) for p in told]
    assert run(flow, Desk(pocket, 3), told) == run(flow, Desk(pocket, 3), blind)
    assert run(flow, Desk(pocket, 3), told)[:2] == run(flow, Desk(pocket, 3), told[:2]), "whatever else is asked"


# ---- which parent


def test_the_mixture_is_the_papers():
    assert mixture([80.0, 75.0], 0.2, 0.4) == pytest.approx(
        [0.1 + 0.8 / (1 + 2.718281828**-2), 0.1 + 0.8 / (1 + 2.718281828**2)]
    )
    assert mixture([10.0, 90.0, 40.0], 1.0, 0.4) == pytest.approx([1 / 3] * 3)
    for lam, alpha in ((0.0, 0.0), (0.3, 0.2), (0.2, 10.0)):
        chances = mixture([90.0, 0.0, 88.0], lam, alpha)
        assert sum(chances) == pytest.approx(1) and min(chances) >= lam / 3
    with pytest.raises(CourseError, match="λ"):
        mixture([1.0], 1.5)


def test_candidates_are_the_best_and_the_first():
    assert candidates([0.1, 0.9, 0.5, 0.7], 2) == [0, 1, 3]
    assert candidates([0.9, 0.1], 4) == [0, 1]


# ---- the search


def evaluate(flow):
    """More answers are better, and a condition makes them cheap."""
    return [1.0] * min(8, flow.most) + [0.0] * (8 - min(8, flow.most)), (
        2.5 if "agree" in str(flow) else float(flow.most)
    )


def test_a_search_keeps_to_its_limit_never_repeats_and_finds_the_condition():
    tried = aflow(evaluate, evaluations=40, limit=4, seed=1)
    assert len(tried) == 40 and len({t.workflow for t in tried}) == 40
    assert all(t.refused == (t.calls > 4) and (not t.refused or t.score == 0.0) for t in tried)
    best = winner(tried)
    assert "agree" in str(best.workflow) and best.score > 0.5 and best.calls <= 4
    assert [t.workflow for t in aflow(evaluate, evaluations=40, limit=4, seed=1)] == [t.workflow for t in tried]


def test_operators_that_are_not_offered_are_not_found():
    tried = aflow(evaluate, evaluations=20, limit=4, operators=("generate", "ensemble", "rewrite"))
    assert not [t for t in tried if {"agree", "revise", "verify"} & {n.operator for n in t.workflow.nodes()}]


def test_experience_is_written_back_to_the_parent_and_not_by_the_control():
    tried = aflow(evaluate, evaluations=12, limit=4)
    for i, parent in enumerate(tried):
        children = [t for t in tried if t.parent == i]
        assert parent.experience == tuple((c.kind, c.score > parent.score) for c in children)
    assert not any(t.experience for t in aflow(evaluate, evaluations=12, limit=4, choose=by_lot, remember=False))


def test_a_kind_of_change_that_helped_is_likelier():
    parent = Tried(GENERATE, (1.0,), 1.0, experience=(("add", True),) * 8 + (("wrap", False),) * 8)
    kinds = [search.drawn_kind(parent, random.Random(i)) for i in range(300)]
    assert kinds.count("add") > kinds.count("swap") > kinds.count("wrap")


def test_every_change_gives_a_workflow_that_can_be_carried_out():
    rng, flow = random.Random(0), vote(3)
    for _ in range(300):
        flow = edited(flow, rng.choice(search.KINDS), rng)
        flow = flow if flow.most < 20 else GENERATE
    assert flow.least >= 1


def test_of_equal_scores_the_cheapest_wins():
    dear, cheap = (Tried(flow, (1.0, 0.0), calls) for flow, calls in ((vote(3), 3.0), (vote(2), 2.0)))
    assert winner([dear, cheap]) is cheap


def test_an_interrupt_keeps_what_was_tried():
    said, count = [], []

    def stopped(flow):
        count.append(flow)
        if len(count) > 3:
            raise KeyboardInterrupt
        return evaluate(flow)

    assert len(aflow(stopped, evaluations=9, limit=4, say=said.append)) == 3
    assert said == ["Stopped. 3 workflows were tried."]


def test_a_limit_below_the_first_workflow_is_said():
    with pytest.raises(CourseError, match="the first workflow takes 4 calls and the limit is 2"):
        aflow(evaluate, start=vote(4), limit=2)


def test_gold_is_read_where_a_search_evaluates(asked):
    outcomes, calls = search.on(desk(), TWO)(vote(2))
    assert (outcomes, calls) == ([1.0, 0.0], 2.0)
    assert mixed()([Tried(GENERATE, (1.0,), 1.0)], random.Random(0)) == 0
