"""What iterating with TRL gets wrong by default, each held off by a test."""

import copy
from itertools import chain

import pytest
import torch

from course_lib.branches import IGNORE, tokenise
from course_lib.errors import CourseError
from course_lib.policy import frozen, trainable, weights_hash
from course_lib.train import imitate, improve_steps, sft
from course_lib.train.batches import ByLength, Evenly
from course_lib.train.cut import restored
from course_lib.train.trainers import arguments
from course_lib.types import Example, Turn

EXAMPLES = [Example(f"What is {i}+1?", f"{i}+1={i + 1}\n#### {i + 1}") for i in range(12)]


def learn(policy, examples=EXAMPLES, **changes):
    return sft(policy, examples, **{"lr": 5e-3, "epochs": 2, "batch": 4, "seed": 0} | changes)


def test_only_the_completion_and_its_end_token_are_learned(qwen):
    prompt, answer = tokenise(qwen, EXAMPLES[:1])[0]
    assert qwen.tokenizer.decode(answer) == EXAMPLES[0].completion + "<|im_end|>"
    assert qwen.tokenizer.decode(prompt) == qwen.chat(EXAMPLES[0].prompt)


@pytest.fixture
def batches(monkeypatch):
    """The (input ids, labels, loss of one example) of every batch that a training computes its loss on."""
    from trl import SFTTrainer

    seen, training_step = [], SFTTrainer.training_step

    def spy(self, model, inputs, *args, **kwargs):
        ids, labels = inputs["input_ids"].tolist(), inputs["labels"].tolist()
        seen.append((ids, labels, training_step(self, model, inputs, *args, **kwargs).item()))
        return torch.tensor(seen[-1][2])

    monkeypatch.setattr(SFTTrainer, "training_step", spy)
    return seen


def test_the_loss_counts_on_completions_and_nowhere_else(qwen, batches):
    """Labels are -100 on every prompt and padding token and the completion's own ids elsewhere; the loss is their mean."""
    from course_lib.measure import logprobs

    prompts, texts = [e.prompt for e in EXAMPLES], [e.completion for e in EXAMPLES]
    before = logprobs(qwen, qwen.model, prompts, texts)
    learn(qwen, epochs=1, batch=len(EXAMPLES))
    ((ids, labels, loss),) = batches
    answers = [answer for _, answer in tokenise(qwen, EXAMPLES)]
    assert sorted([x for x in row if x != IGNORE] for row in labels) == sorted(answers)
    assert all(x in (IGNORE, i) for row, told in zip(labels, ids, strict=True) for x, i in zip(row, told, strict=True))
    assert loss == pytest.approx(-sum(before) / sum(map(len, answers)), rel=0.01)


def test_what_a_trainer_leaves_on_is_turned_off(qwen):
    model = copy.deepcopy(qwen.base)
    model.gradient_checkpointing_enable()
    model.forward = model.forward
    frozen(model.train())
    assert not model.is_gradient_checkpointing and not model.training and "forward" not in model.__dict__


def test_nothing_of_the_trainer_stays_behind(qwen):
    learned = learn(qwen)
    for model in (qwen.base, learned.model):
        assert "forward" not in model.__dict__, "a patched forward runs the original's weights in a copy"
        assert not model.is_gradient_checkpointing and not model.training
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


@pytest.mark.parametrize("able", [{"avx512_bf16": True}, {"amx_bf16": True}, {"avx2": True}, {}])
def test_bf16_only_where_the_processor_multiplies_in_it_and_no_checkpointing(qwen, monkeypatch, able):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able, raising=False)
    args = arguments(qwen, lr=1e-3, epochs=1, batch=4, rows=4, seed=0)
    wanted = "avx2" not in able and able != {}
    assert tuple(args[k] for k in ("bf16", "fp16", "gradient_checkpointing", "use_cpu")) == (wanted, False, False, True)


@pytest.mark.parametrize("bf16", [True, False])
def test_learned_weights_stay_float32(qwen, monkeypatch, bf16):
    """Steps of a small learning rate would round away in half precision; autocast computes in it and stores none."""
    monkeypatch.setattr("course_lib.train.trainers.cpu_has_bf16", lambda: bf16)
    learned = learn(qwen)
    assert (
        {w.dtype for w in learned.weights.values()} == {p.dtype for p in learned.model.parameters()} == {torch.float32}
    )
    assert learned.model.config._attn_implementation == "sdpa"


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
    seen = []

    def step(policy, examples, **how):
        seen.append((len(examples), how["lr"], how["epochs"]))
        return policy

    monkeypatch.setattr("course_lib.train.supervised.sft", step)
    examples = [Example("p", "c", score=s) for s in (0.2, 0.5, 0.7, 1.0)]
    improve_steps((0.0, 0.5, 0.95, 0.999), lr=1.0, decay=0.5)(qwen, examples, Turn(0, 1))
    assert seen == [(4, 1.0, 1), (2, 0.5, 1), (1, 0.25, 1), (1, 0.125, 1)]
    seen.clear()
    improve_steps((0.0, 0.5), lr=1.0, decay=0.5, seen=8)(qwen, examples, Turn(0, 1))
    assert seen == [(4, 1.0, 2), (2, 0.5, 4)]


