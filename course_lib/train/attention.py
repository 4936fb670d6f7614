"""Attention in bfloat16 on a CPU, while training: torch's fused kernel takes twice as long there on its way back.

It is put in by transformers' own interface for attention functions, and taken out again when training ends.
"""

from __future__ import annotations

from contextlib import contextmanager

NAME = "course_plain"


def plain(module, query, key, value, attention_mask, scaling: float, dropout: float = 0.0, **kwargs):
    """Softmax attention in four lines: query (B, H, T, D), key and value (B, G, T, D), boolean mask (B, 1, T, T).

    The H / G query heads that share a key head are one taller matrix, so keys and values are never copied.
    """
    (B, H, T, D), G = query.shape, key.shape[1]
    scores = (query * scaling).reshape(B, G, H // G * T, D) @ key.transpose(-1, -2)
    hidden = scores.new_zeros(attention_mask.shape).masked_fill_(~attention_mask, float("-inf"))
    weights = (scores.view(B, G, H // G, T, -1) + hidden[:, :, None]).softmax(-1).view(B, G, H // G * T, -1)
    out = weights.to(value.dtype) @ value  # autocast makes a softmax float32
    return out.view(B, H, T, D).transpose(1, 2), None


@contextmanager
def plain_attention(model, wanted: bool):
    """Run `model` with `plain` attention, if wanted, and afterwards with the one it had."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    if not wanted:
        yield
        return
    before = model.config._attn_implementation
    AttentionInterface.register(NAME, plain)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    model.set_attn_implementation(NAME)
    try:
        yield
    finally:
        model.set_attn_implementation(before)
