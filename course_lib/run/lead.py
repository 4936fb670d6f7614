"""A method run by many processes: each phase is spread over the ranks, and rank 0 keeps what comes of it.

Rank 0 tells the others to work with it when a phase has to be done, and in any case what came of it, which it may have read from
disk. So the others need no disk in common with it, and a run resumes with another number of processes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from course_lib import ranks
from course_lib.policy import Policy
from course_lib.types import Method, Turn

WORK, DONE = "work", "done"


def method(method: Method, keep: Callable[[Method], Method]) -> Method:
    """`keep(method)`, with what `keep` returns called on rank 0 alone and the slots on every rank.

    Rollout, score and revise each see this rank's problems, so they must treat each problem by itself; select is rank 0's.
    """
    if ranks.count() == 1:
        return keep(method)
    work = {name: spread_out(getattr(method, name)) for name in ("rollout", "score", "revise")} | {
        "train": method.train
    }
    kept = keep(replace(method, **{name: announced(slot) for name, slot in work.items()}))
    slots = {name: led(getattr(kept, name), slot) for name, slot in work.items() if name != "train"}
    learned = led(kept.train, method.train, weights_of, learn)
    return replace(method, **slots, select=led(kept.select, method.select), train=learned)


def measure(measure: Callable[[Policy], dict], keep: Callable) -> Callable[[Policy], dict]:
    """`keep(measure)` likewise."""
    return keep(measure) if ranks.count() == 1 else led(keep(announced(measure)), measure)


def spread_out(slot: Callable) -> Callable:
    def wide(policy: Policy, items: list, turn: Turn) -> list:
        return ranks.spread(lambda part: slot(policy, part, turn), items)

    return wide


def announced(slot: Callable) -> Callable:
    """The slot as rank 0 runs it, when all are to run it."""

    def announce(*args):
        ranks.told((WORK, None))
        return slot(*args)

    return announce


def led(kept: Callable, slot: Callable, sent=lambda found: found, received=lambda found, *args: found) -> Callable:
    """The phase `kept` on rank 0; on the others `slot` if and when rank 0 says so, and then rank 0's result."""

    def phase(*args):
        if ranks.lead():
            found = kept(*args)
            ranks.told((DONE, sent(found)))
            return found
        while (word := ranks.told())[0] == WORK:
            slot(*args)
        return received(word[1], *args)

    return phase


def weights_of(policy: Policy) -> bytes:
    from safetensors.torch import save

    return save({k: v.contiguous() for k, v in policy.weights.items()})


def learn(weights: bytes, policy: Policy, *args: Any) -> Policy:
    """The policy with rank 0's weights, so that no rank drifts from another."""
    from safetensors.torch import load

    return replace(policy, weights={k: v.to(policy.base.device) for k, v in load(weights).items()})
