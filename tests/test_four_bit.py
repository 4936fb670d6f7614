"""A base in four bits: an adapter is learned beside it, runs beside it, and comes back from disk. bitsandbytes is optional."""

import math
from dataclasses import replace

import pytest
import torch

from course_lib import loading
from course_lib import policy as P
from course_lib.cli.main import main
from course_lib.errors import CourseError
from course_lib.footprint import memory_of
from course_lib.measure import logprobs
from course_lib.rollout import greedy
from course_lib.train import dpo, policy_gradient, reward_model, sft
from course_lib.types import Completion, Example, Group, Pair, Problem

EXAMPLES = [Example(f"What is {i}+1?", f"{i}+1={i + 1}\n#### {i + 1}") for i in range(12)]
HOW = {"lr": 5e-3, "epochs": 2, "batch": 4, "seed": 0}


def test_what_can_not_be_is_one_sentence(qwen_folder, monkeypatch, capsys):
    with pytest.raises(CourseError, match="four bits need a CUDA GPU, and here is cpu: leave four_bit away"):
        loading.load(str(qwen_folder), device="cpu", four_bit=True)
    with pytest.raises(CourseError, match="four bits can't be trained: train a LoRA adapter"):
        loading.load(str(qwen_folder), lora=None, device="cuda", four_bit=True)
    monkeypatch.setattr(loading, "find_spec", lambda name: None)
    with pytest.raises(CourseError, match="four bits need bitsandbytes: pip install bitsandbytes"):
        loading.load(str(qwen_folder), device="cuda", four_bit=True)
    for other in (["--full"], ["--backend", "vllm"]):
        assert main(["star", "--four-bit", *other]) == 2 and "leave one away" in capsys.readouterr().err


@pytest.fixture(scope="module")
def four(tmp_path_factory):
    """A tiny Qwen2 whose widths are whole blocks of 64."""
    pytest.importorskip("bitsandbytes")
    from models import make_qwen
    from transformers import Qwen2Config, Qwen2ForCausalLM

    folder = make_qwen(tmp_path_factory.mktemp("four"))
    config = Qwen2Config.from_pretrained(folder)
    config.hidden_size, config.intermediate_size = 64, 128
    torch.manual_seed(0)
    Qwen2ForCausalLM(config).save_pretrained(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "FOUR_BITS_ON", ("cpu",))
        policy = loading.load(str(folder), device="cpu", four_bit=True)
    for module in policy.base.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False  # on such CPUs it packs the weights it runs into another order
    return policy


@pytest.fixture
def learned(four):
    return sft(four, EXAMPLES, **HOW)


def told(policy):
    return logprobs(policy, policy.model, [e.prompt for e in EXAMPLES], [e.completion for e in EXAMPLES])


def test_it_learns_beside_a_base_that_stays_and_is_shared(four, learned):
    before = P.weights_hash(four.base)
    assert sum(told(learned)) > sum(told(four)) + 5 and P.weights_hash(four.base) == before
    assert {w.dtype for w in learned.weights.values()} == {torch.float32}
    inner, base = (m.model.layers[0].mlp.up_proj for m in (learned.model.get_base_model(), four.base))
    assert inner.base_layer.weight.data_ptr() == base.weight.data_ptr() and base.weight.dtype == torch.uint8
    assert all("forward" not in m.__dict__ for m in (learned.model, learned.model.get_base_model()))
    assert not learned.model.is_gradient_checkpointing
    assert not any(p.requires_grad for p in learned.model.parameters())


def test_it_samples_goes_on_and_comes_back_from_disk(four, learned, tmp_path):
    P.save_adapter(learned, tmp_path)
    back = P.load_adapter(four, tmp_path)
    assert told(back) == told(learned) and told(replace(learned, weights=dict(learned.weights))) == told(learned)
    assert [c.text for c in greedy(back, ["Hi"], 9)] == [c.text for c in greedy(learned, ["Hi"], 9)]
    twice = sft(learned, EXAMPLES, **HOW | {"seed": 1})
    assert sum(told(twice)) > sum(told(learned))
    same = sft(learned, EXAMPLES, **HOW | {"lr": 1e-12})
    assert told(same) == pytest.approx(told(learned), abs=1e-4), "it starts where it was"


def test_dpo_and_the_policy_gradient_too(four, learned, monkeypatch):
    from trl import DPOTrainer

    losses, step = [], DPOTrainer.training_step
    monkeypatch.setattr(DPOTrainer, "training_step", lambda *a: losses.append(float(loss := step(*a))) or loss)
    pairs = [Pair(e.prompt, e.completion, "No.") for e in EXAMPLES]
    for policy in (four, learned):
        losses.clear()
        found = dpo(policy, pairs, **HOW)
        assert losses[0] == pytest.approx(math.log(2), abs=1e-4), "held to the policy it started from"
        assert list(found.model.peft_config) == ["default"] and told(found) != told(policy)
    groups = [
        Group(Problem(e.prompt, e.prompt), (Completion(e.completion), Completion("No.")), (1.0, 0.0)) for e in EXAMPLES
    ]
    found = policy_gradient(learned, groups, beta=0.0, **HOW)
    assert sum(told(found)) > sum(told(learned))


def test_what_needs_whole_weights_says_so(four, learned, tmp_path):
    with pytest.raises(
        CourseError, match="in four bits, where merging loses what was learned: export the adapter alone"
    ):
        P.export(learned, tmp_path)
    with pytest.raises(CourseError, match="in four bits, which carry no reward head"):
        reward_model(four, [Pair("a", "b", "c")])


def test_memory_counts_one_copy_of_what_lies_there(four):
    found = memory_of(four.base, four.lora, 4, 64)
    assert found.weights == four.base.get_memory_footprint() and found.copies == 1
    linear = 2 * (2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 128)  # of two layers, half a byte each; the rest in float32
    assert found.weights == pytest.approx(linear / 2 + 4 * (four.base.num_parameters() - linear), rel=0.02)
