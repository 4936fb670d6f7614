"""The answers of scored groups as rows that a policy gradient reads: the answers of one prompt share rows (branches.py).

Loss and gradient are those of separate rows; a prompt of 75 tokens is read once for three answers rather than for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from course_lib.branches import HEIGHT, IGNORE, ROOM, STRIDE, collate, grow, stem
from course_lib.measure import LOGITS
from course_lib.memory import TILE
from course_lib.rollout import batches

SQUARES = 2**20  # attention keeps a square of a row's length for each head and layer until the gradient is there


@dataclass(frozen=True)
class Answer:
    """One answer to learn from: token ids, its advantage, and each token's log-probability (nats) before this training."""

    prompt: list[int]
    answer: list[int]
    advantage: float
    sampled: tuple[float, ...] = ()
    reference: tuple[float, ...] = ()


@dataclass(frozen=True)
class Row:
    """One prompt's tokens and those of as many of its answers as fit, with the answers in that order."""

    tokens: dict[str, list[int]]
    answers: list[Answer]


def laid_out(groups: list[list[Answer]], shared: bool) -> list[Row]:
    """Rows of each group's answers, in order; one answer a row where the model can't share."""
    rows: list[Row] = []
    for group in groups:
        for i, a in enumerate(group):
            full = i == 0 or not shared or len(rows[-1].tokens["input_ids"]) + 1 + len(a.answer) > ROOM
            rows += [Row(stem(a.prompt[:-1]), [])] if full else []
            grow(rows[-1].tokens, a.prompt, a.answer)
            rows[-1].answers.append(a)
    return rows


def longest(rows: list[Row]) -> int:
    return max(len(r.tokens["input_ids"]) for r in rows)


def parts(rows: list[Row], vocabulary: int, most: int | None = None) -> list[list[Row]]:
    """The rows of a step in parts that fit: their logits into LOGITS numbers, the squares of their lengths into SQUARES.

    Together they are one step. `most` is how many rows a part may have besides.
    """
    if not rows:  # of several processes one may have none of a step's
        return []
    width = longest(rows)
    size = max(1, min(most or len(rows), LOGITS // (width * vocabulary), SQUARES // width**2))
    return [rows[i : i + size] for i in range(0, len(rows), size)]


def token_logprobs(model: Any, rows: list[Row], shared: bool, temperature: float = 1.0, fused: bool = False):
    """(N,) log-probabilities (nats) of all tokens of all answers at a temperature, row by row, answer by answer.

    `fused` says that the model has a head that gives them (`fuse`), for the temperature it was made with.
    """
    import torch.nn.functional as F

    cpu = model.device.type == "cpu"
    batch = collate([r.tokens for r in rows], shared, HEIGHT if shared and cpu and len(rows) >= HEIGHT else 1)
    batch = {k: v.to(model.device) for k, v in batch.items()}
    if fused:
        return model(**batch, fused_lm_head=True).log_probs[batch["labels"][:, 1:] != IGNORE]
    labels = F.pad(batch.pop("labels")[:, 1:], (0, 1), value=IGNORE)  # (B, T): what each position predicts
    first = int((labels != IGNORE).any(0).int().argmax()) // STRIDE * STRIDE if cpu else 0  # so that shapes repeat
    keep = {"logits_to_keep": labels.shape[1] - first} if first else {}
    logits, labels = model(**batch, use_cache=False, **keep).logits, labels[:, first:]
    mask = labels != IGNORE
    return -F.cross_entropy(logits[mask].float() / temperature, labels[mask], reduction="none")


def fuse(module: Any, temperature: float) -> None:
    """Give a model TRL's head, which never holds more than a tile of its logits. policy.frozen takes it off again."""
    from trl.trainer.utils import add_fused_lm_head

    add_fused_lm_head(module.get_base_model() if hasattr(module, "get_base_model") else module, temperature)


@contextmanager
def lent_head(model: Any, temperature: float, wanted: bool) -> Iterator[None]:
    """TRL's head (`fuse`) for as long as this lasts, if wanted, on a model that others use too."""
    bare = model.get_base_model() if hasattr(model, "get_base_model") else model
    if wanted:
        fuse(bare, temperature)
    try:
        yield
    finally:
        if wanted:
            bare.__dict__.pop("forward", None)


def read(
    model: Any, groups: list[list[Answer]], name: str, shared: bool, temperature: float = 1.0, tiles: bool = False
) -> list[list[Answer]]:
    """The answers with what `model` gives their tokens, under `name` ("sampled" or "reference").

    `tiles` says that no more than a tile of the logits may be held, as on a GPU.
    """
    import torch

    rows, vocabulary = laid_out(groups, shared), model.config.get_text_config().vocab_size

    @torch.inference_mode()
    def work(chunk: list[Row]) -> list[list[float]]:
        found = iter(token_logprobs(model, chunk, shared, temperature, tiles).tolist())
        return [[next(found) for _ in a.answer] for r in chunk for a in r.answers]

    size = max(map(len, parts(rows, min(TILE, vocabulary) if tiles else vocabulary)), default=1)
    with lent_head(model, temperature, tiles):
        values = iter([v for done in batches(rows, min(64, size), work) for v in done])
    return [[replace(a, **{name: tuple(next(values))}) for a in group] for group in groups]
