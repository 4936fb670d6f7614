"""The train slot, and the only file that touches trainers. Training is TRL's; this file feeds it and cleans up after it.

What iterating with TRL needs, each with a test in tests/test_train.py: bf16 only where the machine multiplies in it, no
gradient checkpointing left on, no patched `forward` left behind, another seed every round, the end token learned.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from functools import partial

from course_lib import progress
from course_lib.attention import plain_attention
from course_lib.batches import ByLength
from course_lib.branches import HEIGHT, IGNORE, ROOM, STRIDE, can_share, collate, lay_out, stepped, tokenise
from course_lib.errors import need, need_count, need_positive
from course_lib.memory import free_memory, settled
from course_lib.policy import Policy, trainable, trained
from course_lib.types import Example, Turn

WARMUP = 5  # steps of a rising learning rate, or a fifth of a shorter training


def cpu_has_bf16() -> bool:
    """Does this processor multiply in bfloat16 (AVX-512 BF16, AMX)? Others only emulate it, slowly."""
    import torch

    able = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def settings(policy: Policy, folder: str, lr: float, epochs: float, batch: int, seed: int, warmup: int = WARMUP):
    """TRL's settings for a small model on this device. `batch` counts rows, `warmup` steps."""
    from trl import SFTConfig

    cpu, half = policy.base.device.type == "cpu", str(policy.base.dtype).removeprefix("torch.")
    args = SFTConfig(
        output_dir=folder,
        learning_rate=lr,
        num_train_epochs=epochs,
        per_device_train_batch_size=batch,
        seed=seed,
        data_seed=seed,
        use_cpu=cpu,
        bf16=half == "bfloat16" or (cpu and cpu_has_bf16()),
        fp16=half == "float16",
        gradient_checkpointing=False,
        max_length=None,
        lr_scheduler_type="linear",
        warmup_steps=warmup,
        report_to="none",
        save_strategy="no",
        logging_strategy="no",
        disable_tqdm=True,
        dataloader_pin_memory=not cpu,
        dataset_kwargs={"skip_prepare_dataset": True},
        remove_unused_columns=False,
        auto_find_batch_size=not cpu,
        average_tokens_across_devices=False,
    )
    args._n_gpu = min(args.n_gpu, 1)  # one process trains on one GPU; several are accelerate launch's business
    return args


def sft(
    policy: Policy,
    examples: list[Example],
    *,
    lr: float,
    epochs: float,
    batch: int,
    seed: int,
    bar=progress.quiet,
    title: str = "training",
) -> Policy:
    """Supervised fine-tuning on `examples` by TRL's SFTTrainer. Returns a new policy; the given one is not changed.

    `epochs` may be a fraction: two sets of different size are trained on alike when epochs times size is the same.
    """
    from datasets import Dataset
    from transformers import PrinterCallback

    need(bool(examples), "there is nothing to train on: no completion was kept.")
    shared = can_share(policy.base)
    rows = lay_out(tokenise(policy, examples), ROOM if shared else 0)
    batch_rows = stepped(batch * len(rows) / len(examples))
    step = min(HEIGHT, batch_rows) if shared and policy.base.device.type == "cpu" else 1
    steps = math.ceil(epochs * math.ceil(len(rows) / batch_rows))
    module = trainable(policy, seed)
    with (
        tempfile.TemporaryDirectory() as folder,
        bar(title, total=int(epochs * sum(len(r["input_ids"]) for r in rows)), unit="tokens") as shown,
    ):
        trainer = trainer_class()(
            model=module,
            args=settings(policy, folder, lr, epochs, batch_rows, seed, min(WARMUP, steps // 5)),
            train_dataset=Dataset.from_list(rows),
            data_collator=partial(collate, shared=shared, step=step),
            processing_class=policy.tokenizer,
            callbacks=[ticking(shown)],
        )
        trainer.remove_callback(PrinterCallback)  # it prints its own summary once there is no bar
        with settled(), plain_attention(module, trainer.args.use_cpu and trainer.args.bf16 and shared):
            fit(trainer)
    del trainer
    free_memory()
    return trained(policy, module)


def trainer_class():
    """TRL's SFTTrainer with batches of like length.

    On a CPU it leaves out of the vocabulary's product the positions before the first learned one, as TRL does on a GPU.
    """
    import torch.nn.functional as F
    from trl import SFTTrainer

    class Trainer(SFTTrainer):
        def _get_train_sampler(self, train_dataset=None):
            lengths = [len(ids) for ids in self.train_dataset["input_ids"]]
            return ByLength(lengths, self._train_batch_size, self.args.seed)

        def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
            if inputs["labels"].device.type != "cpu":
                return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
            labels = F.pad(inputs.pop("labels")[:, 1:], (0, 1), value=IGNORE)  # (B, T): what each position predicts
            first = int((labels != IGNORE).any(0).int().argmax()) // STRIDE * STRIDE  # so that shapes repeat
            logits = model(**inputs, use_cache=False, logits_to_keep=labels.shape[1] - first).logits
            nll = F.cross_entropy(
                logits.flatten(0, 1), labels[:, first:].flatten(), ignore_index=IGNORE, reduction="sum"
            )
            return nll / num_items_in_batch

    return Trainer


def fit(trainer) -> None:
    """Train; memory that runs out even at the smallest batch is said in a sentence."""
    try:
        trainer.train()
    except RuntimeError as error:
        need(
            "No executable batch size" not in str(error),
            "training does not fit in memory: take a smaller model or a smaller rank.",
        )
        raise


def ticking(shown):
    """A trainer callback that moves the progress bar."""
    from transformers import TrainerCallback

    class Ticking(TrainerCallback):
        def on_step_end(self, args, state, control, **kwargs):
            shown.update(int(shown.total * state.global_step / max(1, state.max_steps)) - shown.n)

    return Ticking()


def imitate(lr: float = 2e-3, epochs: int = 2, batch: int = 32, bar=progress.quiet) -> Callable[..., Policy]:
    """The train slot of STaR and RFT: fine-tune on what was kept."""
    need_positive("lr", lr)
    need_count("epochs", epochs)
    need_count("batch", batch)

    def train(policy: Policy, examples: list[Example], turn: Turn) -> Policy:
        seed = turn.seed * 1000 + turn.round  # trainers reset the global seed: another one each round
        return sft(
            policy,
            examples,
            lr=lr,
            epochs=epochs,
            batch=batch,
            seed=seed,
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
                seed, title = (
                    turn.seed * 1000 + turn.round * len(taus) + i,
                    f"round {turn.round}: improving above {tau:g}",
                )
                how = {
                    "lr": lr * decay**i,
                    "epochs": seen / len(kept) if seen else epochs,
                    "batch": batch,
                    "seed": seed,
                }
                policy = sft(policy, kept, **how, bar=bar, title=title)
        return policy

    return train
