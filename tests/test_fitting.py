"""A training that does not fit goes on with less at once, and learns what the one that fits learns.

A stand-in for the GPU runs out of memory on a CPU, where nothing is tried again by itself.
"""

import pytest
import torch

from course_lib.errors import CourseError
from course_lib.loading import load
from course_lib.memory import out_of_memory
from course_lib.policy import weights_hash
from course_lib.score import scored
from course_lib.step_reward import Marked
from course_lib.train import dpo, fitting, policy_gradient, reward_model, sft, step_reward
from course_lib.train.fitting import Load, until_it_fits
from course_lib.train.grpo_trainer import grpo_trainer
from course_lib.types import Completion, Example, Group, Pair, Problem

FULL = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1.1 GiB.")
TEXTS = [f"{i}+1={i + 1}\n" * (1 + i % 3) + f"#### {i + 1}" for i in range(10, 17)]  # 7 rows: the last step is short
HOW = {"lr": 5e-3, "epochs": 1, "batch": 4, "seed": 3}


def by_sft(policy):
    return sft(policy, [Example(f"What is {t[:2]}+1?", t) for t in TEXTS], **HOW)


def pairs(chance=1.0):
    return [Pair(f"What is {t[:2]}+1?", t, f"{t[:2]}, {t[:2]}.", chance=chance) for t in TEXTS]


def by_dpo(policy):
    return dpo(policy, pairs(), **HOW)


def by_dpo_with_nll(policy):
    return dpo(policy, pairs(), nll=1.0, **HOW)


def by_reward_model(policy):
    return reward_model(policy, pairs(), **HOW)


def by_unsure_labels(policy):
    return reward_model(policy, pairs(0.8), **HOW)


def by_step_reward(policy):
    """Of every fourth answer no line is labelled; micro-batches of one then have no label."""
    marks = [(True, False, True, True)[: t.count("\n") + 1] if i % 4 else () for i, t in enumerate(TEXTS)]
    answers = [Marked(f"What is {t[:2]}+1?", t, m) for t, m in zip(TEXTS, marks, strict=True)]
    return step_reward(policy, answers, **HOW)


def by_policy_gradient(policy):
    groups = [
        Group(Problem(t, f"What is {t[:2]}+1?"), (Completion(t), Completion("No."), Completion("So?")), (1.0, 0.0, 0.5))
        for t in TEXTS[:5]
    ]
    return policy_gradient(policy, groups, beta=0.1, **HOW | {"batch": 9})


def by_grpo_trainer(policy):
    problems = [Problem(t, f"What is {t[:2]}+1?") for t in TEXTS[:4]]
    how = {"g": 4, "batch": 16, "lr": 5e-3, "max_tokens": 12, "steps_per_sampling": 1}
    return grpo_trainer(policy, problems, scored(lambda problem, text: float(len(text) % 5)), **how)


@pytest.fixture(autouse=True)
def float32_and_quick(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict, raising=False)
    monkeypatch.setattr("gc.collect", lambda: 0)  # two of its looks at all of torch take longer than such a training


@pytest.fixture
def gpu(monkeypatch):
    """gpu(fits, after): memory runs out in the backward pass after that many, unless the load `fits`. Returns the loads tried."""

    def small(fits, after=0):
        tried, passes, lighter, backward = [], [], Load.lighter, torch.Tensor.backward

        def next_load(load):
            tried.append(lighter(load))
            passes.clear()
            return tried[-1]

        def limited(self, *args, **kwargs):
            passes.append(1)
            if len(passes) > after and not (tried and fits(tried[-1])):
                raise FULL
            return backward(self, *args, **kwargs)

        monkeypatch.setattr(fitting, "retries", lambda device: True)
        monkeypatch.setattr(Load, "lighter", next_load)
        monkeypatch.setattr(torch.Tensor, "backward", limited)
        return tried

    return small


def like(learned, whole):
    """The same weights but for the order of sums in float32.

    Adam makes a step of nearly the learning rate (0.005) out of a gradient that is nothing but rounding; such weights are few.
    """
    (one, other) = (x.model.state_dict() for x in (learned, whole))
    away = torch.cat([(one[k].float() - other[k].float()).abs().flatten() for k in one])
    return away.max() < 2e-4 and away.mean() < 1e-7


@pytest.mark.parametrize(
    ("train", "rows"),
    [
        (by_sft, 1),
        (by_dpo, 1),
        (by_dpo_with_nll, 2),
        (by_reward_model, 2),
        (by_unsure_labels, 2),
        (by_step_reward, 1),
        (by_policy_gradient, 1),
    ],
)
def test_micro_batches_learn_what_a_training_that_fits_learns(qwen, gpu, train, rows):
    """Memory runs out at a later step too: then it begins again. A short last step makes unequal micro-batches of two."""
    whole, base = train(qwen), weights_hash(qwen.base)
    tried = gpu(lambda load: load.rows <= rows and load.checkpointing, after=1)
    assert like(train(qwen), whole)
    sizes = [3, 1] if train is by_policy_gradient else [4, 2, 1]
    assert [load.rows for load in tried] == sizes[: sizes.index(max(n for n in sizes if n <= rows)) + 1]
    assert all(load.checkpointing for load in tried) and weights_hash(qwen.base) == base


