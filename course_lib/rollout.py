"""Sample G completions a problem. Prompts are batched across problems, like lengths together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from course_lib import progress
from course_lib.errors import need, need_count
from course_lib.memory import free_memory, out_of_memory, trim
from course_lib.policy import Policy
from course_lib.types import Completion, Group, Problem, Turn

PROMPTS = 128  # read at once at most: their activations take more memory than the caches of many more rows
ROWS = 512  # rows of one batch on a CPU or GPU; out of memory halves it and goes on
QUEUE = 4096  # rows handed at once to an engine, which makes batches of its own: only the bar asks for pauses


def sample(
    policy: Policy,
    prompts: list[str],
    k: int,
    how: Any,
    seed: int,
    keys: list[str] | None = None,
    bar=progress.quiet,
    title: str = "sampling",
) -> list[list[Completion]]:
    """`k` completions of each prompt, in the order of the prompts. `how` is a decode.Sampling.

    `keys` name the random stream of each prompt (default: its text and place), so the same seed and key give the same
    completions in any batch, up to float rounding.
    """
    need_count("K", k)
    how.check()
    keys = keys or [f"{i}|{p}" for i, p in enumerate(prompts)]
    tokens = policy.tokenizer([policy.chat(p) for p in prompts], add_special_tokens=False).input_ids if prompts else []
    check_room(policy, tokens, how.max_tokens)
    order = sorted(
        range(len(prompts)), key=lambda i: -len(tokens[i])
    )  # the longest first: memory trouble shows at once
    found: dict[int, list[Completion]] = {}
    with bar(title, total=len(prompts) * k, unit="answers") as shown:
        count = 0
        for chunk in batches(order, at_once(policy, k), lambda c: draw_batch(policy, tokens, keys, c, k, how, seed)):
            for i, drawn in chunk:
                found[i] = as_completions(policy, drawn)
                count += sum(c.tokens for c in found[i])
            shown.update(len(chunk) * k)
            shown.set_postfix_str(f"{rate(count, shown)} tokens/s", refresh=False)
    return [found[i] for i in range(len(prompts))]


def rate(count: int, shown) -> int:
    """Units per second since a bar began."""
    return int(count / max(1e-9, shown.format_dict["elapsed"]))


def at_once(policy: Policy, k: int) -> int:
    """Prompts of one batch."""
    return min(PROMPTS, max(1, ROWS // k)) if policy.engine is None else max(1, QUEUE // k)


def need_room(policy: Policy, prompts: list[str], max_tokens: int) -> None:
    """Raise CourseError unless each prompt, with an answer of `max_tokens`, fits the model: before anything is sampled."""
    tokens = policy.tokenizer([policy.chat(p) for p in prompts], add_special_tokens=False).input_ids
    check_room(policy, tokens, max_tokens)


def check_room(policy: Policy, tokens: list[list[int]], max_tokens: int) -> None:
    limit = getattr(policy.base.config, "max_position_embeddings", None) or 1 << 30
    limit = limit if policy.engine is None else min(limit, policy.engine.room)
    longest = max(map(len, tokens), default=0)
    need(
        longest + max_tokens <= limit,
        f"a prompt of {longest} tokens and {max_tokens} new ones pass this model's {limit} positions: "
        "shorten the prompt or lower max_tokens.",
    )


def draw_batch(policy: Policy, tokens, keys, chunk: list[int], k: int, how, seed: int) -> list[tuple[int, list]]:
    from course_lib.sampling.decode import decode

    asked, named = [tokens[i] for i in chunk], [keys[i] for i in chunk]
    if policy.engine is None:
        drawn = decode(policy.model, asked, named, k, how, seed, policy.end_ids())
    else:
        drawn = policy.engine.draw(policy, asked, named, k, how, seed)
    return list(zip(chunk, drawn, strict=True))


def batches(items: list[int], size: int, work: Callable[[list[int]], list]) -> Iterator[list]:
    """Work through `items` in batches of `size`; when memory runs out, halve the size and go on with what is left."""
    at = 0
    while at < len(items):
        done = attempt(work, items[at : at + size])
        if done is None:
            need(
                size > 1,
                "even a batch of one prompt, with all its K answers, does not fit in memory: lower K or max_tokens, or take a "
                "smaller model.",
            )
            size = max(1, size // 2)
            free_memory()
            continue
        at += size
        yield done
    trim()


def attempt(work: Callable[[list[int]], list], chunk: list[int]) -> list | None:
    """The work done, or None when memory ran out. What it held is let go before this returns."""
    try:
        return work(chunk)
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
        return None


def as_completions(policy: Policy, drawn: Iterable) -> list[Completion]:
    texts = policy.tokenizer.batch_decode([d.ids for d in drawn], skip_special_tokens=True)
    return [
        Completion(t, len(d.drawn), d.logprob, d.finished, ids=tuple(d.drawn))
        for t, d in zip(texts, drawn, strict=True)
    ]


def samples(
    k: int, temperature: float = 1.0, top_k: int = 0, top_p: float = 1.0, max_tokens: int = 160, bar=progress.quiet
) -> Callable[..., list[Group]]:
    """The rollout slot: `k` sampled completions a problem."""
    from course_lib.sampling.decode import Sampling

    need_count("K", k)
    how = Sampling(temperature, top_k, top_p, max_tokens)
    how.check()

    def rollout(policy: Policy, problems: list[Problem], turn: Turn) -> list[Group]:
        prompts, keys = [p.prompt for p in problems], [f"{turn.round}|{p.id}" for p in problems]
        answers = sample(policy, prompts, k, how, turn.seed, keys, bar, f"round {turn.round}: sampling")
        return [Group(p, tuple(a)) for p, a in zip(problems, answers, strict=True)]

    return rollout


def greedy(
    policy: Policy, prompts: list[str], max_tokens: int = 160, bar=progress.quiet, title: str = "greedy"
) -> list[Completion]:
    """The most likely completion of each prompt."""
    from course_lib.sampling.decode import Sampling

    return [
        a[0] for a in sample(policy, prompts, 1, Sampling(max_tokens=max_tokens, greedy=True), 0, bar=bar, title=title)
    ]
