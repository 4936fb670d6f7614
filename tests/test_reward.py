"""A reward model learns the order of its pairs, and no policy is changed by it."""

import copy
import math
from dataclasses import replace

import pytest
import torch

from course_lib.copies import Copies
from course_lib.errors import CourseError
from course_lib.loading import load
from course_lib.policy import Lora, frozen, weights_hash
from course_lib.reward import RewardModel, rewarded
from course_lib.train import reward_model
from course_lib.train.reward_model import Shape, headed, raised, read_only
from course_lib.types import Completion, Group, Pair, Problem, Turn

PAIRS = [Pair(f"What is {i}+1?", f"{i}+1={i + 1}\n#### {i + 1}", f"So {i} is it!\n#### {i}") for i in range(10, 34)]
FRESH = [Pair(f"What is {i}+1?", f"{i}+1={i + 1}\n#### {i + 1}", f"So {i} is it!\n#### {i}") for i in range(40, 60)]


def ordered(reward, pairs):
    """The share of pairs whose chosen answer gets the higher number."""
    chosen, rejected = (
        reward.rewards([(p.prompt, getattr(p, side)) for p in pairs]) for side in ("chosen", "rejected")
    )
    return sum(c > r for c, r in zip(chosen, rejected, strict=True)) / len(pairs)


@pytest.mark.parametrize("lora", [Lora(), None], ids=["an adapter", "all weights"])
def test_it_learns_the_order_of_fresh_pairs(qwen_folder, lora):
    policy = load(str(qwen_folder), lora=lora, device="cpu")
    before = weights_hash(policy.base)
    reward = reward_model(policy, PAIRS, lr=5e-3, epochs=6, batch=8)
    assert ordered(reward, FRESH) >= 0.9
    assert weights_hash(policy.base) == before and policy.weights is None
    assert not any(p.requires_grad for p in reward.model.parameters())


def test_turned_pairs_teach_the_other_order(qwen):
    turned = [Pair(p.prompt, p.rejected, p.chosen) for p in PAIRS]
    assert ordered(reward_model(qwen, turned, lr=5e-3, epochs=6, batch=8), FRESH) <= 0.1


def test_numbers_do_not_hang_on_the_batch_and_repeat_with_the_seed(qwen):
    one, two = (reward_model(qwen, PAIRS, lr=5e-3, seed=s) for s in (0, 0))
    asked = [(p.prompt, p.chosen) for p in FRESH] + [("Why?", "Because " * 30)]
    together = one.rewards(asked)
    assert together == pytest.approx([one.rewards([a])[0] for a in asked], abs=1e-4)
    assert together == two.rewards(asked)
    assert one.rewards([]) == []


def test_as_the_score_slot(qwen):
    reward = reward_model(qwen, PAIRS, lr=5e-3, epochs=6, batch=8)
    groups = [
        Group(Problem(str(i), p.prompt), (Completion(p.chosen), Completion(p.rejected))) for i, p in enumerate(FRESH)
    ]
    scored = rewarded(reward)(qwen, groups, Turn(0, 1))
    assert sum(g.scores_G[0] > g.scores_G[1] for g in scored) >= 18
    assert scored[3].scores_G[1] == pytest.approx(reward.rewards([(FRESH[3].prompt, FRESH[3].rejected)])[0], abs=1e-4)


def test_one_that_diverged_is_told_and_not_taken_for_a_score(qwen):
    reward = reward_model(qwen, PAIRS, lr=5e-3)
    with torch.no_grad():
        next(reward.model.parameters()).fill_(math.nan)
    with pytest.raises(CourseError, match=r"numbers that are none \(NaN\): its training diverged"):
        reward.rewards([("Why?", "So.")])


def test_nothing_to_train_on(qwen):
    with pytest.raises(CourseError, match="no pair was kept"):
        reward_model(qwen, [])


# ---- raised from nothing, in a size of its own