@pytest.mark.parametrize("train", [by_sft, by_policy_gradient])
def test_the_pocket_model_too(pocket, gpu, train):
    whole = train(pocket)
    gpu(lambda load: load.rows == 1)
    assert like(train(pocket), whole)


@pytest.mark.parametrize("train", [by_sft, by_step_reward, by_policy_gradient, by_grpo_trainer])
def test_gradient_checkpointing_changes_nothing_and_is_off_afterwards(qwen, gpu, train, monkeypatch):
    whole, on = train(qwen), []
    tried = gpu(lambda load: load.checkpointing)
    checkpoint = torch.utils.checkpoint.checkpoint
    monkeypatch.setattr("transformers.modeling_utils.checkpoint", lambda *a, **k: on.append(1) or checkpoint(*a, **k))
    learned = train(qwen)
    assert like(learned, whole) and tried == [Load(tried[0].rows, True)] and on, "and it was at work"
    for model in (learned.model, qwen.base):
        assert not model.is_gradient_checkpointing and "forward" not in model.__dict__
        assert not any(p.requires_grad for p in model.parameters())


def test_all_weights_too(qwen_folder, gpu):
    policy = load(str(qwen_folder), lora=None, device="cpu")
    whole = by_dpo(policy)
    gpu(lambda load: load.rows == 1)
    assert like(by_dpo(policy), whole)


def test_a_step_keeps_its_rows_and_like_lengths_stay_together(qwen, gpu, monkeypatch):
    from transformers import Trainer

    seen, training_step = [], Trainer.training_step

    def spy(self, model, inputs, *args):
        seen.append([tuple(row[row != 0].tolist()) for row in inputs["input_ids"].chunk(2)[0]])
        return training_step(self, model, inputs, *args)

    monkeypatch.setattr(Trainer, "training_step", spy)
    by_reward_model(qwen)
    whole = seen[:]
    gpu(lambda load: load.rows == 2)
    seen.clear()
    by_reward_model(qwen)
    seen = seen[2:]  # what came before memory ran out, twice
    assert [len(rows) for rows in whole] == [4, 3] and [len(rows) for rows in seen] == [2, 2, 2, 1]
    assert [[*seen[i], *seen[i + 1]] for i in (0, 2)] == whole


def test_it_is_said_once_what_was_done(qwen, gpu, capsys):
    gpu(lambda load: load.rows == 2)
    by_sft(qwen)
    assert [line for line in capsys.readouterr().err.split("\n") if "course: " in line] == [
        "course: training did not fit in memory: it goes on with gradient checkpointing, and 2 rows at once instead of 4. "
        "Every step learns from the same rows as before."
    ]


@pytest.mark.parametrize("train", [by_sft, by_policy_gradient])
def test_what_does_not_fit_row_by_row_either_is_one_sentence(qwen, gpu, train):
    tried = gpu(lambda load: False)
    with pytest.raises(CourseError, match="training does not fit in memory: take a smaller model or a smaller rank"):
        train(qwen)
    assert tried[-2] == Load(1, True) and tried[-1] is None


def test_nothing_is_tried_again_on_a_cpu_or_among_several_processes(monkeypatch):
    tried = []

    def train(load):
        tried.append(load)
        raise FULL

    for device, processes, sentence in [
        ("cpu", "1", "memory: take a smaller"),
        ("cuda", "2", "take more processes, a"),
    ]:
        monkeypatch.setenv("WORLD_SIZE", processes)
        with pytest.raises(CourseError, match=sentence):
            until_it_fits(train, Load(4), 4, device)
    assert tried == [Load(4)] * 2
    assert out_of_memory(RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"))
    with pytest.raises(ZeroDivisionError):
        until_it_fits(lambda load: 1 / 0, Load(4), 4, "cuda")


def test_loads_get_lighter_by_numbers_of_rows_that_come_out_even():
    def ladder(load):
        return [load.rows, *(ladder(lighter) if (lighter := load.lighter()) else [])]

    assert ladder(Load(32)) == [32, 32, 16, 8, 4, 2, 1]
    assert ladder(Load(12)) == [12, 12, 6, 3, 1] and ladder(Load(7)) == [7, 7, 1] and ladder(Load(1)) == [1, 1]


def test_a_vocabulary_whose_logits_are_too_many_to_hold_is_learned_by_trls_head_on_a_cpu_too(qwen, monkeypatch):
    from trl import SFTTrainer

    used, loss = [], SFTTrainer.compute_loss
    monkeypatch.setattr(SFTTrainer, "compute_loss", lambda *args: used.append(1) or loss(*args))
    whole = by_sft(qwen)
    assert not used
    monkeypatch.setattr("course_lib.train.supervised.LOGITS", 1000)
    assert like(by_sft(qwen), whole) and len(used) == 2
