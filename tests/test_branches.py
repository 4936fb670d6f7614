"""Completions of one prompt share a row: the same loss and gradient as rows of their own, and no completion sees another."""

import pytest
import torch
import torch.nn.functional as F

from course_lib.branches import IGNORE, ROOM, can_share, collate, lay_out, tokenise
from course_lib.policy import trainable
from course_lib.sampling.decode import score_tokens
from course_lib.train import sft
from course_lib.train.attention import plain_attention
from course_lib.types import Example

EXAMPLES = [Example(f"What is {i}+1?", f"{i}+1={i + 1}\n#### {i + 1 + j}") for i in range(3) for j in range(4)]


def loss_of(model, rows, shared):
    batch = collate(rows, shared, step=4 if shared else 1)
    assert len(batch["input_ids"]) == (4 if shared else len(rows))
    labels = batch.pop("labels")
    logits = model(**batch, use_cache=False).logits[:, :-1]
    return F.cross_entropy(logits.flatten(0, 1), labels[:, 1:].flatten(), ignore_index=IGNORE, reduction="sum")


def gradient(policy, rows, shared, plain=False):
    module = trainable(policy, seed=0)
    with torch.no_grad():  # a fresh adapter's B is 0, and then nothing flows to A
        for name, p in module.named_parameters():
            if "lora_B" in name:
                p.normal_(std=0.05, generator=torch.Generator().manual_seed(len(name)))
    with plain_attention(module, plain):
        loss = loss_of(module, rows, shared)
        loss.backward()
    return loss.item(), torch.cat([p.grad.flatten() for p in module.parameters() if p.grad is not None])


@pytest.mark.parametrize("plain", [False, True], ids=["torch's attention", "plain attention"])
@pytest.mark.parametrize("name", ["qwen", "llama", "smol", "pocket"])
def test_loss_and_gradient_are_those_of_separate_rows(name, plain, request):
    policy = request.getfixturevalue(name)
    pairs = tokenise(policy, EXAMPLES)
    together, apart = lay_out(pairs), lay_out(pairs, room=0)
    assert len(together) < len(apart) == len(EXAMPLES)
    (loss, grad), (expected, expected_grad) = gradient(policy, together, True, plain), gradient(policy, apart, False)
    assert loss == pytest.approx(expected, rel=1e-5)
    assert torch.allclose(grad, expected_grad, rtol=1e-3, atol=1e-4 * expected_grad.abs().max().item())


def test_no_completion_sees_another(qwen):
    pairs = tokenise(qwen, EXAMPLES[:3])
    changed = [pairs[0], (pairs[1][0], [7] * len(pairs[1][1])), pairs[2]]
    logits = []
    for some in (pairs, changed):
        batch = collate(lay_out(some), shared=True)
        batch.pop("labels")
        with torch.no_grad():
            logits.append(qwen.base(**batch, use_cache=False).logits[0])
    branch = lay_out(pairs)[0]["branch"]
    logits, other = [x[: len(branch)] for x in logits], torch.tensor(branch) == 2
    assert torch.allclose(logits[0][~other], logits[1][~other], atol=1e-5)
    assert not torch.allclose(logits[0][other], logits[1][other], atol=1e-2)


def test_a_row_has_room_for_so_many_and_every_completion_is_in_one(qwen):
    pairs = tokenise(qwen, [Example("What is 1+1?", f"{i} " * 20) for i in range(30)])
    rows = lay_out(pairs)
    assert 1 < len(rows) < 30 and all(len(r["input_ids"]) <= ROOM for r in rows)
    learned = [t for r in rows for t in r["labels"] if t != IGNORE]
    assert learned == [t for _, answer in pairs for t in answer]


def test_a_completion_longer_than_the_room_stands_alone(qwen):
    pairs = tokenise(qwen, [Example("What is 1+1?", "a b " * ROOM), Example("What is 1+1?", "2")])
    assert [len(r["input_ids"]) > ROOM for r in lay_out(pairs)] == [True, False]


def test_a_model_that_takes_no_mask_of_ours_trains_on_rows_of_their_own(qwen_folder, monkeypatch):
    from course_lib.loading import load

    policy = load(str(qwen_folder), device="cpu")
    policy.base.set_attn_implementation("eager")
    assert not can_share(policy.base)
    seen = []

    def noted(rows, shared, step):
        seen.append((shared, step))
        return collate(rows, shared, step)

    monkeypatch.setattr("course_lib.train.supervised.collate", noted)
    learned = sft(policy, EXAMPLES, lr=1e-3, epochs=1, batch=4, seed=0)
    assert learned.weights is not None and seen == [(False, 1)] * 3


@pytest.mark.parametrize("name", ["gemma", "mistral"])
def test_sliding_windows_are_not_shared(name, request):
    """A mask of our own would hide the window: the loss would be another model's. Rows of their own give the model's loss."""
    policy = request.getfixturevalue(name)
    assert not can_share(policy.base)
    pairs = tokenise(policy, EXAMPLES)
    expected = -sum(score_tokens(policy.base, *map(list, zip(*pairs, strict=True))))
    with torch.no_grad():
        assert loss_of(policy.base, lay_out(pairs, room=0), False).item() == pytest.approx(expected, rel=1e-5)
        assert loss_of(policy.base, lay_out(pairs), True).item() != pytest.approx(expected, rel=1e-5)


def test_attention_is_put_back_even_after_an_interrupt(qwen):
    module = trainable(qwen, seed=0)
    before = module.config._attn_implementation
    with pytest.raises(KeyboardInterrupt), plain_attention(module, True):
        assert module.config._attn_implementation != before
        raise KeyboardInterrupt
    assert module.config._attn_implementation == before
