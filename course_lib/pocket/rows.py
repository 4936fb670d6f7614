"""Pack conversations into fixed rows of tokens: few shapes keep the CPU fast, and no token of padding is wasted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np

from course_lib.pocket.corpus import Turns

ROW = 256  # tokens a row
OPEN = 64  # rows filled at the same time; the fullest that fits takes the next conversation
IGNORE = -100


def messages(turns: Turns) -> list[dict]:
    """Turns as chat messages, user and assistant in turn."""
    return [{"role": ("user", "assistant")[i % 2], "content": text} for i, text in enumerate(turns)]


def encode(tokenizer, conversations: list[Turns]) -> Iterator[tuple[list[int], int]]:
    """(ids, length of the prompt part) of each conversation; only what follows the prompt is learned."""
    prompts = [
        tokenizer.apply_chat_template(messages(t[:-1]), tokenize=False, add_generation_prompt=True)
        for t in conversations
    ]
    wholes = [p + t[-1] + tokenizer.eos_token for p, t in zip(prompts, conversations, strict=True)]
    ids = tokenizer(wholes, add_special_tokens=False).input_ids
    starts = tokenizer(prompts, add_special_tokens=False).input_ids
    yield from ((whole, len(start)) for whole, start in zip(ids, starts, strict=True))


def pack(tokenizer, conversations: Iterable[Turns], rows: int) -> dict[str, np.ndarray]:
    """`rows` full rows: input_ids, labels and position_ids, each (rows, ROW) int16. Positions restart at each conversation,
    which is how transformers knows that conversations in one row must not see each other."""
    out = {key: np.zeros((rows, ROW), np.int16) for key in ("input_ids", "labels", "position_ids")}
    stream, open_rows, used, done = iter(conversations), [[] for _ in range(OPEN)], [0] * OPEN, 0
    while done < rows:
        for ids, start in encode(tokenizer, list(islice(stream, 2000))):
            if len(ids) > ROW:
                continue
            row = max((r for r in range(OPEN) if used[r] + len(ids) <= ROW), key=used.__getitem__, default=None)
            if row is None:
                row = max(range(OPEN), key=used.__getitem__)
                if done < rows:
                    write_row(out, done, open_rows[row], tokenizer.pad_token_id)
                done, open_rows[row], used[row] = done + 1, [], 0
            open_rows[row].append((ids, start))
            used[row] += len(ids)
    return out


def write_row(out: dict[str, np.ndarray], row: int, conversations: list[tuple[list[int], int]], pad: int) -> None:
    """Lay conversations end to end; what is left over is padding that nothing learns from."""
    ids = [i for whole, _ in conversations for i in whole]
    labels = [x for whole, start in conversations for x in [IGNORE] * start + whole[start:]]
    positions = [p for whole, _ in conversations for p in range(len(whole))]
    rest = ROW - len(ids)
    out["input_ids"][row] = ids + [pad] * rest
    out["labels"][row] = labels + [IGNORE] * rest
    out["position_ids"][row] = positions + list(range(rest))
