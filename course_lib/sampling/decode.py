"""The decoding engine: answers for many prompts at once, with any transformers causal model.

A prompt is read once and its cache repeated for its K answers; rows that have ended leave the batch; each problem draws
from a random stream of its own, so an answer does not depend on what else is in the batch, float rounding aside.
Transformers' `generate` is the reference the tests hold this to.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import torch

from course_lib.errors import need, need_between, need_count, need_positive
from course_lib.precision import OVERFLOWS
from course_lib.sampling.cuda_graph import Recorded, can_record
from course_lib.sampling.roomy_cache import new_cache, pick_rows


@dataclass(frozen=True)
class Sampling:
    """How to draw: `temperature` divides the logits, `top_k` 0 and `top_p` 1 cut nothing; `greedy` ignores all three."""

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    max_tokens: int = 160
    greedy: bool = False

    def check(self) -> None:
        need_positive("temperature", self.temperature)
        need_count("top_k", self.top_k, least=0)
        need_between("top_p", self.top_p, 1e-6, 1.0)
        need_count("max_tokens", self.max_tokens)


@dataclass
class Drawn:
    """One answer: `ids` without its end token, `drawn` with it; `logprob` is in nats under the sampling distribution."""

    ids: list[int]
    logprob: float
    finished: bool
    drawn: list[int]


def number(seed: int, key: str) -> int:
    """The 63-bit seed of one problem's random stream."""
    return int.from_bytes(hashlib.sha256(f"{seed}|{key}".encode()).digest()[:8], "little") >> 1


def stream(seed: int, key: str, k: int, steps: int) -> torch.Tensor:
    """(k, steps) uniform numbers that belong to one problem, whatever batch it lands in. Another `steps` deals others to all
    rows but the first."""
    generator = torch.Generator().manual_seed(number(seed, key))
    return torch.rand(k, steps, generator=generator, dtype=torch.float64)


def distribution(logits: torch.Tensor, how: Sampling) -> torch.Tensor:
    """Log-probabilities (B, V) that tokens are drawn from: temperature, then top-k, then top-p."""
    logits = logits.float() / (1.0 if how.greedy else how.temperature)
    if how.greedy or (how.top_k == 0 and how.top_p == 1.0):
        return logits.log_softmax(-1)
    if how.top_k:
        least = logits.topk(min(how.top_k, logits.shape[-1]), -1).values[:, -1:]
        logits = logits.masked_fill(logits < least, -torch.inf)
    ordered, index = logits.sort(-1, descending=True)
    before = ordered.softmax(-1).cumsum(-1) - ordered.softmax(-1)
    ordered = ordered.masked_fill(before >= how.top_p, -torch.inf)
    return torch.full_like(logits, -torch.inf).scatter(-1, index, ordered).log_softmax(-1)


def draw(logprobs: torch.Tensor, uniform: torch.Tensor, greedy: bool) -> torch.Tensor:
    """Token ids (B,): the most likely, or where the cumulative distribution passes `uniform` (B,)."""
    if greedy:
        best, tokens = logprobs.max(-1)
        need(bool(best.isfinite().all()), OVERFLOWS)
        return tokens
    wide = torch.float32 if logprobs.device.type == "mps" else torch.float64
    cumulative = logprobs.to(wide).exp().cumsum(-1)
    total = cumulative[:, -1]
    need(bool(total.isfinite().all()), OVERFLOWS)
    below = torch.nextafter(total, torch.zeros_like(total))  # rounding must not land behind the last possible token
    target = torch.minimum(uniform.to(wide) * total, below)[:, None]
    return torch.searchsorted(cumulative, target, right=True)[:, 0]


@torch.inference_mode()
def decode(
    model, prompts_P: list[list[int]], keys_P: list[str], k: int, how: Sampling, seed: int, ends: list[int]
) -> list[list[Drawn]]:
    """`k` answers to each tokenised prompt, as one batch of P·k rows. `keys_P` name the random streams."""
    device, P = model.device, len(prompts_P)
    cache = new_cache(model)
    logits, mask = read(model, prompts_P, past_key_values=cache, use_cache=True)
    repeat = torch.arange(P, device=device).repeat_interleave(k)
    pick_rows(cache, repeat)
    logits, mask = logits[repeat], mask[repeat]  # (P·k, V), (P·k, T)
    lots = (
        torch.cat([stream(seed, key, k, how.max_tokens) for key in keys_P])
        .to(torch.float32 if device.type == "mps" else torch.float64)
        .to(device)
    )
    left = how.max_tokens - 1
    steps = Recorded(model, cache, mask, left) if can_record(model, cache, left) else OneByOne(model, cache, mask)
    return gather(*unroll(steps, logits, lots, how, ends), k, ends)


