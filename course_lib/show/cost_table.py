"""A run's cost before it begins, as a card."""

from __future__ import annotations

import html
import os

from course_lib.cost import Speed, Work
from course_lib.footprint import Memory, halved
from course_lib.show.page import Page, block, cell, row, table, title

GB = 1e9
COPIES = {1: "one copy, in four bits", 2: "two copies", 3: "two copies and a reward model"}
CUDA = 10**9  # bytes of a card that CUDA's own libraries take, as docs/hardware.md counts them


def cost(name: str, work: Work, speed: Speed, memory: Memory, batch: int, device: str) -> Page:
    """`batch` is how many answers are sampled at once, `device` where the model lies: "cuda", "mps" or "cpu"."""
    place, room = found(device)
    m = {k: size(v) for k, v in vars(memory).items()}
    copies = COPIES[memory.copies]
    rows = {
        "answers sampled, at most": f"{work.answers:,}",
        "tokens sampled, at most": f"{work.sampled:,}",
        "tokens trained on, at most": f"{work.trained:,}",
        "minutes": f"about {speed.minutes(work):.1f}, estimated from a probe here ({place}): {speed.sampled:,.0f} tokens/s "
        f"sampled, {speed.trained:,.0f} trained on",
        "memory": f"{size(memory.total())}{f' of {size(room)}' if room else ''}, computed: weights {m['weights']} ({copies}), "
        f"adapter with its optimiser {m['adapter']}, a batch of {batch} answers {m['cache']} (cache) and {m['logits']} (logits)",
        "training": f"a row takes {m['row']}, with gradient checkpointing {m['thin']}, computed; on a GPU a step that does "
        "not fit is taken in parts, and learns the same",
    }
    if room:
        rows["fits here"] = fits(memory, batch, room)
    head = f"What {name} will cost"
    lines = [row(cell(html.escape(k), "white-space:nowrap"), cell(html.escape(v))) for k, v in rows.items()]
    return Page(block(title(head), table(lines)), "\n".join([head, *(f"  {k:27}{v}" for k, v in rows.items())]))


def fits(memory: Memory, batch: int, room: int) -> str:
    """What of a batch fits into `room` bytes at once."""
    left = memory.left(room)
    answers = halved(batch, (memory.cache + memory.logits) / batch, left)
    if not (answers and left // memory.thin):
        return "no, not even one answer or row at a time, computed: take a smaller model, rank or max_tokens"
    return (
        f"{answers} answers at once in sampling; {left // memory.row} rows in training, {left // memory.thin} with gradient "
        "checkpointing, computed"
    )


def size(count: float) -> str:
    """Bytes in words."""
    return f"{count / GB:.2f} GB" if count >= GB else f"{count / 1e6:.1f} MB"


def found(device: str) -> tuple[str, int]:
    """What the device is called, and the bytes of its memory that are left for a run where it says, else 0."""
    import torch

    if device != "cuda":
        return f"{device}, {os.cpu_count()} cores", 0
    return torch.cuda.get_device_name(), torch.cuda.get_device_properties(0).total_memory - CUDA
