"""Supervised fine-tuning, loss on completions only, by TRL's SFTTrainer; and the train slots made of it.

Completions of one prompt share a row (branches.py), so a prompt is read once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from course_lib import progress, ranks
from course_lib.branches import HEIGHT, IGNORE, ROOM, STEM, STRIDE, can_share, collate, lay_out, stepped, tokenise
from course_lib.errors import need, need_count, need_positive
from course_lib.policy import Policy, trainable, trained
from course_lib.train.trainers import Pace, Table, fit, seed_of
from course_lib.types import Example, Turn

LOGITS = 2**28  # numbers: 1 GB in float32, and three times as much on the way back
BLANK = {"input_ids": [0], "position_ids": [0], "branch": [STEM], "labels": [IGNORE]}


def sft(
    policy: Policy,
    examples: list[Example],
    *,
    lr: float,
    epochs: float,
    batch: int,
    seed: int,
    even: bool = False,
    bar=progress.quiet,
    title: str = "training",
) -> Policy:
    """Supervised fine-tuning on `examples`. Returns a new policy; the given one is not changed.

    `epochs` may be a fraction. `even`: no batch is short, what a pass leaves over joins the next; two sets of different size then
    take as many steps when epochs times size is the same, and see as many examples, but for what rounds a batch to whole rows.
    """
    from trl import SFTConfig

    need(bool(examples), "there is nothing to train on: no completion was kept.")
    need_positive("epochs", epochs)
    need_count("batch", batch)
    shared = can_share(policy.base)
    rows = lay_out(tokenise(policy, examples), ROOM if shared else 0)
    wanted = batch * len(rows) / len(examples)
    batch_rows = stepped(wanted) if shared and not even else max(1, round(wanted))
    step = min(HEIGHT, ranks.share(batch_rows)) if shared and policy.base.device.type == "cpu" else 1
    many = ranks.count() > 1
    steps = max(1, round(epochs * len(examples) / batch)) if even else None
    lengths = [len(r["input_ids"]) for r in rows]
    module = fit(
        policy,
        partial(trainable, policy, seed),
        trainer_class(),
        partial(SFTConfig, dataset_kwargs={"skip_prepare_dataset": True}, average_tokens_across_devices=many),
        Table(rows, lengths, partial(collate, shared=shared, step=step), shared=shared, blank=BLANK),
        Pace(batch_rows, lr, epochs, seed, steps),
        bar=bar,
        title=title,
    )
    return trained(policy, module)


def trainer_class():
    """TRL's SFTTrainer; on a CPU it leaves out of the vocabulary's product the positions before the first learned one.

    That is quicker than TRL's own head, which never holds all logits, as long as they are not too many to hold.
    """
    import torch.nn.functional as F
    from trl import SFTTrainer

    class Trainer(SFTTrainer):
        def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
            many = inputs["labels"].numel() * self.model.config.get_text_config().vocab_size > LOGITS
            if many or inputs["labels"].device.type != "cpu":
                return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
            labels = F.pad(inputs.pop("labels")[:, 1:], (0, 1), value=IGNORE)  # (B, T): what each position predicts
            first = int((labels != IGNORE).any(0).int().argmax()) // STRIDE * STRIDE  # so that shapes repeat
            logits = model(**inputs, use_cache=False, logits_to_keep=labels.shape[1] - first).logits.float()
            nll = F.cross_entropy(
                logits.flatten(0, 1), labels[:, first:].flatten(), ignore_index=IGNORE, reduction="sum"
            )
            every = self.accelerator.num_processes  # tokens are counted over all, gradients averaged over them
            return nll * every / num_items_in_batch

    return Trainer


def imitate(lr: float = 2e-3, epochs: int = 2, batch: int = 32, bar=progress.quiet) -> Callable[..., Policy]:
    """The train slot of STaR and RFT: fine-tune on what was kept."""
    need_positive("lr", lr)
    need_count("epochs", epochs)
    need_count("batch", batch)

    def train(policy: Policy, examples: list[Example], turn: Turn) -> Policy:
        return sft(
            policy,
            examples,
            lr=lr,
            epochs=epochs,
            batch=batch,
            seed=seed_of(turn),
            bar=bar,
            title=f"round {turn.round}: training",
        )

    return train


def improve_steps(
    taus: tuple[float, ...],
    lr: float = 2e-3,
    decay: float = 0.7,
    epochs: int = 1,
    batch: int = 32,
    seen: int | None = None,
    bar=progress.quiet,
) -> Callable[..., Policy]:
    """ReST's Improve: one fine-tuning for each τ, rising, on what scored above it; the learning rate falls by `decay`.

    A step passes `epochs` times over what scored above its τ, or sees `seen` examples, however few those are.
    """
    need_positive("lr", lr)
    need_count("epochs", epochs)
    need_count("batch", batch)
    if seen is not None:
        need_count("seen", seen)

    def train(policy: Policy, examples: list[Example], turn: Turn) -> Policy:
        for i, tau in enumerate(taus):
            kept = [e for e in examples if e.score > tau]
            if kept:
                seed, title = seed_of(turn, i, len(taus)), f"round {turn.round}: improving above {tau:g}"
                how = {
                    "lr": lr * decay**i,
                    "epochs": seen / len(kept) if seen else epochs,
                    "batch": batch,
                    "seed": seed,
                }
                policy = sft(policy, kept, **how, bar=bar, title=title)
        return policy

    return train
