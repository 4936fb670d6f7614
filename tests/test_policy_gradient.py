"""Policy gradient: TRL's GRPO loss and gradient, group-centred advantages, and a KL that holds."""

import random
import sys
from collections import defaultdict
from itertools import chain
from types import SimpleNamespace

import pytest
import torch

from course_lib.errors import CourseError
from course_lib.measure import kl_to_base
from course_lib.policy import frozen, trainable
from course_lib.rollout import samples
from course_lib.sampling.decode import score_tokens
from course_lib.score import scored
from course_lib.tasks.chat import requests
from course_lib.train import policy_gradient
from course_lib.train.answer_rows import Answer, laid_out, parts, read
from course_lib.train.policy_gradient import steps
from course_lib.train.policy_loss import centred, part_loss, token_losses
from course_lib.types import Completion, Group, Problem, Turn

MASK = torch.tensor([[1, 1, 1, 0], [1, 0, 0, 0], [1, 1, 1, 1]] * 5).bool()  # answers of three, one and four tokens


def tokens(seed=0):
    """Log-probabilities (B, T) and an advantage for each of B answers."""
    generator = torch.Generator().manual_seed(seed)
    sampled, reference = (-torch.rand(*MASK.shape, generator=generator) * 3 for _ in range(2))
    logps = (sampled + 0.6 * torch.randn(*MASK.shape, generator=generator)).requires_grad_()
    return logps, sampled, reference, torch.randn(len(MASK), generator=generator)


def of_ours(logps, sampled, reference, advantage, beta, clip):
    each = advantage[:, None].expand_as(logps)
    return token_losses(*(x[MASK] for x in (logps, sampled, reference, each)), beta, clip).mean()


def of_trl(logps, sampled, reference, advantage, beta, clip):
    """TRL's own loss on the same tokens."""
    from trl import GRPOTrainer

    trainer = SimpleNamespace(
        top_entropy_quantile=1.0, off_policy_mask_threshold=None, importance_sampling_level="token", beta=beta,
        args=SimpleNamespace(use_bias_correction_kl=False, delta=None), loss_type="bnpo", epsilon_low=clip,
        epsilon_high=clip, use_vllm=False, model=SimpleNamespace(training=False), _entropy_bonus_enabled=False,
        aux_loss_enabled=False, current_gradient_accumulation_steps=1,
        _metrics={"eval": defaultdict(list)},
        accelerator=SimpleNamespace(gather=lambda x: x, reduce=lambda x, reduction: x),
        _get_per_token_logps_and_entropies=lambda *a, **k: (logps, torch.zeros_like(logps), None),
    )  # fmt: skip
    ones = torch.ones_like(MASK).long()
    inputs = {
        "prompt_ids": ones, "prompt_mask": ones, "completion_ids": ones, "completion_mask": MASK.long(),
        "advantages": advantage, "old_per_token_logps": sampled, "ref_per_token_logps": reference,
    }  # fmt: skip
    return GRPOTrainer._compute_loss(trainer, None, inputs)


@pytest.mark.parametrize("beta", [0.0, 0.3])
def test_loss_and_gradient_are_trls(beta):
    logps, *rest = tokens()
    found = []
    for loss_of in (of_ours, of_trl):
        loss = loss_of(logps, *rest, beta, 0.2)
        found.append((loss.detach(), torch.autograd.grad(loss, logps)[0]))
    torch.testing.assert_close(found[0], found[1])
    assert (found[0][1][MASK] == 0).any() == (beta == 0), "some tokens are clipped; with a KL they still feel a pull"
    assert (found[0][1][~MASK] == 0).all()


def told(*groups):
    """Groups of answers from (prompt ids, [answer ids])."""
    return [
        [Answer(prompt, said, 0.5 - len(said), (-1.0,) * len(said), (-1.2,) * len(said)) for said in each]
        for prompt, each in groups
    ]


def test_each_token_is_read_where_it_stands_and_answers_that_share_a_prompt_do_not_see_each_other(pocket):
    groups = told(([5, 6, 7], [[10, 11, 12, 13], [14, 15]]), ([8, 9], [[14, 15]]))
    together, apart = (read(pocket.model, groups, "sampled", shared) for shared in (True, False))
    flat = [[a.sampled for g in found for a in g] for found in (together, apart)]
    assert [len(row) for row in flat[0]] == [4, 2, 2]
    for one, other in zip(*flat, strict=True):
        assert one == pytest.approx(other, abs=1e-3)
    asked = [([5, 6, 7], [10, 11, 12, 13]), ([5, 6, 7], [14, 15]), ([8, 9], [14, 15])]
    whole = score_tokens(pocket.model, *map(list, zip(*asked, strict=True)))
    assert [sum(row) for row in flat[0]] == pytest.approx(whole, abs=1e-3)
    short = score_tokens(pocket.model, [[5, 6, 7]], [[10, 11]])
    assert [sum(flat[0][0][:2])] == pytest.approx(short, abs=1e-3), "in order"


