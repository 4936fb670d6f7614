"""Transformers' batched `generate` on a policy's prompts: the reference that the decoding engine is held to."""

import torch

from course_lib.sampling.decode import distribution, draw, stream


def reference(policy, prompts, **settings):
    """New token ids of each prompt, cut before its end token; left-padded as generate wants it."""
    batch = policy.tokenizer(
        [policy.chat(p) for p in prompts],
        return_tensors="pt",
        padding=True,
        padding_side="left",
        add_special_tokens=False,
    )
    ids = policy.model.generate(
        input_ids=batch["input_ids"],
        attention_mask=batch["attention_mask"],
        pad_token_id=policy.tokenizer.pad_token_id,
        **settings,
    )
    cut = set(policy.end_ids())
    rows = []
    for row in ids[:, batch["input_ids"].shape[1] :].tolist():
        end = next((i for i, t in enumerate(row) if t in cut), len(row))
        rows.append(row[:end])
    return rows


def sampled_reference(policy, prompts, keys, how, seed):
    """The same for one sample of each prompt: generate takes at each step what the prompt's own stream draws."""
    lots, step = torch.cat([stream(seed, key, 1, how.max_tokens) for key in keys]), iter(range(how.max_tokens))

    def drawn(ids, logits):
        token = draw(distribution(logits, how), lots[:, next(step)], greedy=False)
        return torch.full_like(logits, -torch.inf).scatter(-1, token[:, None], 0.0)

    return reference(policy, prompts, do_sample=False, max_new_tokens=how.max_tokens, logits_processor=[drawn])
