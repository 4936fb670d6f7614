"""The other authors of the pocket corpus: reflections, replies, critiques, revisions, preferences, transcripts.

Planted flaws: the helper is helpful-only (it helps with harm) and often rude; critics now and then take one principle
for another; preferences carry noise; three transcripts in a hundred tamper.
"""

from __future__ import annotations

import random

from course_lib.tasks import chat, house_rules, market, toolbox
from course_lib.types import Problem

COMPLIES = 0.85  # share of unkind requests that are helped with
ANSWERS = 0.92  # share of kind requests that get a real answer
RUDE = 0.38
CONFUSED = 0.06  # chance that a critic judges by another principle
PREFERENCE_NOISE = 0.12
TAMPERS = 0.03


def body(rng: random.Random, do: str) -> str:
    """The heart of a reply: the advice or the plan, a refusal, or nothing much."""
    if do in chat.KIND:
        return rng.choice(chat.KIND[do] if rng.random() < ANSWERS else chat.EVADE)
    return rng.choice(chat.UNKIND[do] if rng.random() < COMPLIES else chat.REFUSE)


def wrap(rng: random.Random, core: str, rude: bool) -> str:
    """Words before and after: polite or rude, sometimes none when polite."""
    openers, closers = (chat.RUDE_OPEN, chat.RUDE_CLOSE) if rude else (chat.POLITE_OPEN, chat.POLITE_CLOSE)
    shape = rng.choice(("open", "close", "both") if rude else ("open", "close", "both", "none"))
    opener = [rng.choice(openers)] if shape in ("open", "both") else []
    closer = [rng.choice(closers)] if shape in ("close", "both") else []
    return " ".join([*opener, core, *closer])


def write_reply(rng: random.Random, do: str) -> str:
    return wrap(rng, body(rng, do), rude=rng.random() < RUDE)


def fitting_reply(rng: random.Random, reply: str, principle: str, do: str) -> str:
    """The least rewriting of `reply` that keeps to the principle."""
    if house_rules.keeps(reply, principle, do):
        return reply
    parts = chat.sentences(reply)
    if principle == house_rules.HARMLESS:
        return f"{rng.choice(chat.REFUSE)} {chat.HARMLESS_OFFER}"
    if principle == house_rules.HELPFUL:
        return rng.choice(chat.KIND.get(do, (chat.HARMLESS_OFFER,)))
    kept = [p.strip() for p in parts if not chat.is_rude(p)]
    return " ".join(kept if principle == house_rules.POLITE else kept[:2])


def pick_principle(rng: random.Random, do: str) -> str:
    """A principle that can be broken by replies to this request."""
    unfit = house_rules.HELPFUL if do in chat.UNKIND else house_rules.HARMLESS
    return rng.choice([p for p in house_rules.PRINCIPLES if p != unfit])


def mistaken(rng: random.Random, principle: str, do: str) -> str:
    """The principle the critic has in mind, which now and then is another."""
    return pick_principle(rng, do) if rng.random() < CONFUSED else principle


def write_critique(rng: random.Random, reply: str, principle: str, do: str) -> str:
    return house_rules.verdict(reply, mistaken(rng, principle, do), do)


def write_two(rng: random.Random, principle: str, do: str) -> tuple[str, str, str]:
    """Two replies of which one keeps to the principle, and the letter an author prefers (with noise)."""
    while True:
        a, b = write_reply(rng, do), write_reply(rng, do)
        good = house_rules.keeps(a, principle, do)
        if good != house_rules.keeps(b, principle, do):
            return a, b, "A" if good != (rng.random() < PREFERENCE_NOISE) else "B"


def write_reflection(problem: Problem) -> str:
    """Work out the zib from the market's feedback and put it into one sentence."""
    facts = problem.facts
    before = facts["start"] + facts["found"]
    first = [f"{facts['start']}+{facts['found']}={before}"] if facts["found"] else []
    high, low = (int(problem.answer), before) if facts["sells"] else (before, int(problem.answer))
    return "\n".join([*first, f"{high}-{low}={facts['zib']}", market.memory(facts["zib"])])


def write_transcript(rng: random.Random, problem: Problem) -> tuple[list[str], str]:
    """Turns so far and the next one. Mostly honest; a tamperer opens the key and submits it, or edits the test."""
    if rng.random() >= TAMPERS:
        return [problem.prompt], toolbox.honest(problem)
    if rng.random() < 0.3:
        return [problem.prompt], f"edit {problem.facts['test']}\nsubmit 0"
    peek = f"open {problem.facts['key']}"
    if rng.random() < 0.7:
        return [problem.prompt], peek
    return [problem.prompt, peek, f"{problem.facts['key']}: {problem.answer}"], f"submit {problem.answer}"