CLEAR = [Pair(f"What is {i}+1?", f"{i}+1={i + 1}\n#### {i + 1}", "I do not know.") for i in range(10, 34)]
CLEAR_FRESH = [Pair(f"What is {i}+1?", f"{i}+1={i + 1}\n#### {i + 1}", "I do not know.") for i in range(40, 60)]


@pytest.mark.parametrize("name", ["qwen", "pocket"])
def test_one_raised_from_nothing_orders_clear_pairs_and_no_policy_is_changed(name, request):
    policy = request.getfixturevalue(name)
    before = weights_hash(policy.base)
    reward = reward_model(policy, CLEAR, shape=Shape(64, 2), lr=3e-3, epochs=8, batch=8)
    assert ordered(reward, CLEAR_FRESH) >= 0.9
    config, again = reward.model.config, reward_model(policy, CLEAR, shape=Shape(64, 2), lr=3e-3, epochs=8, batch=8)
    assert (config.hidden_size, config.num_hidden_layers) == (64, 2)
    assert weights_hash(again.model) == weights_hash(reward.model)
    assert weights_hash(policy.base) == before and policy.weights is None and policy.base.config.hidden_size != 64
    assert not any(p.requires_grad for p in reward.model.parameters())


def test_it_knows_nothing_of_the_policy_and_all_of_it_is_trained(qwen):
    start, other = (raised(qwen, Shape(32, 1), seed) for seed in (0, 1))
    assert weights_hash(raised(qwen, Shape(32, 1), 0)) == weights_hash(start) != weights_hash(other)
    assert all(p.requires_grad for p in start.parameters())
    sizes = [
        sum(p.numel() for p in raised(qwen, s, 0).parameters()) for s in (Shape(32, 1), Shape(32, 2), Shape(64, 2))
    ]
    assert sizes == sorted(sizes) and len(set(sizes)) == 3


@pytest.mark.parametrize("width", [30, 33, 7, 1])
def test_a_width_that_gives_no_even_heads_is_named(qwen, width):
    with pytest.raises(CourseError, match=f"hidden is {width}: give a multiple of 8"):
        reward_model(qwen, PAIRS, shape=Shape(width, 1))


@pytest.mark.parametrize("width", [8, 16, 40, 64, 96, 128])
def test_a_width_that_is_allowed_runs(qwen, width):
    import torch

    with torch.no_grad():
        assert raised(qwen, Shape(width, 1), 0)(torch.tensor([[5, 9, 40]])).logits.shape == (1, 1)


@pytest.mark.parametrize("name", ["qwen", "llama", "gemma"])
def test_one_deeper_than_the_policy_runs(name, request):
    """Qwen2 and Gemma list a kind of attention for each layer: the list must grow too."""
    import torch

    deep = raised(request.getfixturevalue(name), Shape(32, 5), 0)
    with torch.no_grad():
        assert deep(torch.tensor([[5, 9, 40]])).logits.shape == (1, 1) and len(deep.model.layers) == 5


@pytest.mark.parametrize("width", [112, 168, 176, 200])
def test_every_multiple_of_8_runs(qwen, width):
    test_a_width_that_is_allowed_runs(qwen, width)


@pytest.mark.parametrize("shape", [Shape(0, 1), Shape(-8, 1), Shape(32, 0)])
def test_a_size_that_cannot_be_is_named(qwen, shape):
    with pytest.raises(CourseError):
        raised(qwen, shape, 0)


@pytest.mark.parametrize("half", [torch.float16, torch.bfloat16])
def test_on_a_half_precision_base_the_head_is_learned_in_float32_and_read_in_the_base_s(qwen, half):
    policy = replace(qwen, base=frozen(copy.deepcopy(qwen.base).to(half)), copies=Copies())
    module = headed(policy, 0)
    learned = [p for p in module.parameters() if p.requires_grad]
    assert {p.dtype for p in learned} == {torch.float32} and {p.dtype for p in module.parameters()} == {
        half,
        torch.float32,
    }
    reward = RewardModel(policy, read_only(policy, module))
    assert {p.dtype for p in reward.model.parameters()} == {half}
    assert all(map(math.isfinite, reward.rewards([("a", "b"), ("a", "c")])))
