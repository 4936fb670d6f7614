"""Memory: when it runs out, giving it back, and keeping freed pages at hand while training."""

from __future__ import annotations

import ctypes
import sys


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
    trim = heap_function("malloc_trim")
    if trim is not None:
        trim(0)


def keep_pages() -> None:
    """Let the heap keep large freed blocks: every step allocates the same ones, and fresh pages cost a fifth of its time."""
    tune = heap_function("mallopt")
    if tune is not None:
        tune(-3, 1 << 25)
        tune(-1, 1 << 28)  # M_TRIM_THRESHOLD: a smaller free top stays; `free_memory` gives it back


def heap_function(name: str):
    """A function of glibc's heap; None on systems with another."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
