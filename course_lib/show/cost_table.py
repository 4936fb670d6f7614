"""A run's cost before it begins, as a card."""

from __future__ import annotations

import html
import os

from course_lib.cost import Speed, Work
from course_lib.footprint import Memory, halved
from course_lib.memory import left_on_gpu
from course_lib.show.page import Page, block, cell, row, table, title

GB = 1e9
COPIES = {1: "one copy, in four bits", 2: "two copies", 3: "two copies and a reward model"}


def cost(name: str, work: Work, speed: Speed, memory: Memory, batch: int, device: str, held: int = 0) -> Page:
    """`batch` is how many answers are sampled at once, `device` where the model lies: "cuda", "mps" or "cpu". Of what `memory`
    counts, `held` bytes are in memory already."""
    place, room = found(device, held)
    m = {k: size(v) for k, v in vars(memory).items()}
    copies, of = COPIES[memory.copies], f" of {size(room)} that are free" if room else ""
    rows = {
        "answers sampled, at most": f"{work.answers:,}",
        "tokens sampled, at most": f"{work.sampled:,}",
        "tokens trained on, at most": f"{work.trained:,}",
        "minutes": f"about {speed.minutes(work):.1f}, estimated from a probe here ({place}): {speed.sampled:,.0f} tokens/s "
        f"sampled, {speed.trained:,.0f} trained on",
        "memory": f"{size(memory.total())}{of}, computed: weights {m['weights']} ({copies}), "
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


def found(device: str, held: int = 0) -> tuple[str, int]:
    """What the device is called, and the bytes of its memory that a run may take where it says, else 0: what is free, and what
    the run itself has taken already. Another notebook's model on the same card is thus left out."""
    import torch

    if device != "cuda":
        return f"{device}, {os.cpu_count()} cores", 0
    return torch.cuda.get_device_name(), left_on_gpu() + held
