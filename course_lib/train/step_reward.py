"""A reward of steps from answers with labelled lines. Lightman et al. 2023, arXiv 2305.20050, §2.6.

Kept: the loss, each labelled step's cross-entropy at the token that ends it; the policy's own network is what is trained.
Simplified: one head of two outcomes instead of words of the vocabulary. The network is train/reward_model.py's; that one reads
its head once an answer, this one once a line. By transformers' Trainer, as TRL 1.16 has none for it.
"""

from __future__ import annotations

from functools import partial

from course_lib import progress
from course_lib.branches import IGNORE, padded
from course_lib.copies import size
from course_lib.errors import need
from course_lib.policy import Policy, fresh
from course_lib.reward import right_padded
from course_lib.step_reward import Marked, StepReward, at_every_token, lined
from course_lib.train.fitting import checkpointed
from course_lib.train.reward_model import Shape, headed, raised, read_only
from course_lib.train.trainers import Pace, Table, fit

BLANK = {"input_ids": [0], "labels": [IGNORE]}


def step_reward(
    policy: Policy,
    answers: list[Marked],
    *,
    shape: Shape | None = None,
    lr: float = 1e-3,
    epochs: float = 1,
    batch: int = 16,
    seed: int = 0,
    bar=progress.quiet,
    title: str = "training a reward of steps",
) -> StepReward:
    """The chance that a step is right, learned from labelled answers. It starts from the policy, which is not changed, or from
    nothing where a `shape` is given.

    `batch` counts answers. Raises CourseError when no line is labelled, or an answer has more labels than lines.
    """
    need(any(a.marks for a in answers), "there is nothing to train on: no step is labelled.")
    rows = step_rows(policy, answers)
    make = partial(headed, policy, seed) if shape is None else partial(raised, policy, shape, seed)
    lengths = [len(r["input_ids"]) for r in rows]
    module = fit(
        policy,
        lambda: every_token(make()),
        trainer_class(),
        settings,
        Table(rows, lengths, partial(collate, pad=policy.tokenizer.pad_token_id), blank=BLANK),
        Pace(batch, lr, epochs, seed),
        bar=bar,
        title=title,
        besides=0 if shape else size(policy.base),
    ).module
    return StepReward(fresh(policy), read_only(policy, module))


def step_rows(policy: Policy, answers: list[Marked]) -> list[dict[str, list[int]]]:
    """Token ids of each answer and their labels: 1 or 0 where a labelled line ends, IGNORE elsewhere."""
    rows = []
    for a, (ids, ends) in zip(answers, lined(policy, [(a.prompt, a.answer) for a in answers]), strict=True):
        need(len(a.marks) <= len(ends), f"an answer of {len(ends)} lines has {len(a.marks)} labels: give one a line.")
        labels = dict(zip(ends, a.marks, strict=False))
        rows.append({"input_ids": ids, "labels": [int(labels.get(i, IGNORE)) for i in range(len(ids))]})
    return rows


def settings(max_length: int | None = None, **how):
    """transformers' arguments; `max_length` is one of TRL's alone."""
    from transformers import TrainingArguments

    return TrainingArguments(**how)


def collate(rows: list[dict[str, list[int]]], pad: int) -> dict:
    """Right-padded tensors (B, T)."""
    return right_padded([r["input_ids"] for r in rows], pad) | {"labels": padded([r["labels"] for r in rows], IGNORE)}


def every_token(module):
    """The network answering at every token: a module, so that what a trainer wraps around it is not passed by."""
    from torch import nn

    class EveryToken(nn.Module):
        def __init__(self):
            super().__init__()
            self.module = module

        def gradient_checkpointing_enable(self):
            checkpointed(self.module, True)

        def forward(self, input_ids, attention_mask):
            return at_every_token(self.module, input_ids=input_ids, attention_mask=attention_mask)

    return EveryToken()


def trainer_class():
    """transformers' Trainer, with the loss at the ends of lines."""
    from torch.nn.functional import binary_cross_entropy_with_logits
    from transformers import Trainer

    class StepTrainer(Trainer):
        def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
            labels = inputs.pop("labels")
            told, logits = labels != IGNORE, model(**inputs)
            loss = binary_cross_entropy_with_logits(logits[told].float(), labels[told].float(), reduction="sum")
            return loss / told.sum().clamp(min=1)  # a micro-batch may have no label

    return StepTrainer
