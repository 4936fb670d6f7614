"""GRPO by TRL: a score slot as TRL asks for a reward, and a real run that leaves nothing behind."""

from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace

import pytest
import torch

from course_lib.errors import CourseError
from course_lib.policy import trained, weights_hash
from course_lib.rollout import samples
from course_lib.score import coin, scored, verify
from course_lib.statistics import mean
from course_lib.tasks.chat import requests
from course_lib.tasks.stories import stories
from course_lib.train.grpo_trainer import grpo_trainer, reward_of, steps_of
from course_lib.types import Problem, Turn
from course_lib.votes import by_majority

grpo_trainer_module = import_module("course_lib.train.grpo_trainer")

BY_ID = {"a": Problem("a", "How many?", "7"), "b": Problem("b", "How much?", "8")}
TEXTS = ["#### 7", "#### 8", "#### 8", "hm", "#### 8", "#### 8", "#### 8", "#### 7"]
IDS = ["a"] * 4 + ["b"] * 4
VOTES = [0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0]


def conversation(text):
    return [{"role": "assistant", "content": text}]


def reward(score, texts=TEXTS, ids=IDS, **columns):
    found = reward_of(score, None, BY_ID, 0)(texts, ids, **columns)
    assert all(isinstance(x, float) for x in found)
    return found


@pytest.mark.parametrize("as_trl", [str, conversation])
def test_answers_are_scored_group_by_group_and_come_back_in_their_order(as_trl):
    texts = list(map(as_trl, TEXTS))
    assert reward(verify, texts) == [1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0]
    assert reward(by_majority, texts) == VOTES
    turned = reward(by_majority, texts[4:] + texts[:4], IDS[4:] + IDS[:4], prompts=["p"] * 8, completion_ids=[[1]] * 8)
    assert turned == VOTES[4:] + VOTES[:4], "the problems in the other order, with columns that no score needs"


def test_a_score_is_handed_whole_groups_and_the_policy_as_it_was():
    seen = []

    def score(policy, groups, turn):
        seen.append((policy, [(g.problem, [c.text for c in g.completions_G]) for g in groups], turn))
        return verify(policy, groups, turn)

    reward_of(score, "before", BY_ID, 5)(TEXTS, IDS, trainer_state=SimpleNamespace(global_step=3))
    policies, told, turns = zip(*seen, strict=True)
    assert set(policies) == {"before"} and set(turns) == {Turn(5, 3)}
    assert [g for groups in told for g in groups] == [(BY_ID["a"], TEXTS[:4]), (BY_ID["b"], TEXTS[4:])]


def test_lots_are_drawn_anew_as_training_goes_on():
    steps = [reward(coin(), trainer_state=SimpleNamespace(global_step=n)) for n in (0, 0, 1, 2)]
    assert steps[0] == steps[1] and len({tuple(s) for s in steps}) > 1
    assert {x for step in steps for x in step} == {0.0, 1.0}


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"batch": 10, "g": 4}, "G is 4 and a step has 10 answers: give a G of 2 or more, and a multiple of it"),
        ({"g": 1}, "G is 1 and a step has 64 answers"),
        (
            {"g": 4, "batch": 16},
            "a pass of 8 answers does not fill a step of 16: give more problems or a smaller batch",
        ),
        ({"beta": -1}, "β is -1: give 0 or more"),
        ({"lr": 0}, "lr is 0: it must be a number above 0"),
        ({"rounds": 0}, "rounds is 0: it must be a whole number of 1 or more"),
    ],
)
def test_bad_input_is_named_before_anything_is_sampled(pocket, how, sentence):
    with pytest.raises(CourseError, match=sentence):
        grpo_trainer(pocket, stories(2, (2,), 3), verify, **how)


def test_a_policy_without_lora_is_not_held_to_a_checkpoint_on_disk(pocket):
    with pytest.raises(CourseError, match="β above 0 needs a LoRA policy here"):
        grpo_trainer(replace(pocket, lora=None), stories(8, (2,), 3), verify, g=4, batch=16, beta=0.1)


@pytest.mark.parametrize("name", ["FSDP", "DEEPSPEED"])
def test_weights_that_would_be_cut_are_refused(pocket, monkeypatch, name):
    monkeypatch.setenv(f"ACCELERATE_USE_{name}", "true")
    with pytest.raises(CourseError, match="launch without their configuration"):
        grpo_trainer(pocket, stories(2, (1,), 0), verify, g=2, batch=4)


def test_a_pass_takes_whole_batches_of_samples(monkeypatch):
    assert steps_of(512, 64, 8) == (8, 8) and steps_of(100 * 8, 64, 8) == (8, 8) and steps_of(64 * 7, 64, 4) == (4, 4)
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert steps_of(512, 64, 8) == (4, 4), "two devices take a step of 128 answers together"


# ---- a real run


def learned(policy, problems, score=verify, **how):
    how = {"g": 4, "batch": 16, "lr": 3e-3, "max_tokens": 40, "steps_per_sampling": 1} | how
    return grpo_trainer(policy, problems, score, **how)


@pytest.mark.slow
def test_a_run_trains_a_new_adapter_and_leaves_the_given_policy_alone(pocket):
    told = stories(4, (3,), 3)
    before = weights_hash(pocket.model), weights_hash(pocket.base)
    first = learned(pocket, told)
    assert any(w.abs().sum() > 0 for name, w in first.weights.items() if "lora_B" in name), "it was trained"
    assert weights_hash(first.model) != before[0] and first.base is pocket.base
    assert (weights_hash(pocket.model), weights_hash(pocket.base)) == before and pocket.weights is None


@pytest.mark.slow
def test_a_second_run_is_held_to_the_policy_it_began_with_and_leaves_no_adapter_for_it_behind(pocket, monkeypatch):
    from peft import get_peft_model_state_dict
    from trl import GRPOTrainer

    references, left, run = [], [], GRPOTrainer.train

    def running(trainer):
        run(trainer)
        references.append(get_peft_model_state_dict(trainer.model, adapter_name="ref"))

    def taken_over(policy, module):
        left.append(list(module.peft_config))
        return trained(policy, module)

    told = stories(4, (3,), 3)
    first = learned(pocket, told)
    kept = {name: w.clone() for name, w in first.weights.items()}
    monkeypatch.setattr(GRPOTrainer, "train", running)
    monkeypatch.setattr(grpo_trainer_module, "trained", taken_over)
    second = learned(first, told, beta=0.1, seed=1)
    assert left == [["default"]] and second.weights.keys() == kept.keys()
    assert all(torch.equal(references[0][name], w) for name, w in kept.items()), (
        "the reference is the first run's policy"
    )
    assert all(torch.equal(first.weights[name], w) for name, w in kept.items()), "which is left alone"
    assert not all(torch.equal(second.weights[name], w) for name, w in kept.items())
    assert weights_hash(replace(pocket, weights=dict(second.weights)).model) == weights_hash(second.model)


@pytest.mark.slow
def test_what_is_rewarded_becomes_likelier_and_a_strong_kl_holds_it_back(pocket):
    told = requests(4, True, 5)

    def polite(problem, text):
        return float("Good luck" in text)

    def share(policy):
        groups = samples(32, max_tokens=40)(policy, told, Turn(9, 0))
        return mean([polite(None, c.text) for g in groups for c in g.completions_G])

    how = {"g": 8, "batch": 32, "rounds": 5, "lr": 5e-3}
    before, free, held = map(
        share, (pocket, *(learned(pocket, told, scored(polite), beta=b, **how) for b in (0.0, 20.0)))
    )
    assert before < 0.15 and free > before + 0.25 and held < before + 0.2
