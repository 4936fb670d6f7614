"""Memory: when it runs out, and giving it back."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def out_of_memory(error: Exception) -> bool:
    words = ("out of memory", "can't allocate memory", "not enough memory")
    return isinstance(error, MemoryError) or any(w in str(error) for w in words)


def free_memory() -> None:
    """Give back what is no longer used: a trainer's circles of references, the GPU's cache, and free pages of the heap."""
    import gc

    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    trim()


def trim() -> None:
    """Give free pages of the heap back to the system: between two phases they are worth half a gigabyte."""
    if sys.platform == "linux":
        malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's; other C libraries have none
        if malloc_trim is not None:
            malloc_trim(0)


@contextmanager
def settled() -> Iterator[None]:
    """What is in memory now stays: the collector does not look through it meanwhile.

    Trainers collect several times a training, and each look at all that torch and transformers have loaded costs a
    fifth of a second.
    """
    import gc

    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
