"""A training that does not fit in a GPU's memory takes less of it, and learns the same.

Out of memory, it begins again from the same weights and seed: first with gradient checkpointing (Chen et al. 2016, arXiv
1604.06174: what a pass holds between the layers is computed a second time instead of kept), then with half as many rows at
once, and so on to a single one. Gradients of such micro-batches are summed, so a step learns from the rows it always did.
One process finds out by trying, on a GPU. Several can't: where one runs out of memory in a step, the others wait for it. They
begin with what fits all of them by arithmetic (footprint.py); if that was too much after all, a sentence ends the run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from course_lib import progress, ranks
from course_lib.errors import CourseError
from course_lib.footprint import LEARNED, memory_of
from course_lib.memory import free_memory, left_on_gpu, out_of_memory
from course_lib.policy import Policy

Learned = TypeVar("Learned")

TOO_LARGE = "training does not fit in memory: take {}a smaller model or a smaller rank."
FITS = "training did not fit in memory: {}. Every step learns from the same rows as before."
WOULD_FIT = "training would not fit in memory, by arithmetic: {}. Every step learns from the same rows as before."
BUCKET = 4  # bytes of a trained parameter that several processes take besides: its gradient on the way between them
SAFE = 0.9  # of what is left on a GPU: memory that is in pieces, and what arithmetic leaves out


@dataclass(frozen=True)
class Load:
    """How much a training holds at once: `rows` of a step, and, unless `checkpointing`, what is between the layers."""

    rows: int
    checkpointing: bool = False

    def lighter(self) -> Load | None:
        """The next that holds less; micro-batches stay of one size, so their number of rows divides that of the step."""
        if not self.checkpointing:
            return replace(self, checkpointing=True)
        return next((replace(self, rows=n) for n in range(self.rows // 2, 0, -1) if self.rows % n == 0), None)


def first_load(policy: Policy, rows: int, tokens: int, texts: int = 1, also: int = 0) -> Load:
    """What is tried first: all of `rows` at once, or what fits each of several processes by arithmetic.

    A row is `texts` texts of at most `tokens` tokens; `also` is what is in memory besides, in bytes.
    """
    load = Load(rows)
    if ranks.count() == 1:
        return load
    memory = memory_of(policy.base, policy.lora, rows, tokens)
    learned = memory.adapter * (LEARNED + BUCKET) // LEARNED
    left = room(policy.base.device.type) - learned - also
    while left < load.rows * texts * (memory.thin if load.checkpointing else memory.row):
        if (lighter := load.lighter()) is None:
            break
        load = lighter
    return min(ranks.everyone(load), key=lambda each: (each.rows, not each.checkpointing))


def room(device: str) -> float:
    """Bytes that a training may take; a CPU's are not counted."""
    return SAFE * left_on_gpu() if device == "cuda" else math.inf


def until_it_fits(train: Callable[[Load], Learned], load: Load, rows: int, device: str) -> Learned:
    """train(load) of the first load that fits, from the given one on. Raises CourseError when none does.

    `rows` are as many as are wanted at once. `train` makes what it trains by itself: each try begins with the same weights.
    """
    if load != Load(rows) and ranks.lead():
        progress.say(WOULD_FIT.format(words(load, rows)))
    begun = load
    while True:
        try:
            learned = train(load)
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
            lighter = load.lighter() if retries(device) else None
            if lighter is None:
                raise CourseError(TOO_LARGE.format("more processes, " if ranks.count() > 1 else "")) from error
            load = lighter
        else:
            if load != begun:
                progress.say(FITS.format(words(load, rows)))
            return learned
        free_memory()  # here, where the error no longer holds what was in memory


def retries(device: str) -> bool:
    """A CPU has the whole machine's memory: where that runs out, less of a step at once is not what helps."""
    return device != "cpu" and ranks.count() == 1


def words(load: Load, rows: int) -> str:
    once = f", and {load.rows} rows at once instead of {rows}" if load.rows < rows else ""
    return f"it goes on with gradient checkpointing{once}"


def checkpointed(module, wanted: bool):
    """The module, keeping only what is between its layers, if wanted. policy.frozen ends it."""
    if wanted:
        on = getattr(module, "activation_checkpointing_enable", None) or module.gradient_checkpointing_enable
        on()  # not reentrant, which is transformers' default: that way adapters learn though the embeddings don't
    return module


@contextmanager
def untold(module) -> Iterator[None]:
    """Nothing says that the base is in four bits: told so, TRL rounds adapters to bfloat16, what they have learned included."""
    bare = module.get_base_model() if hasattr(module, "get_base_model") else module
    was = bare.__dict__.pop("is_loaded_in_4bit", None)
    try:
        yield
    finally:
        if was is not None:
            bare.is_loaded_in_4bit = was
