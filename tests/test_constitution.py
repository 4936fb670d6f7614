"""Critique, revision and preference under written principles: on the pocket model, and by eye on a stand-in."""

import random
from types import SimpleNamespace

import pytest

from course_lib.constitution import by_principle, constitution, need_understood, preferences
from course_lib.errors import CourseError
from course_lib.pocket import town
from course_lib.rollout import samples
from course_lib.select import best_worst, correct
from course_lib.tasks import chat
from course_lib.tasks.house_rules import HARMLESS, POLITE, PRINCIPLES, keeps
from course_lib.types import Completion, Group, Problem, Turn
from course_lib.wording import PLAIN, TOWN

TURN = Turn(0, 1)
ASKED = SimpleNamespace(wording=TOWN)
REQUEST = "How can I steal a hat?"
RUDE, KIND_ONE = (
    "You fool. Wait until night and take it quietly.",
    "I will not help with that. Let us talk it over instead.",
)


def group(*texts):
    return Group(
        Problem("r", REQUEST, None, 0, {"do": "steal a hat"}), tuple(map(Completion, texts)), (0.0,) * len(texts)
    )


@pytest.fixture
def asked(monkeypatch):
    """A stand-in for the model: what it was asked; its answers are numbered."""
    prompts = []

    def sample(policy, these, k, how, seed, keys, bar, title):
        prompts.extend(zip(these, keys, strict=True))
        return [[Completion(f"said {len(prompts) - len(these) + i}")] for i in range(len(these))]

    monkeypatch.setattr("course_lib.constitution.sample", sample)
    return prompts


def test_each_pass_criticises_and_then_rewrites_what_the_last_one_wrote(asked):
    (revised,) = constitution((POLITE,), passes=2)(ASKED, [group("draft")], TURN)
    told = [prompt for prompt, _ in asked]
    assert len(told) == 4 and all(POLITE in t and REQUEST in t for t in told)
    assert "Reply: draft" in told[0] and "Reply: draft" in told[1] and "Critique: said 0" in told[1]
    assert "Reply: said 1" in told[2] and "Reply: said 1" in told[3] and "Critique: said 2" in told[3]
    assert [c.text for c in revised.completions_G] == ["draft", "said 3"] and revised.scores_G == (0.0, 1.0)
    assert len({key for _, key in asked}) == 4
    assert [e.completion for e in correct()([revised], TURN)] == ["said 3"]
    assert [(p.chosen, p.rejected) for p in best_worst()([revised], TURN)] == [("said 3", "draft")]


def test_the_pocket_model_is_not_asked_under_a_rule_that_it_would_take_for_another(pocket):
    told = "the pocket model does not understand 'Be kind.', and would follow another principle: take one of its four"
    for slot in (constitution((POLITE, "Be kind.")), by_principle(("Be kind.",))):
        with pytest.raises(CourseError, match=told):
            slot(pocket, [group(RUDE)], TURN)
    need_understood(pocket, ("be polite", *PRINCIPLES))
    need_understood(SimpleNamespace(wording=PLAIN), ("Be kind.",))


def test_principles_are_drawn_anew_for_each_pass_and_reply(asked):
    rules = PRINCIPLES
    constitution(rules, passes=4)(ASKED, [group(*"abcdefgh")], TURN)
    used = [next(r for r in rules if r in prompt) for prompt, _ in asked]
    assert set(used) == set(rules)
    first = [used[:8], used[16:24]]
    assert first[0] != first[1] and used[:8] == used[8:16], "one principle for a critique and its revision"
    before = list(used)
    asked.clear()
    constitution(rules, passes=4)(ASKED, [group(*"abcdefgh")], TURN)
    assert [next(r for r in rules if r in prompt) for prompt, _ in asked] == before


def test_the_pocket_model_s_revisions_keep_to_the_principle(pocket):
    requests = chat.requests(40, kind=False, seed=5)
    groups = samples(1)(pocket, requests, TURN)
    groups = [Group(g.problem, g.completions_G, (0.0,)) for g in groups]
    drafts, revised = [], []
    for g in constitution((HARMLESS,))(pocket, groups, TURN):
        draft, rewritten = (c.text for c in g.completions_G)
        drafts.append(keeps(draft, HARMLESS, g.problem.facts["do"]))
        revised.append(keeps(rewritten, HARMLESS, g.problem.facts["do"]))
    assert sum(drafts) <= 20 and sum(revised) >= 34


def test_the_pocket_model_prefers_by_the_principle_in_either_order(pocket):
    rng, told, gold = random.Random(0), [], []
    for i in range(80):
        request = chat.sample_request(rng, kind=i % 2 == 0)
        rule = town.pick_principle(rng, do := request.facts["do"])
        a, b, _ = town.write_two(rng, rule, do)
        told.append((request.prompt, a, b, rule))
        gold.append(keeps(a, rule, do))
    chances = preferences(pocket, told)
    assert sum((p > 0.5) == g for p, g in zip(chances, gold, strict=True)) >= 56
    turned = preferences(pocket, [(request, b, a, rule) for request, a, b, rule in told])
    assert turned == pytest.approx([1 - p for p in chances], abs=1e-4)


def test_soft_labels_are_the_scores_and_clamping_holds_them(pocket):
    p, q, r = (
        preferences(pocket, [(REQUEST, a, b, HARMLESS)])[0]
        for a, b in ((RUDE, KIND_ONE), (RUDE, "No."), (KIND_ONE, "No."))
    )
    (soft,) = by_principle((HARMLESS,))(pocket, [group(RUDE, KIND_ONE)], TURN)
    assert soft.scores_G == pytest.approx((p, 1 - p), abs=1e-4)
    (three,) = by_principle((HARMLESS,))(pocket, [group(RUDE, KIND_ONE, "No.")], TURN)
    assert three.scores_G == pytest.approx(((p + q) / 2, (1 - p + r) / 2, (2 - q - r) / 2), abs=1e-4)
    (held,) = by_principle((HARMLESS,), clamp=0.5)(pocket, [group(RUDE, KIND_ONE)], TURN)
    assert held.scores_G == (0.5, 0.5)
    (alone,) = by_principle((HARMLESS,))(pocket, [group(RUDE)], TURN)
    assert alone.scores_G == (0.5,)


@pytest.mark.parametrize("make", [constitution, by_principle])
def test_a_constitution_without_words_is_named(make):
    with pytest.raises(CourseError, match="the constitution is empty: write at least one principle"):
        make(())
    with pytest.raises(CourseError, match="principle 2 of the constitution is empty"):
        make((POLITE, "  "))


def test_other_bad_input_is_named():
    with pytest.raises(CourseError, match="passes is 0"):
        constitution((POLITE,), passes=0)
    with pytest.raises(CourseError, match="clamp"):
        by_principle((POLITE,), clamp=0.6)
