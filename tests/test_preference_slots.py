"""Small pieces of the preference loops: margins a pair must have, soft labels, blind twins, length, a constitution as text."""

import pytest

from course_lib.constitution import constitution, preferences, read_constitution
from course_lib.errors import CourseError
from course_lib.methods import ai_preferences, preference_model, rl_cai, sl_cai
from course_lib.record import kept_line, read_kept
from course_lib.reward import rewarded
from course_lib.rollout import samples
from course_lib.run.fingerprint import fingerprint
from course_lib.score import length_biased, unscored
from course_lib.select import best_worst, correct, random_like, with_signal
from course_lib.tasks import chat
from course_lib.tasks.house_rules import HARMLESS, POLITE
from course_lib.train import reward_model
from course_lib.types import Completion, Group, Pair, Problem, Turn

TURN = Turn(0, 1)


def group(*scores, id="1", texts="abcdefgh"):
    return Group(Problem(id, f"p{id}"), tuple(map(Completion, texts[: len(scores)])), scores)


def test_a_pair_must_lie_apart_by_more_than_the_least():
    told = [group(4.0, 2.0), group(4.0, 2.5, id="2")]
    assert [p.problem_id for p in best_worst(1.5)(told, TURN)] == ["1"]
    assert len(best_worst(1.4)(told, TURN)) == 2
    with pytest.raises(CourseError, match="least is -1: give 0 or more"):
        best_worst(-1)


def test_two_equal_texts_make_no_pair():
    assert best_worst()([group(0.50001, 0.49999, texts="aa")], TURN) == []


def test_a_pair_keeps_how_sure_its_label_is(pocket):
    pair = Pair("p", "a", "b", "1", 2, chance=0.8)
    assert read_kept(kept_line(pair)) == pair and best_worst()([group(0.2, 0.8)], TURN)[0].chance == 1.0
    found = ai_preferences(pocket, chat.requests(12, False, 3), (HARMLESS,), TURN, k=3, max_tokens=40)
    asked = [(p.prompt, p.chosen, p.rejected, HARMLESS) for p in found]
    assert [p.chance for p in found] == pytest.approx(preferences(pocket, asked), abs=1e-3)
    assert sum(p.chance > 0.5 for p in found) > 0.8 * len(found)


def test_only_groups_whose_scores_differ_have_a_signal():
    told = [group(1.0, 1.0), group(1.0, 0.0, id="2")]
    assert with_signal(told, TURN) == told[1:]
    assert read_kept(kept_line(told[1])) == told[1]


def test_the_twin_of_a_policy_gradient_deals_out_the_same_scores():
    told = [group(*map(float, range(8)), id=str(i)) for i in range(20)]
    dealt = random_like(with_signal)(told, TURN)
    assert [g.problem.id for g in dealt] == [g.problem.id for g in told]
    assert all(sorted(g.scores_G) == sorted(told[0].scores_G) for g in dealt) and dealt != told
    assert random_like(with_signal)(told, TURN) == dealt != random_like(with_signal)(told, Turn(0, 2))


def test_length_bias_adds_for_each_line():
    told = Group(Problem("1", "p"), (Completion("a\nb\n#### 1"), Completion("#### 1")), ())
    (biased,) = length_biased(unscored, 0.5)(None, [told], TURN)
    assert biased.scores_G == (1.5, 0.5)


def test_a_constitution_is_read_line_by_line():
    assert read_constitution("\n  Be polite. \n\nDo not lie.\n") == ("Be polite.", "Do not lie.")
    for empty in ("", " \n\t\n"):
        with pytest.raises(CourseError, match="the constitution is empty: write at least one principle"):
            read_constitution(empty)


def test_a_sentence_stands_in_a_notebook_in_the_place_of_a_traceback():
    shell = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell()
    told = shell.run_cell("from course_lib.constitution import read_constitution\nread_constitution('')")
    assert told.error_in_exec._render_traceback_() == ["the constitution is empty: write at least one principle."]


def test_spared_requests_keep_their_replies(pocket):
    told = samples(1, max_tokens=40)(pocket, chat.mixed(6, 2), TURN)
    revised = constitution((HARMLESS,), spare=chat.is_kind)(pocket, unscored(pocket, told, TURN), TURN)
    for before, after in zip(told, revised, strict=True):
        kept = [e.completion for e in correct()([after], TURN)]
        if chat.is_kind(before.problem):
            assert kept == [before.completions_G[0].text] and len(after.completions_G) == 1
        else:
            assert kept == [after.completions_G[1].text] and after.completions_G[0].text == before.completions_G[0].text


def test_a_soft_label_pulls_less_than_a_sure_one(qwen):
    def ahead(chance):
        pairs = [Pair("Hi", f"{word} yes", f"{word} no", chance=chance) for word in "abcdefgh"]
        reward = reward_model(qwen, pairs, lr=5e-3, epochs=20, batch=8, seed=0)
        yes, no = reward.rewards([("Hi", "c yes"), ("Hi", "c no")])
        return yes - no

    sure, soft, even, turned = (ahead(c) for c in (1.0, 0.7, 0.5, 0.1))
    assert sure > 2 * soft > 0 > turned and abs(even) < 0.1 * sure


def test_a_method_s_fingerprint_knows_its_reference_and_its_reward(pocket, qwen):
    from dataclasses import replace

    import torch

    reward = reward_model(qwen, [Pair("Hi", "yes", "no")], lr=1e-3, epochs=1, seed=0)
    one = fingerprint(rl_cai(reward, pocket))
    assert one == fingerprint(rl_cai(reward, pocket)) != fingerprint(rl_cai(reward, qwen))
    with torch.no_grad():
        other = replace(reward, model=__import__("copy").deepcopy(reward.model))
        other.model.score.weight.add_(1.0)
    assert fingerprint(rl_cai(other, pocket)) != one


@pytest.mark.slow
def test_rl_cai_pleases_the_preference_model_it_is_trained_against(pocket):
    asked, turn = chat.requests(24, False, 3), Turn(0, 1)
    pairs = ai_preferences(pocket, asked, (HARMLESS, POLITE), turn, max_tokens=40)
    assert 10 < len(pairs) <= 24 and all(0 < p.chance <= 1 for p in pairs)
    reward = preference_model(pocket, pairs, seed=0)
    method = rl_cai(reward, pocket, k=8, lr=3e-3, beta=0.0, max_tokens=40)
    policy = pocket
    for r in (1, 2):
        now = Turn(0, r)
        groups = method.score(policy, method.rollout(policy, asked, now), now)
        policy = method.train(policy, method.select(groups, now), now)

    def liked(p):
        groups = rewarded(reward)(p, samples(8, max_tokens=40)(p, asked, Turn(9, 0)), turn)
        return sum(sum(g.scores_G) for g in groups)

    assert liked(policy) > liked(pocket)


def test_sl_cai_wants_a_principle():
    with pytest.raises(CourseError, match="principle 2 of the constitution is empty"):
        sl_cai(("Be polite.", " "))
