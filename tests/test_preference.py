"""DPO: what it learns, and that its reference is the policy the round started from."""

import math

import pytest
import torch
import torch.nn.functional as F

from course_lib.errors import CourseError
from course_lib.loading import load
from course_lib.measure import logprobs
from course_lib.policy import weights_hash
from course_lib.train import dpo, prefer
from course_lib.types import Pair, Turn

PAIRS = [Pair(f"What is {i}+1?", f"{i}+1={i + 1}\n#### {i + 1}", f"{i}+1={i}\n#### {i}") for i in range(10, 26)]


def learn(policy, pairs=PAIRS, **changes):
    return dpo(policy, pairs, **{"beta": 0.1, "lr": 5e-3, "epochs": 2, "batch": 4, "seed": 0} | changes)


@pytest.fixture
def losses(monkeypatch):
    """The loss of every step, in the order of the steps."""
    from trl import DPOTrainer

    seen, training_step = [], DPOTrainer.training_step

    def spy(self, *args, **kwargs):
        loss = training_step(self, *args, **kwargs)
        seen.append(loss.item())
        return loss

    monkeypatch.setattr(DPOTrainer, "training_step", spy)
    return seen


def policy_of(folder, lora):
    from course_lib.policy import Lora

    return load(str(folder), lora=Lora() if lora else None, device="cpu")


@pytest.mark.parametrize("lora", [True, False], ids=["an adapter", "all weights"])
def test_every_round_is_held_to_the_policy_it_started_from(qwen_folder, losses, lora):
    """At a round's first step policy and reference are the same: the margin is 0, the loss log 2."""
    policy, train = policy_of(qwen_folder, lora), prefer(lr=5e-3 if lora else 1e-3, epochs=8, batch=4)
    for round in (1, 2, 3):
        losses.clear()
        policy = train(policy, PAIRS, Turn(0, round))
        assert losses[0] == pytest.approx(math.log(2), abs=1e-4)
        assert sum(losses[-4:]) / 4 < losses[0] - 0.005


def margins(policy, before):
    """log π(chosen) − log π(rejected) of each pair, less what it was before (nats)."""
    prompts = [p.prompt for p in PAIRS]
    chosen, rejected = ([getattr(p, side) for p in PAIRS] for side in ("chosen", "rejected"))
    gap = [
        [c - r for c, r in zip(*(logprobs(one, one.model, prompts, t) for t in (chosen, rejected)), strict=True)]
        for one in (policy, before)
    ]
    return [after - was for after, was in zip(*gap, strict=True)]


def test_the_loss_is_the_papers(qwen, losses):
    """The second step's loss is −log σ(β m), of the margins that the first step left."""
    how = {"beta": 2.0, "batch": len(PAIRS)}
    learn(qwen, epochs=2, **how)
    told = torch.tensor(margins(learn(qwen, epochs=1, **how), qwen))
    assert losses[1] == pytest.approx(-F.logsigmoid(2.0 * told).mean().item(), rel=0.02)
    assert losses[1] < math.log(2) - 0.02


def test_chosen_answers_gain_on_rejected_ones_and_beta_holds_back(qwen):
    loose, tight = (torch.tensor(margins(learn(qwen, beta=b, lr=2e-2, epochs=8), qwen)) for b in (0.05, 5.0))
    assert loose.mean() > 0.1 and tight.mean() < loose.mean()


def test_nll_keeps_the_chosen_answer_likely(qwen):
    prompts, chosen = [p.prompt for p in PAIRS], [p.chosen for p in PAIRS]
    bare, mixed = (learn(qwen, epochs=6, nll=x) for x in (0.0, 1.0))
    likely = [sum(logprobs(one, one.model, prompts, chosen)) for one in (bare, mixed)]
    assert likely[1] > likely[0] + 10


def test_the_given_policy_stays_and_only_the_learned_adapter_is_kept(qwen):
    before = weights_hash(qwen.base)
    learned = learn(qwen)
    assert weights_hash(qwen.base) == before
    assert not any("ref" in key.split(".") for key in learned.weights)
    assert {w.dtype for w in learned.weights.values()} == {torch.float32}
    assert "forward" not in learned.model.__dict__ and "forward" not in qwen.model.__dict__
    assert weights_hash(learn(qwen).model) == weights_hash(learned.model) != weights_hash(learn(qwen, seed=1).model)


def test_bad_input_is_one_sentence(qwen):
    for beta in (0.0, -1.0, float("nan")):
        with pytest.raises(CourseError, match="β is"):
            prefer(beta=beta)
        with pytest.raises(CourseError, match="β is"):
            learn(qwen, beta=beta)
    with pytest.raises(CourseError, match="no pair was kept"):
        learn(qwen, [])