def read(model, prompts_P: list[list[int]], **how) -> tuple[torch.Tensor, torch.Tensor]:
    """The logits (P, V) of what comes after each prompt, and the mask (P, T) of the left-padded prompts."""
    width = max(map(len, prompts_P))
    ids = torch.tensor([[0] * (width - len(p)) + p for p in prompts_P], device=model.device)
    mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts_P], device=model.device)
    out = model(input_ids=ids, attention_mask=mask, position_ids=positions(mask), logits_to_keep=1, **how)
    return out.logits[:, -1], mask


@torch.inference_mode()
def first_logprobs(model, prompts_P: list[list[int]], tokens: list[int]) -> list[list[float]]:
    """(P, len(tokens)) log-probabilities (nats) that an answer begins with each of these tokens."""
    logits, _ = read(model, prompts_P, use_cache=False)
    asked = logits.float().log_softmax(-1)[:, tokens]
    need(not bool(asked.isnan().any()), OVERFLOWS)
    return asked.tolist()


def positions(mask: torch.Tensor) -> torch.Tensor:
    """Position ids (B, T) that count real tokens only."""
    return (mask.cumsum(-1) - 1).clamp(min=0)


class OneByOne:
    """The next logits of every row, one token after the other, as any model gives them."""

    shrink = 0.8  # when fewer than this share of the rows are alive, the others leave the batch

    def __init__(self, model, cache, mask: torch.Tensor):
        self.model, self.cache, self.mask, self.place = model, cache, mask, mask.sum(-1)

    def step(self, tokens: torch.Tensor) -> torch.Tensor:
        """Logits (B, V) after `tokens` (B,)."""
        self.mask = torch.cat([self.mask, self.mask.new_ones(len(self.mask), 1)], -1)
        asked = {"input_ids": tokens[:, None], "attention_mask": self.mask, "position_ids": self.place[:, None]}
        self.place = self.place + 1
        return self.model(**asked, past_key_values=self.cache, use_cache=True).logits[:, -1]

    def pick(self, rows: torch.Tensor) -> None:
        """Keep these rows, in this order."""
        pick_rows(self.cache, rows)
        self.mask, self.place = self.mask[rows], self.place[rows]


def unroll(steps, logits, lots, how: Sampling, ends: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Token by token until every row has ended: ids (B, max_tokens), -1 after the end, and summed log-probabilities (B,)."""
    B, device = len(logits), logits.device
    ids = torch.full((B, how.max_tokens), -1, device=device)
    sums = torch.zeros(B, device=device, dtype=torch.float32)
    rows, end = torch.arange(B, device=device), torch.tensor(ends, device=device)
    alive = torch.ones(B, dtype=torch.bool, device=device)
    for t in range(how.max_tokens):
        logprobs = distribution(logits, how)
        token = draw(logprobs, lots[rows, t], how.greedy)
        ids[rows, t] = torch.where(alive, token, -1)  # picking the living by a mask would wait for the GPU
        sums[rows] += torch.where(alive, logprobs.gather(-1, token[:, None])[:, 0], 0.0)
        alive &= ~torch.isin(token, end)
        living = int(alive.sum())
        if living == 0 or t + 1 == how.max_tokens:
            break
        if living < steps.shrink * len(rows):
            keep = alive.nonzero()[:, 0]
            steps.pick(keep)
            rows, token, alive = rows[keep], token[keep], alive[keep]
        logits = steps.step(token)
    return ids, sums


def gather(ids: torch.Tensor, sums: torch.Tensor, k: int, ends: list[int]) -> list[list[Drawn]]:
    """Rows back into groups of `k`, each trimmed at its end token."""
    drawn = []
    for row, logprob in zip(ids.tolist(), sums.tolist(), strict=True):
        said = [i for i in row if i >= 0]
        finished = bool(said) and said[-1] in ends
        drawn.append(Drawn(said[:-1] if finished else said, logprob, finished, said))
    return [drawn[i : i + k] for i in range(0, len(drawn), k)]


@torch.inference_mode()
def score_tokens(model, prompts: list[list[int]], answers: list[list[int]]) -> list[float]:
    """Summed log-probability (nats, temperature 1) of each answer, its end token included, after its prompt."""
    rows = [p + a for p, a in zip(prompts, answers, strict=True)]
    width = max(map(len, rows))
    ids = torch.tensor([r + [0] * (width - len(r)) for r in rows], device=model.device)  # (B, T), right-padded
    mask = torch.tensor([[1] * len(r) + [0] * (width - len(r)) for r in rows], device=model.device)
    logprobs = model(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, :-1].float().log_softmax(-1)
    taken = logprobs.gather(-1, ids[:, 1:, None])[..., 0]  # (B, T-1)
    need(not bool(taken.isnan().any()), OVERFLOWS)
    return [float(taken[i, len(p) - 1 : len(r) - 1].sum()) for i, (p, r) in enumerate(zip(prompts, rows, strict=True))]