def test_batches_hold_rows_of_like_length_in_another_order_each_epoch():
    lengths = [(i * 37) % 100 for i in range(70)]
    order = ByLength(lengths, 8, seed=0)
    first, second = list(order), list(order)
    assert sorted(first) == sorted(second) == list(range(70))
    assert first != second
    assert first == list(ByLength(lengths, 8, seed=0))
    batches = [[lengths[i] for i in first[j : j + 8]] for j in range(0, 70, 8)]
    assert len(batches[-1]) == 6  # the short batch comes last, so no other is cut across two lengths
    last = {min(lengths[i] for i in list(ByLength(lengths, 8, seed=s))[-6:]) for s in range(99)}
    assert len(last) == 9  # and holds any lengths: a part of an epoch leaves it out
    assert max(max(b) - min(b) for b in batches) <= 15


@pytest.mark.parametrize("rows", [3, 8, 9, 15, 70])
def test_even_batches_are_all_full_and_take_every_row_in_turn(rows):
    """33 rows in batches of 32 would otherwise learn from a single row in every second step."""
    lengths = [(i * 37) % 100 for i in range(rows)]
    order = list(Evenly(lengths, 8, seed=0, steps=25))
    assert len(order) == len(Evenly(lengths, 8, seed=0, steps=25)) == 25 * 8
    often = [order.count(i) for i in range(rows)]
    assert max(often) - min(often) <= 3
    assert order == list(Evenly(lengths, 8, seed=0, steps=25))
    assert rows == 8 or order != list(Evenly(lengths, 8, seed=1, steps=25))
    if rows == 70:
        batches = [[lengths[i] for i in order[j : j + 8]] for j in range(0, 64, 8)]
        assert max(max(b) - min(b) for b in batches) <= 15, "of like length"


def test_sets_of_different_size_take_as_many_even_steps(qwen, batches):
    def rows(few, **how):
        batches.clear()
        learn(qwen, few, epochs=24 / len(few), batch=4, **how)
        return [sum(any(x != IGNORE for x in row) for row in labels) for _, labels, _ in batches]

    assert rows(EXAMPLES[:5], even=True) == rows(EXAMPLES, even=True) == [4] * 6
    assert rows(EXAMPLES[:5]) == [4, 1] * 5, "what it is held off from"


def test_on_a_gpu_the_widest_batch_comes_first_so_that_memory_runs_out_at_once():
    lengths = [(i * 37) % 100 for i in range(70)]
    plain, first = list(ByLength(lengths, 8, seed=1)), list(ByLength(lengths, 8, seed=1, widest_first=True))
    cut = [[tuple(order[j : j + 8]) for j in range(0, 70, 8)] for order in (plain, first)]
    assert sorted(cut[0]) == sorted(cut[1]) and cut[0][0] != cut[1][0] and cut[0][-1] == cut[1][-1]
    assert max(lengths[i] for i in first[:8]) == max(lengths[i] for i in first[:-6])
    assert list(ByLength([3, 4], 8, seed=0, widest_first=True)) in ([0, 1], [1, 0]), "one short batch"


def test_a_training_sees_every_example_once_an_epoch_in_batches_of_like_length(qwen, batches):
    told = [Example(f"What is {i}+1?", f"{i}+1={i + 1}\n" * (1 + i % 2 * 8)) for i in range(10, 26)]
    learn(qwen, told, epochs=2, batch=4)
    learned = [[tuple(x for x in row if x != IGNORE) for row in labels] for _, labels, _ in batches]
    answers = sorted(tuple(answer) for _, answer in tokenise(qwen, told))
    first, second = learned[: len(learned) // 2], learned[len(learned) // 2 :]
    assert sorted(chain(*first)) == sorted(chain(*second)) == answers
    assert first != second
    assert all(len({len(row) for row in batch}) == 1 for batch in learned)


def test_batches_have_few_shapes(qwen, batches):
    """A CPU keeps kernels of its own for each shape: rows and widths that repeat save it memory and time."""
    told = [Example(f"What is {i}+1?", f"{i}+1={i + 1}\n" * (1 + i % 7)) for i in range(10, 36)]
    learn(qwen, told, epochs=1, batch=9)
    assert {len(ids) for ids, _, _ in batches} == {8, 4}
    assert all(len(row) % 64 == 0 for ids, _, _ in batches for row in ids)


def test_steps_that_float16_skipped_are_counted_and_said(capsys):
    from types import SimpleNamespace

    from course_lib.train.trainers import ticking

    state = SimpleNamespace(global_step=0, max_steps=4)
    for skipped, words in [([True, False, False, False], "1 of 4 steps were skipped"), ([False] * 4, "")]:
        told = ticking(SimpleNamespace(total=4, n=0, update=lambda n: None))
        for each in skipped:
            told.on_step_end(None, state, None, optimizer=SimpleNamespace(step_was_skipped=each))
        told.on_train_end(None, state, None)
        assert words in (said := capsys.readouterr().err) and bool(said) == bool(words)
    told = ticking(SimpleNamespace(total=4, n=0, update=lambda n: None))
    for _ in range(4):
        told.on_step_end(None, state, None, optimizer=SimpleNamespace(step_was_skipped=True))
    with pytest.raises(CourseError, match="overflowed float16. Set COURSE_PRECISION=float32, or take a newer GPU"):
        told.on_train_end(None, state, None)


def test_what_came_back_under_other_names_is_not_taken_for_learned(qwen):
    module = trainable(qwen, 0)
    with pytest.raises(CourseError, match="under another name"):
        restored(module, {"another": next(module.parameters()).detach()})
    name, weight = next((n, p) for n, p in module.named_parameters() if p.requires_grad)
    assert torch.equal(restored(module, {name: torch.ones_like(weight)}).get_parameter(name), torch.ones_like(weight))
