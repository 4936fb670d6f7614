"""Which numbers a model is held in here: bfloat16, float16, or float32 where float16 does not hold it.

A GPU older than compute capability 8.0, a T4 among them, multiplies in float16, whose largest number is 65,504. Some models go
beyond it inside: users report NaN of Qwen2-1.5B-Instruct from its second layer on (QwenLM/Qwen3, issue 826 on GitHub).
"""

from __future__ import annotations

import os

from course_lib.errors import need

PRECISIONS = ("float32", "bfloat16", "float16")
PROBE = "A farmer has 12 hens, and each lays 3 eggs a day. How many eggs are that in a week? Think step by step."
WHOLE = "{} overflows float16 on this GPU, so it is held in float32: twice the memory, and a round takes several times as long."
OVERFLOWS = (
    "the model gave numbers that are none (NaN). Either a training diverged: take a smaller lr. Or, on a GPU older than compute "
    "capability 8.0, weights overflow float16: set COURSE_PRECISION=float32 in the environment, or take a newer GPU."
)
NOT_HERE = "float16 is what only a GPU trains in: take one, or, for a new run, --precision float32."


def pick_dtype(device: str):
    """bfloat16 from compute capability 8.0 on, float16 on older GPUs (which only emulate bfloat16), float32 elsewhere.

    COURSE_PRECISION in the environment names another, for a model that overflows float16, or for a run that was begun on another
    kind of GPU. Raises CourseError where it is none of PRECISIONS.
    """
    import torch

    if wanted := os.environ.get("COURSE_PRECISION"):
        need(wanted in PRECISIONS, f"COURSE_PRECISION is {wanted!r}: it is one of {', '.join(PRECISIONS)}.")
        return getattr(torch, wanted)
    card = torch.device(device)
    if card.type != "cuda":
        return torch.float32
    return torch.bfloat16 if torch.cuda.get_device_capability(card)[0] >= 8 else torch.float16


def name_of(model) -> str:
    """One of PRECISIONS: what this model is held in."""
    return str(model.dtype).removeprefix("torch.")


def overflows(model, tokenizer) -> bool:
    """Does a question in its chat template give this model numbers that are none?"""
    import torch

    asked = [{"role": "user", "content": PROBE}]
    text = tokenizer.apply_chat_template(asked, tokenize=False, add_generation_prompt=True)
    ids = tokenizer(text, add_special_tokens=False, return_tensors="pt").input_ids.to(model.device)
    with torch.inference_mode():
        return not bool(model(ids, logits_to_keep=1).logits.isfinite().all())
