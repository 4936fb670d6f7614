"""A training whose weights FSDP or DeepSpeed cuts into parts, one for each rank: what is learned comes back whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from course_lib import ranks
from course_lib.errors import need


@contextmanager
def cut_here_alone() -> Iterator[None]:
    """With DeepSpeed's stage 3, transformers cuts all that is made or loaded from a trainer's settings on: until this ends."""
    try:
        yield
    finally:
        if ranks.cut():
            from transformers.integrations.deepspeed import unset_hf_deepspeed_config

            unset_hf_deepspeed_config()


def whole(trainer) -> dict | None:
    """What was learned, on every rank, where FSDP or DeepSpeed cut it into parts; else None: it lies in the module itself."""
    if trainer.is_deepspeed_enabled:
        return joined(trainer.model)
    if not trainer.is_fsdp_enabled:
        return None
    learned = trainer.accelerator.get_state_dict(trainer.model_wrapped)  # on rank 0
    return ranks.from_lead(lambda: {k: v.cpu() for k, v in learned.items()})


def joined(module) -> dict:
    """What DeepSpeed has trained, in the float32 of its optimiser. The module's own weights are in half precision, those of an
    adapter's base too, and must not go back into the base.
    """
    from deepspeed.utils import safe_get_full_fp32_param

    learned = {}
    for name, weight in module.named_parameters():
        if weight.requires_grad:
            found = safe_get_full_fp32_param(weight)  # on every rank, one by one; None at stage 0, which cuts nothing
            learned[name] = (weight if found is None else found).detach().cpu()
    return learned


def restored(module, learned: dict):
    """The module as it was made, with what was learned in it."""
    strange = module.load_state_dict(learned, strict=False).unexpected_keys
    need(
        not strange, f"what was learned came back under another name ({strange[:1]}): train without FSDP or DeepSpeed."
    )
    return module
