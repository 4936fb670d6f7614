"""What every trainer of the course is given, and how it is run. Training is TRL's.

What iterating with TRL needs, each with a test in tests/test_train.py: bf16 only where the machine multiplies in it, no
gradient checkpointing left on, no patched `forward` left behind, another seed every round, the end token learned.

Several processes (ranks.py) share each batch, whatever their number: accelerate averages their gradients.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from typing import Any

from course_lib import ranks
from course_lib.attention import plain_attention
from course_lib.batches import ByLength, Dealt
from course_lib.errors import need
from course_lib.memory import free_memory, out_of_memory, settled
from course_lib.policy import Policy
from course_lib.types import Turn

WARMUP = 5  # steps of a rising learning rate, or a fifth of a shorter training


def cpu_has_bf16() -> bool:
    """Does this processor multiply in bfloat16 (AVX-512 BF16, AMX)? Others only emulate it, slowly."""
    import torch

    able = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def arguments(policy: Policy, lr: float, epochs: float, batch: int, rows: int, seed: int) -> dict:
    """Settings that all of TRL's trainers share, for a small model on this device. `batch` counts rows of a step."""
    cpu, half = policy.base.device.type == "cpu", str(policy.base.dtype).removeprefix("torch.")
    steps = math.ceil(epochs * math.ceil(rows / batch))
    return {
        "learning_rate": lr,
        "num_train_epochs": epochs,
        "per_device_train_batch_size": ranks.share(batch),
        "seed": seed,
        "data_seed": seed,
        "use_cpu": cpu,
        "bf16": half == "bfloat16" or (cpu and cpu_has_bf16()),
        "fp16": half == "float16",
        "gradient_checkpointing": False,
        "max_length": None,
        "lr_scheduler_type": "linear",
        "warmup_steps": min(WARMUP, steps // 5),
        "report_to": "none",
        "save_strategy": "no",
        "logging_strategy": "no",
        "disable_tqdm": True,
        "dataloader_pin_memory": not cpu,
        "remove_unused_columns": False,
        "auto_find_batch_size": not cpu and ranks.count() == 1,  # or processes would come to differ
        "ddp_find_unused_parameters": False,
    }


def fit(
    policy: Policy,
    module: Any,
    trainer: type,
    config: Callable,
    rows: list[dict],
    lengths: list[int],
    collate: Callable,
    *,
    batch: int,
    lr: float,
    epochs: float,
    seed: int,
    bar,
    title: str,
    shared: bool = False,
    blank: dict | None = None,
    **also: Any,
) -> dict | None:
    """Train `module`, made from the policy, on `rows` by one of TRL's trainers, in batches of like length.

    `lengths` are what each row makes a batch wide, `batch` counts rows, those of all processes together; `shared` says that
    rows bring a mask of their own; `blank` is a row on which nothing is learned, for batches that don't come out even among
    processes; `also` is what this trainer takes besides. Returns `whole` of the trainer.
    """
    from datasets import Dataset
    from transformers import PrinterCallback

    with (
        tempfile.TemporaryDirectory() as folder,
        bar(title, total=int(epochs * sum(lengths)), unit="tokens") as shown,
    ):
        args = config(output_dir=folder, **arguments(policy, lr, epochs, batch, len(rows), seed))
        args._n_gpu = min(args.n_gpu, 1)  # one process trains on one GPU; several are accelerate launch's business
        told = [*rows, blank] if blank and ranks.count() > 1 else rows
        one = by_length(trainer, lengths, batch, blank is not None)(
            model=module,
            args=args,
            train_dataset=Dataset.from_list(told),
            data_collator=collate,
            processing_class=policy.tokenizer,
            callbacks=[ticking(shown)],
            **also,
        )
        one.remove_callback(PrinterCallback)  # it prints its own summary once there is no bar
        with settled(), plain_attention(module, args.use_cpu and args.bf16 and shared):
            run(one)
        learned = whole(one)
    del one
    free_memory()
    return learned


def by_length(trainer: type, lengths: list[int], batch: int, blank: bool) -> type:
    """The trainer, taking its rows in batches of like length; several processes share those that one would take."""

    class ByLengthTrainer(trainer):
        def _get_train_sampler(self, train_dataset=None):
            if ranks.count() == 1:
                return ByLength(lengths, self._train_batch_size, self.args.seed)
            order = ByLength(lengths, batch, self.args.seed)
            return Dealt(order, batch, ranks.count(), len(lengths) if blank else None)

    return ByLengthTrainer


def whole(trainer) -> dict | None:
    """All weights, on every rank, where FSDP or DeepSpeed cut them into parts; else None: they lie in the module itself."""
    if not (trainer.is_fsdp_enabled or trainer.is_deepspeed_enabled):
        return None
    learned = trainer.accelerator.get_state_dict(trainer.model_wrapped)  # on rank 0
    return ranks.from_lead(lambda: {k: v.cpu() for k, v in learned.items()})


def run(trainer) -> None:
    """Train; memory that runs out even at the smallest batch is said in a sentence."""
    try:
        trainer.train()
    except RuntimeError as error:
        need(
            "No executable batch size" not in str(error),
            "training does not fit in memory: take a smaller model or a smaller rank.",
        )
        need(
            ranks.count() == 1 or not out_of_memory(error),
            "training does not fit in memory: take more processes, a smaller model or a smaller rank.",
        )
        raise


def ticking(shown):
    """A trainer callback that moves the progress bar."""
    from transformers import TrainerCallback

    class Ticking(TrainerCallback):
        def on_step_end(self, args, state, control, **kwargs):
            shown.update(int(shown.total * state.global_step / max(1, state.max_steps)) - shown.n)

    return Ticking()


def seed_of(turn: Turn, step: int = 0, steps: int = 1) -> int:
    """The seed of one of a round's `steps` trainings: trainers reset the global seed, so each has another."""
    return turn.seed * 1000 + turn.round * steps + step
