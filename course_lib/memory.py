"""Memory: how much is left, when it runs out, and giving it back."""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TILE = 2**15  # logits of a token that TRL's head holds at once


def left_on_gpu() -> int:
    """Bytes that this process's GPU has free, those that torch keeps for later among them."""
    import torch

    free, _ = torch.cuda.mem_get_info()
    return free + torch.cuda.memory_reserved() - torch.cuda.memory_allocated()


def out_of_memory(error: Exception) -> bool:
    words = ("out of memory", "can't allocate memory", "not enough memory", "CUBLAS_STATUS_ALLOC_FAILED")
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


def peak_resident(process: int | str = "self") -> int | None:
    """The most MB a process has held so far; None where the system does not say (Linux does)."""
    status = Path(f"/proc/{process}/status")  # getrusage would count what the parent process held when it forked
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="utf-8")) if status.exists() else None
    return int(int(found[1]) * 1024 / 1e6) if found else None


@contextmanager
def settled() -> Iterator[None]:
    """What is in memory now stays: the collector does not look through it meanwhile.

    Trainers collect several times a training, and each look at all that torch and transformers have loaded costs a
    fifth of a second.
    """
    import gc

    outer = gc.get_freeze_count() == 0
    gc.freeze()
    try:
        yield
    finally:
        if outer:
            gc.unfreeze()


def peak_memory_mb() -> int | None:
    """Peak memory in MB: on the GPU where one is used, else resident; None where the system does not say."""
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated() / 1e6)
    if sys.platform == "darwin":
        import resource

        return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)
    return peak_resident()
