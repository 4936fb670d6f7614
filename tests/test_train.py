"""What iterating with TRL gets wrong by default, each held off by a test."""

import copy

import pytest
import torch

from course_lib.errors import CourseError
from course_lib.policy import frozen, weights_hash
from course_lib.train import imitate, improve_steps, settings, sft, tokenise
from course_lib.types import Example, Turn

EXAMPLES = [Example(f"What is {i}+1?", f"{i}+1={i + 1}\n#### {i + 1}") for i in range(12)]


def learn(policy, examples=EXAMPLES, **changes):
    return sft(policy, examples, **{"lr": 5e-3, "epochs": 2, "batch": 4, "seed": 0} | changes)


def test_only_the_completion_and_its_end_token_are_learned(qwen):
    row = tokenise(qwen, EXAMPLES[:1])[0]
    learned = [i for i, m in zip(row["input_ids"], row["completion_mask"], strict=True) if m]
    assert qwen.tokenizer.decode(learned) == EXAMPLES[0].completion + "<|im_end|>"
    asked = [i for i, m in zip(row["input_ids"], row["completion_mask"], strict=True) if not m]
    assert qwen.tokenizer.decode(asked) == qwen.chat(EXAMPLES[0].prompt)


def test_the_trainer_masks_what_the_mask_says(qwen, monkeypatch):
    """The labels TRL computes its loss on: -100 on every prompt and padding token, the completion's own ids elsewhere."""
    from trl import SFTTrainer

    seen, compute_loss = [], SFTTrainer.compute_loss

    def spy(self, model, inputs, *args, **kwargs):
        seen.append((inputs["input_ids"].tolist(), inputs["labels"].tolist()))
        return compute_loss(self, model, inputs, *args, **kwargs)

    monkeypatch.setattr(SFTTrainer, "compute_loss", spy)
    learn(qwen, epochs=1)
    rows = [(r["input_ids"], r["completion_mask"]) for r in tokenise(qwen, EXAMPLES)]
    batched = [pair for ids, labels in seen for pair in zip(ids, labels, strict=True)]
    assert len(batched) == len(EXAMPLES)
    for ids, labels in batched:
        whole, mask = next((w, m) for w, m in rows if w == ids[: len(w)])
        assert labels == [x if m else -100 for x, m in zip(whole, mask, strict=True)] + [-100] * (len(ids) - len(whole))


def test_what_a_trainer_leaves_on_is_turned_off(qwen):
    model = copy.deepcopy(qwen.base)
    model.gradient_checkpointing_enable()
    model.forward = model.forward
    frozen(model.train())
    assert not model.is_activation_checkpointing and not model.training and "forward" not in model.__dict__


def test_nothing_of_the_trainer_stays_behind(qwen):
    learned = learn(qwen)
    for model in (qwen.base, learned.model):
        assert "forward" not in model.__dict__, "a patched forward runs the original's weights in a copy"
        assert not model.is_activation_checkpointing and not model.training
        assert not any(p.requires_grad for p in model.parameters())


def test_a_copy_of_a_trained_policy_runs_its_own_weights(qwen):
    learned = learn(qwen)
    twin = copy.deepcopy(learned.model)
    ids = torch.tensor([[5, 9, 40, 7]])
    with torch.no_grad():
        before = twin(ids).logits
        for p in learned.model.parameters():
            p.mul_(0.5)
        assert torch.equal(twin(ids).logits, before)


def test_no_bf16_or_checkpointing_on_a_cpu(qwen):
    args = settings(qwen, "unused", 1e-3, 1, 4, 0)
    assert (args.bf16, args.fp16, args.gradient_checkpointing, args.use_cpu) == (False, False, False, True)


def test_training_repeats_with_its_seed_and_not_without(qwen):
    assert weights_hash(learn(qwen).model) == weights_hash(learn(qwen).model)
    assert weights_hash(learn(qwen).model) != weights_hash(learn(qwen, seed=1).model)


def test_every_round_has_a_seed_of_its_own(qwen):
    train = imitate(lr=5e-3, epochs=1, batch=4)
    first, second = (train(qwen, EXAMPLES, Turn(0, r)) for r in (1, 2))
    assert weights_hash(first.model) != weights_hash(second.model)


def test_training_raises_the_likelihood_of_what_it_imitates(qwen):
    from course_lib.measure import logprobs

    prompts, texts = [e.prompt for e in EXAMPLES], [e.completion for e in EXAMPLES]
    before = sum(logprobs(qwen, qwen.model, prompts, texts))
    learned = learn(qwen, lr=2e-2, epochs=10)
    assert sum(logprobs(learned, learned.model, prompts, texts)) > before + 30


def test_nothing_to_train_on(qwen):
    with pytest.raises(CourseError, match="nothing to train on"):
        learn(qwen, [])


def test_improve_steps_train_on_what_is_above_each_threshold(qwen, monkeypatch):
    import course_lib.train as train

    seen = []
    monkeypatch.setattr(train, "sft", lambda policy, examples, **s: seen.append((len(examples), s["lr"])) or policy)
    examples = [Example("p", "c", score=s) for s in (0.2, 0.5, 0.7, 1.0)]
    improve_steps((0.0, 0.5, 0.95, 0.999), lr=1.0, decay=0.5)(qwen, examples, Turn(0, 1))
    assert seen == [(4, 1.0), (2, 0.5), (1, 0.25), (1, 0.125)]
