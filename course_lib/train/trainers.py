"""What every trainer of the course is given, and how it is run. Training is TRL's.

What iterating with TRL needs, each with a test in tests/test_train.py: bf16 only where the machine multiplies in it, no
gradient checkpointing left on, no patched `forward` left behind, another seed every round, the end token learned.

Several processes (ranks.py) share each batch, whatever their number: accelerate averages their gradients.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from course_lib import progress, ranks
from course_lib.branches import IGNORE
from course_lib.errors import need
from course_lib.memory import free_memory, settled
from course_lib.policy import Policy
from course_lib.train.attention import plain_attention
from course_lib.train.batches import ByLength, Dealt, Evenly
from course_lib.train.cut import cut_here_alone, restored, whole
from course_lib.train.fitting import Load, checkpointed, first_load, until_it_fits, untold
from course_lib.types import Turn

OVERFLOWED = (
    "nothing was learned: every step's gradient overflowed float16. Set COURSE_PRECISION=float32, or take a newer GPU."
)
SKIPPED = "{} of {} steps were skipped: their gradients overflowed float16."
WARMUP = 5  # steps of a rising learning rate, or a fifth of a shorter training


def cpu_has_bf16() -> bool:
    """Does this processor multiply in bfloat16 (AVX-512 BF16, AMX)? Others only emulate it, slowly."""
    import torch

    able = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def arguments(
    policy: Policy, lr: float, epochs: float, batch: int, rows: int, seed: int, load: Load | None = None
) -> dict:
    """Settings that all of TRL's trainers share, for a small model on this device. `batch` counts rows of a step.

    fitting.py switches gradient checkpointing on where it is needed; TRL would everywhere.
    """
    at_once = load.rows if load else ranks.share(batch)
    cpu, half = policy.base.device.type == "cpu", str(policy.base.dtype).removeprefix("torch.")
    steps = math.ceil(epochs * math.ceil(rows / batch))
    return {
        "learning_rate": lr,
        "num_train_epochs": epochs,
        "per_device_train_batch_size": at_once,
        "gradient_accumulation_steps": ranks.share(batch) // at_once,
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
        "ddp_find_unused_parameters": False,
    }


def in_one_process(args):
    """A trainer's settings for one GPU a process: several GPUs are accelerate launch's business."""
    args._n_gpu = min(args.n_gpu, 1)
    return args


@dataclass(frozen=True)
class Table:
    """What a training reads.

    rows: as `collate` takes them. lengths: how wide each makes a batch. texts: how many texts a row is, two of a pair. shared: do
    rows bring a mask of their own? blank: a row on which nothing is learned, for batches that don't come out even among ranks.
    """

    rows: list[dict]
    lengths: list[int]
    collate: Callable
    texts: int = 1
    shared: bool = False
    blank: dict | None = None

    def dataset(self):
        from datasets import Dataset

        return Dataset.from_list([*self.rows, self.blank] if self.blank and ranks.count() > 1 else self.rows)


@dataclass(frozen=True)
class Pace:
    """How a table is read: `batch` rows a step, those of all processes together, and `epochs` times; or in `steps` full batches,
    whatever the number of rows.
    """

    batch: int
    lr: float
    epochs: float
    seed: int
    steps: int | None = None

    @property
    def passes(self) -> float:
        return self.epochs if self.steps is None else 1

    def in_a_pass(self, table: Table) -> int:
        """Rows that one pass reads."""
        return len(table.rows) if self.steps is None else self.steps * self.batch

    def tokens(self, table: Table) -> int:
        """Of all passes, as a bar shows them."""
        return int(self.passes * self.in_a_pass(table) / len(table.rows) * sum(table.lengths))


def fit(
    policy: Policy,
    make: Callable[[], Any],
    trainer: type,
    config: Callable,
    table: Table,
    pace: Pace,
    *,
    bar,
    title: str,
    besides: int = 0,
    **also: Any,
) -> Any:
    """What `make` makes from the policy, trained by one of TRL's trainers in batches of like length.

    `besides` is what `make` puts into memory, in bytes, beside what is learned; `also` is what this trainer takes besides. What
    does not fit in memory is tried again, lighter (fitting.py).
    """
    told = table.dataset()

    def train(load: Load) -> Any:
        with (
            tempfile.TemporaryDirectory() as folder,
            bar(title, total=pace.tokens(table), unit="tokens") as shown,
            cut_here_alone(),
        ):
            # before `config`, which with DeepSpeed's stage 3 has transformers cut all that is made after
            module = checkpointed(make(), load.checkpointing)
            rows, how = pace.in_a_pass(table), (pace.lr, pace.passes, pace.batch)
            args = in_one_process(config(output_dir=folder, **arguments(policy, *how, rows, pace.seed, load)))
            with untold(module):
                one = by_length(trainer, table, pace)(
                    model=module,
                    args=args,
                    train_dataset=told,
                    data_collator=table.collate,
                    processing_class=policy.tokenizer,
                    callbacks=[ticking(shown)],
                    **also,
                )
            silently(one)
            with settled(), plain_attention(module, args.use_cpu and args.bf16 and table.shared):
                one.train()
            learned = whole(one)
        return module if learned is None else restored(make(), learned)

    at_once = ranks.share(pace.batch)
    # where accelerate cuts a training into parts, its own configuration says what is kept
    load = Load(at_once) if ranks.cut() else first_load(policy, at_once, max(table.lengths), table.texts, besides)
    module = until_it_fits(train, load, at_once, policy.base.device.type)
    free_memory()
    return module


def silently(trainer) -> None:
    """Without the summary that it prints where it has no bar."""
    from transformers import PrinterCallback

    trainer.remove_callback(PrinterCallback)


def by_length(trainer: type, table: Table, pace: Pace) -> type:
    """The trainer, taking its rows in batches of like length; several processes share those that one would take.

    Where its loss is a mean over a micro-batch, that weighs as much as the rows, or labels, in it: all of a step's together
    are the mean over the step. (TRL's SFT divides by the tokens of the whole step by itself.)
    """

    class ByLengthTrainer(trainer):
        def _get_train_sampler(self, train_dataset=None):
            how, on_gpu = (table.lengths, pace.batch, self.args.seed), not self.args.use_cpu
            evenly = pace.steps is not None
            order = Evenly(*how, pace.steps, widest_first=on_gpu) if evenly else ByLength(*how, widest_first=on_gpu)
            if ranks.count() == 1:
                return order
            return Dealt(order, pace.batch, ranks.count(), len(table.rows) if table.blank else None)

        def get_batch_samples(self, epoch_iterator, num_batches, device):
            parts, tokens = super().get_batch_samples(epoch_iterator, num_batches, device)
            self.usual = ranks.mean(list(map(learned_from, parts)))
            return parts, tokens

        def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
            weight = 1.0 if num_items_in_batch is not None else learned_from(inputs) / (self.usual or 1)
            return weight * super().compute_loss(model, inputs, return_outputs, num_items_in_batch)

    return ByLengthTrainer


def learned_from(inputs: dict) -> int:
    """What the loss of a micro-batch is the mean over: its labels, or its rows where it has none."""
    if "labels" in inputs:
        return int((inputs["labels"] != IGNORE).sum())
    return len(inputs["input_ids"])


def ticking(shown):
    """A trainer callback that moves the progress bar, and says how many steps of float16 came to nothing."""
    from transformers import TrainerCallback

    class Ticking(TrainerCallback):
        skipped = 0

        def on_step_end(self, args, state, control, optimizer=None, **kwargs):
            self.skipped += bool(getattr(optimizer, "step_was_skipped", False))
            shown.update(int(shown.total * state.global_step / max(1, state.max_steps)) - shown.n)

        def on_train_end(self, args, state, control, **kwargs):
            need(self.skipped < max(1, state.max_steps), OVERFLOWED)
            if self.skipped and ranks.lead():
                progress.say(SKIPPED.format(self.skipped, state.max_steps))

    return Ticking()


def seed_of(turn: Turn, step: int = 0, steps: int = 1) -> int:
    """The seed of one of a round's `steps` trainings: trainers reset the global seed, so each has another."""
    return turn.seed * 1000 + turn.round * steps + step
