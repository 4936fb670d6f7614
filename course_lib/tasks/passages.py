"""Short free text from a grammar with a long tail, whose true distribution is known exactly.

A passage is three sentences drawn independently: a pattern, then a word for each slot. Words follow Zipf's law within
their slot, so the true probability of any passage is a product read off the text.
"""

from __future__ import annotations

import math
import random
import re

PROMPT = "Write a short passage about the town."
SENTENCES = 3
PATTERNS = (  # (probability, sentence)
    (0.5, "The {trait} {animal} {does} {where} the {place}."),
    (0.3, "{weather} came over the {place}."),
    (0.2, "One {animal} {does} and the {animal} {does}."),
)
WORDS = {  # each list from common to rare
    "trait": "old small grey quick shy proud tired brave clever hungry sleepy lonely gentle noisy silent curious".split(),
    "animal": (
        "fox cat crow goat horse mouse owl hen duck sheep frog bear wolf hare swan goose mole bat deer snail otter "
        "badger lynx stork toad weasel robin heron newt finch beetle magpie lizard marten raven falcon kestrel dormouse "
        "polecat curlew"
    ).split(),
    "does": "sleeps runs waits sings hides drinks jumps dances listens wanders shivers whistles stumbles vanishes".split(),
    "where": "near behind under beside above beyond".split(),
    "place": (
        "mill bridge church market river well forest tower barn harbour school garden gate inn meadow orchard forge "
        "chapel quarry lighthouse tannery cellar stable vineyard"
    ).split(),
    "weather": "Rain Fog Wind Snow Thunder Hail Frost Drizzle Sleet Dusk".split(),
}
SLOT = re.compile(r"\{(\w+)\}")


def chances(slot: str) -> list[float]:
    """Zipf: the r-th word of a slot has probability proportional to 1/r."""
    weights = [1 / (rank + 1) for rank in range(len(WORDS[slot]))]
    return [w / sum(weights) for w in weights]


def sample_passage(rng: random.Random) -> str:
    """One passage from the true distribution."""

    def sentence() -> str:
        pattern = rng.choices([p for _, p in PATTERNS], [w for w, _ in PATTERNS])[0]
        return SLOT.sub(lambda m: rng.choices(WORDS[m[1]], chances(m[1]))[0], pattern)

    return " ".join(sentence() for _ in range(SENTENCES))


def logprob(passage: str) -> float:
    """True log-probability of a passage in nats; -inf for text the grammar cannot write."""
    parts = re.findall(r"[^.]+\.", passage)
    if len(parts) != SENTENCES or "".join(parts) != passage:
        return -math.inf
    return sum(_sentence_logprob(part.strip()) for part in parts)


def _sentence_logprob(sentence: str) -> float:
    for chance, pattern in PATTERNS:
        slots = SLOT.findall(pattern)
        match = re.fullmatch(SLOT.sub(r"(\\S+)", re.escape(pattern).replace(r"\{", "{").replace(r"\}", "}")), sentence)
        if match and all(word in WORDS[slot] for slot, word in zip(slots, match.groups(), strict=True)):
            return math.log(chance) + sum(
                math.log(chances(slot)[WORDS[slot].index(word)])
                for slot, word in zip(slots, match.groups(), strict=True)
            )
    return -math.inf


def entropy() -> float:
    """Exact entropy of a passage in nats."""

    def of(chances_: list[float]) -> float:
        return -sum(p * math.log(p) for p in chances_)

    slots = sum(w * sum(of(chances(slot)) for slot in SLOT.findall(p)) for w, p in PATTERNS)
    return SENTENCES * (of([w for w, _ in PATTERNS]) + slots)


def spread() -> float:
    """Standard deviation of −log p over passages, in nats, exactly: sentences are independent, and so are a pattern's slots."""

    def moments(chances_: list[float]) -> tuple[float, float]:
        mean = -sum(p * math.log(p) for p in chances_)
        return mean, sum(p * math.log(p) ** 2 for p in chances_) - mean**2

    each = []  # (weight, mean, variance) of −log p of a sentence of each pattern
    for weight, pattern in PATTERNS:
        slots = [moments(chances(slot)) for slot in SLOT.findall(pattern)]
        each.append((weight, sum(m for m, _ in slots) - math.log(weight), sum(v for _, v in slots)))
    mean = sum(w * m for w, m, _ in each)
    return math.sqrt(SENTENCES * sum(w * (v + (m - mean) ** 2) for w, m, v in each))


def by_frequency() -> list[tuple[str, str]]:
    """Every (slot, word), from the one that a passage holds most often to the rarest."""
    uses = {slot: sum(w * SLOT.findall(pattern).count(slot) for w, pattern in PATTERNS) for slot in WORDS}
    often = {(slot, word): uses[slot] * p for slot in WORDS for word, p in zip(WORDS[slot], chances(slot), strict=True)}
    return sorted(often, key=lambda place: -often[place])


def tail(slot: str = "animal") -> list[str]:
    """The rarest half of a slot's words: what a model that eats its own words forgets first."""
    return WORDS[slot][len(WORDS[slot]) // 2 :]