def test_a_step_taken_in_parts_and_rows_that_share_a_prompt_is_the_same_step(pocket):
    groups = told(([5, 6], [[7, 8, 9][:n] for n in (1, 2, 3)]), ([8], [[9, 9]]))
    shared, apart = laid_out(groups, True), laid_out(groups, False)
    assert [len(r.answers) for r in shared] == [3, 1] and [len(r.answers) for r in apart] == [1] * 4
    whole = part_loss(pocket.model, shared, 0.1, 0.2, True)
    torch.testing.assert_close(whole, part_loss(pocket.model, apart, 0.1, 0.2, False))
    split = parts(shared, 2**26 // 9)
    assert len(split) == 2 and len(parts(shared, 100)) == 1
    torch.testing.assert_close(whole, sum(part_loss(pocket.model, part, 0.1, 0.2, True) for part in split))


def test_a_row_that_is_full_begins_another():
    rows = laid_out(told(([1] * 100, [[2] * 100, [3] * 100, [4] * 10])), True)
    assert [len(r.answers) for r in rows] == [1, 2], "256 tokens a row at most"


def test_a_step_takes_whole_groups_and_an_epoch_every_one():
    groups = told(*(([i], [[1], [2]]) for i in range(7)))
    taken = list(steps(groups, 2, 6, random.Random(0)))
    assert [len(step) for step in taken] == [3, 3, 1] * 2
    assert sorted(g[0].prompt[0] for step in taken[:3] for g in step) == list(range(7))


def test_an_advantage_is_centred_in_its_own_group():
    assert centred((1.0, 0.0, 0.0, 1.0)) == [0.5, -0.5, -0.5, 0.5]
    assert centred((3.0, 3.0)) == [0.0, 0.0]
    assert centred((2.0, 0.0), scale=True) == pytest.approx([0.7071, -0.7071], abs=1e-3)


def polite(problem, text):
    return float("Good luck" in text)


def once(policy, beta, rounds=3, score=polite):
    start, turn = policy, Turn(0, 1)
    for r in range(1, rounds + 1):
        groups = samples(8, max_tokens=40)(policy, requests(12, True, 5), Turn(0, r))
        groups = scored(score)(policy, groups, turn)
        policy = policy_gradient(policy, groups, beta=beta, reference=start, lr=3e-3, batch=32, seed=r)
    return policy


def share(policy):
    groups = samples(8, max_tokens=40)(policy, requests(24, True, 6), Turn(7, 0))
    return groups, sum(polite(None, c.text) for g in groups for c in g.completions_G) / 192


@pytest.mark.slow
def test_what_is_rewarded_becomes_likelier_and_beta_holds_it_back(pocket):
    before = share(pocket)[1]
    free, held = once(pocket, 0.0), once(pocket, 5.0)
    gained = [share(p)[1] - before for p in (free, held)]
    assert gained[0] > 0.15 and gained[1] < gained[0]
    far, near = (
        kl_to_base(p, [g.problem for g in share(p)[0]], [list(g.completions_G) for g in share(p)[0]])
        for p in (free, held)
    )
    assert near < far


def test_it_repeats_with_the_seed_and_leaves_the_given_policy_alone(pocket):
    groups = samples(4, max_tokens=30)(pocket, requests(4, True, 5), Turn(0, 1))
    groups = scored(lambda p, text: float(len(text)))(pocket, groups, Turn(0, 1))
    before = {k: v.clone() for k, v in pocket.model.state_dict().items()}
    one, two = (policy_gradient(pocket, groups, beta=0.1, lr=1e-3, seed=3) for _ in range(2))
    assert all(torch.equal(one.weights[k], two.weights[k]) for k in one.weights)
    assert all(torch.equal(v, before[k]) for k, v in pocket.model.state_dict().items())


def test_a_model_with_dropout_learns_without_it_or_its_first_ratios_were_clipped(pocket, monkeypatch):
    groups = samples(4, max_tokens=30)(pocket, requests(4, True, 5), Turn(0, 1))
    groups = scored(lambda p, text: float(len(text)))(pocket, groups, Turn(0, 1))
    plain = policy_gradient(pocket, groups, beta=0.0, lr=1e-3, seed=3)
    parts = [m for m in pocket.base.modules() if hasattr(m, "attention_dropout")]
    for m in parts:
        monkeypatch.setattr(m, "attention_dropout", 0.5)
    dropping = policy_gradient(pocket, groups, beta=0.0, lr=1e-3, seed=3)
    assert parts and all(torch.equal(plain.weights[k], dropping.weights[k]) for k in plain.weights)


def test_groups_read_from_disk_train_alike(pocket):
    from course_lib.record import group_line, read_group

    groups = samples(4, max_tokens=30)(pocket, requests(4, True, 5), Turn(0, 1))
    groups = scored(lambda p, text: float(len(text)))(pocket, groups, Turn(0, 1))
    read = [read_group(group_line(g)) for g in groups]
    assert groups[0].completions_G[0].ids and not read[0].completions_G[0].ids
    one, two = (policy_gradient(pocket, g, beta=0.1, lr=1e-3, seed=3) for g in (groups, read))
    assert all(torch.equal(one.weights[k], two.weights[k]) for k in one.weights)


def test_nothing_to_learn_is_said(pocket):
    alike = [Group(Problem("a", "How?"), (Completion("x"), Completion("y")), (1.0, 1.0))]
    with pytest.raises(CourseError, match="all scores are alike. Take a larger K"):
        policy_gradient(pocket, alike, beta=0.1, lr=1e-3, seed=0)
    with pytest.raises(CourseError, match="β is -1: give 0 or more"):
        policy_gradient(pocket, alike, beta=-1, lr=1e-3, seed=0)


def test_the_head_that_never_holds_all_logits_gives_the_same_loss_and_gradient(qwen):
    """It is TRL's, and used on a GPU."""
    from course_lib.train.answer_rows import fuse

    found = []
    for fused in (False, True):
        module = trainable(qwen, seed=0)
        if fused:
            fuse(module, temperature=0.7)
        rows = laid_out(told(([5, 6], [[7, 8, 9], [9]]), ([8], [[9, 9]])), True)
        loss = part_loss(module, rows, 0.1, 0.2, True, 0.7, fused)
        loss.backward()
        found.append((loss.detach(), [p.grad for p in module.parameters() if p.grad is not None]))
        assert "forward" not in frozen(module.merge_and_unload()).__dict__
    torch.testing.assert_close(found[0], found[1])


def test_what_is_read_before_training_is_the_same_by_tiles_and_leaves_no_head_behind(qwen):
    groups = told(([5, 6], [[7, 8, 9], [9]]), ([8], [[9, 9]]))
    whole, tiled = (read(qwen.model, groups, "sampled", True, 0.7, tiles) for tiles in (False, True))
    for a, b in zip(chain(*whole), chain(*tiled), strict=True):
        assert a.sampled == pytest.approx(b.sampled, abs=1e-5) and len(a.sampled) == len(a.answer)
    assert "forward" not in qwen.model.__dict__


def in_float16(monkeypatch, factor):
    """Train in float16, as on a T4, with a gradient scaled by `factor` at first; counts the steps that overflow."""
    overflows, update = [], torch.amp.GradScaler.update

    def counted(self, *args):
        before = self.get_scale()
        update(self, *args)
        overflows.append(self.get_scale() < before)

    scaler = torch.amp.GradScaler("cpu", init_scale=factor)
    monkeypatch.setattr(torch.amp.GradScaler, "update", counted)
    module = sys.modules["course_lib.train.policy_gradient"]
    monkeypatch.setattr(module, "lower", lambda policy: (torch.autocast("cpu", torch.float16), scaler))
    return overflows


def test_a_step_that_overflows_float16_is_taken_with_a_smaller_factor(qwen, monkeypatch):
    groups = [Group(Problem(str(i), f"{i}?"), (Completion("yes"), Completion("no")), (1.0, 0.0)) for i in range(6)]
    learned = []
    for factor in (2.0**10, 2.0**34):
        with monkeypatch.context() as patch:
            overflows = in_float16(patch, factor)
            learned.append(policy_gradient(qwen, groups, beta=0.0, lr=1e-2, batch=4, seed=3))
            assert any(overflows) == (factor > 2**20) and overflows.count(False) == 3, "three steps were taken"
    for name, weight in learned[0].weights.items():
        torch.testing.assert_close(learned[1].weights[name], weight, atol=2e-3, rtol=0)


def test_a_gradient_that_always_overflows_is_one_sentence(qwen, monkeypatch):
    groups = [Group(Problem("a", "a?"), (Completion("yes"), Completion("no")), (1.0, 0.0))]
    in_float16(monkeypatch, 16.0)
    module = sys.modules["course_lib.train.policy_loss"]
    monkeypatch.setattr(module, "token_losses", lambda logps, *rest: logps * torch.inf)
    with pytest.raises(CourseError, match="nothing was learned: every step's gradient overflowed float16"):
        policy_gradient(qwen, groups, beta=0.0, lr=1e-3, seed=0)
