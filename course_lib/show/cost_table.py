"""A run's cost before it begins, as a card."""

from __future__ import annotations

import html
import os

from course_lib.cost import Memory, Speed, Work
from course_lib.show.page import Page, block, cell, row, table, title

GB = 1e9


def cost(name: str, work: Work, speed: Speed, memory: Memory, batch: int, device: str) -> Page:
    """`batch` is how many answers are sampled at once, `device` where the model lies: "cuda", "mps" or "cpu"."""
    place, room = found(device)
    m = {k: size(v) for k, v in vars(memory).items()}
    rows = {
        "answers sampled, at most": f"{work.answers:,}",
        "tokens sampled, at most": f"{work.sampled:,}",
        "tokens trained on, at most": f"{work.trained:,}",
        "minutes": f"about {speed.minutes(work):.1f}, estimated from a probe here ({place}): {speed.sampled:,.0f} tokens/s "
        f"sampled, {speed.trained:,.0f} trained on",
        "memory": f"{size(memory.total())}{room}, computed: weights {m['weights']} (three copies), adapter with its "
        f"optimiser {m['adapter']}, a batch of {batch} answers {m['cache']} (cache) and {m['logits']} (logits)",
        "training": f"the logits of one row take {m['row']}, computed; on a GPU a batch that does not fit is halved",
    }
    head = f"What {name} will cost, its control included where there is one"
    lines = [row(cell(html.escape(k), "white-space:nowrap"), cell(html.escape(v))) for k, v in rows.items()]
    return Page(block(title(head), table(lines)), "\n".join([head, *(f"  {k:27}{v}" for k, v in rows.items())]))


def size(count: float) -> str:
    """Bytes in words."""
    return f"{count / GB:.2f} GB" if count >= GB else f"{count / 1e6:.1f} MB"


def found(device: str) -> tuple[str, str]:
    """What the device is called, and its memory in words where it says."""
    import torch

    if device != "cuda":
        return f"{device}, {os.cpu_count()} cores", ""
    total = torch.cuda.get_device_properties(0).total_memory
    return torch.cuda.get_device_name(), f" of {size(total)}"
