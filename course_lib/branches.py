"""Rows to train on: completions of one prompt share a row, so the prompt is read once.

    row      How many apples ... ?  | 23+14=37 ... <end> | 23-9=14 ... <end>
    sees     itself, causally       | the prompt, itself | the prompt, itself

No completion sees another, and positions count on from the prompt in each, so loss and gradient are those of separate
rows (tests/test_branches.py); only the cost of the repeated prompt is gone. Each branch begins with the prompt's last
token, which is what predicts its first own.
"""

from __future__ import annotations

from collections.abc import Iterable

from course_lib.policy import Policy
from course_lib.types import Example

IGNORE = -100  # a label that no loss is computed on
ROOM = 256  # tokens a row at most; a prompt with more completions goes on in another row
STRIDE = 64  # widths are multiples of it: every new shape costs a CPU time and memory for kernels of its own
HEIGHT = 4  # and so are heights, from this one up
STEM = 0  # the branch number of the prompt


def tokenise(policy: Policy, examples: list[Example]) -> list[tuple[list[int], list[int]]]:
    """Token ids of each (prompt, completion with its end token), as the model's chat template joins them."""
    end = policy.end_id()
    prompts = policy.tokenizer([policy.chat(e.prompt) for e in examples], add_special_tokens=False).input_ids
    answers = policy.tokenizer([e.completion for e in examples], add_special_tokens=False).input_ids
    return [(p, [*a, end]) for p, a in zip(prompts, answers, strict=True)]


def can_share(model) -> bool:
    """Does this model take a mask of our own? Needs torch's attention in every layer, each seeing all that came before."""
    config = model.config.get_text_config()
    windowed = getattr(config, "sliding_window", None) or getattr(config, "attention_chunk_size", None)
    kinds = set(getattr(config, "layer_types", None) or ["windowed" if windowed else "full_attention"])
    stateful = getattr(model, "_is_stateful", False)
    return model.config._attn_implementation == "sdpa" and kinds == {"full_attention"} and not stateful


def lay_out(pairs: list[tuple[list[int], list[int]]], room: int = ROOM) -> list[dict[str, list[int]]]:
    """Rows of `input_ids`, `position_ids`, `branch` and `labels`, each of one prompt and as many completions as fit.

    `room` 0 gives every completion a row of its own.
    """
    rows, latest = [], {}
    for prompt, answer in pairs:
        row = latest.get(tuple(prompt))
        if row is None or len(row["input_ids"]) + 1 + len(answer) > room:
            row = latest[tuple(prompt)] = stem(prompt[:-1])
            rows.append(row)
        grow(row, prompt, answer)
    return rows


def stem(ids: list[int]) -> dict[str, list[int]]:
    n = len(ids)
    return {
        "input_ids": list(ids),
        "position_ids": list(range(n)),
        "branch": [STEM] * n,
        "labels": [IGNORE] * n,
    }


def grow(row: dict[str, list[int]], prompt: list[int], answer: list[int]) -> None:
    """Add one branch: the prompt's last token, then the answer, on which alone the loss counts."""
    branch, start = max(row["branch"], default=STEM) + 1, len(prompt) - 1
    row["input_ids"] += [prompt[-1], *answer]
    row["position_ids"] += range(start, start + 1 + len(answer))
    row["branch"] += [branch] * (1 + len(answer))
    row["labels"] += [IGNORE, *answer]


def stepped(rows: float) -> int:
    """The number of rows of a batch nearest to `rows` that is below HEIGHT or a multiple of it; at least 1."""
    step = HEIGHT if rows >= HEIGHT else 1
    return max(1, round(rows / step) * step)


def wide(lengths: Iterable[int]) -> int:
    """The width of a batch whose rows have these lengths."""
    return -(-max(lengths) // STRIDE) * STRIDE


def padded(rows: list[list[int]], fill: int = 0):
    """A tensor (B, T) of rows filled up on the right."""
    import torch

    width = wide(map(len, rows))
    return torch.tensor([row + [fill] * (width - len(row)) for row in rows])


def collate(rows: list[dict[str, list[int]]], shared: bool, step: int = 1) -> dict:
    """Right-padded tensors (B, T) of a batch, with a mask (B, 1, T, T) of who sees whom, or (B, T) when rows share nothing.

    Empty rows, on which nothing is learned, fill B up to a multiple of `step`.
    """
    import torch

    width = wide(len(row["input_ids"]) for row in rows)
    fill = {"input_ids": 0, "position_ids": 0, "branch": -1, "labels": IGNORE}
    padded = {k: [row[k] + [v] * (width - len(row[k])) for row in rows] for k, v in fill.items()}
    empty = -len(rows) % step
    batch = {k: torch.tensor(v + [[fill[k]] * width] * empty) for k, v in padded.items()}
    branch = batch.pop("branch")  # (B, T)
    if not shared:
        return batch | {"attention_mask": (branch >= 0).long()}
    same = branch[:, :, None] == branch[:, None, :]
    earlier = torch.ones(width, width, dtype=torch.bool).tril()
    return batch | {"attention_mask": ((same | (branch == STEM)[:, None, :]) & earlier)[:, None]}
