"""What is left of a language whose true distribution is known: rare words, entropy, and what real text costs a policy.

The passages of the pocket town (tasks/passages.py) have a long tail. A policy that forgets it still writes faultless sentences:
`grammatical` does not see what `tail` and `loss` do.
"""

from __future__ import annotations

import math
import random
from collections import Counter

from course_lib import progress
from course_lib.errors import need_count
from course_lib.measure import average, logprobs, share
from course_lib.policy import Policy
from course_lib.rollout import samples
from course_lib.tasks.passages import PROMPT, WORDS, logprob, sample_passage
from course_lib.types import Problem, Turn

MAX_TOKENS = 100  # a passage has about 50


def prompts(n: int) -> list[Problem]:
    """`n` times the one request for a passage."""
    need_count("passages", n)
    return [Problem(f"passage-{i}", PROMPT) for i in range(n)]


def real(n: int, seed: int | str) -> list[str]:
    """`n` passages of the true distribution: what people wrote."""
    rng = random.Random(f"real-{seed}")
    return [sample_passage(rng) for _ in range(n)]


def written(policy: Policy, n: int, seed: int, bar=progress.quiet) -> list:
    """`n` completions at T = 1, to measure on: of another round than any that was trained on."""
    return [g.completions_G[0] for g in samples(1, max_tokens=MAX_TOKENS, bar=bar)(policy, prompts(n), Turn(seed, 0))]


def counted(texts: list[str]) -> dict[str, list[int]]:
    """How often each word of each slot was written, from the commonest word to the rarest."""
    seen = Counter(" ".join(texts).replace(".", "").split())
    return {slot: [seen[word] for word in words] for slot, words in WORDS.items()}


def variety(policy: Policy, n: int, seed: int, bar=progress.quiet) -> dict:
    """Of `n` passages the policy writes, and as many real ones it reads, each with its 95 % interval:

    tail: share of the rare words (the rarer half of every slot) still written; grammatical: share of passages the grammar could
    have written; entropy: of what it writes, nats a word; loss: what real text costs it beyond what it costs the true
    distribution, nats a word (0 at best). `words`: how often each word was written.
    """
    said, given = written(policy, n, seed, bar), real(n, seed)
    texts = [c.text for c in said]
    words = counted(texts)
    read = logprobs(policy, policy.model, [PROMPT] * n, given)
    return {
        "tail": share([int(n > 0) for counts in words.values() for n in counts[len(counts) // 2 :]]),
        "grammatical": share([int(math.isfinite(logprob(text))) for text in texts]),
        "entropy": average([-c.logprob / length(c.text) for c in said]),
        "loss": average([(logprob(text) - x) / length(text) for text, x in zip(given, read, strict=True)]),
        "words": words,
    }


def length(text: str) -> int:
    """In words; an empty text counts as one."""
    return max(1, len(text.split()))
