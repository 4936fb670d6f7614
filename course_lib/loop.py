"""The only loop. Every method of the course is this function with another piece in one of its slots."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from course_lib.errors import need, need_count
from course_lib.plural import counted
from course_lib.policy import Policy
from course_lib.types import Group, Method, Problem, Round, Turn

NOTHING_KEPT = (
    "Round {round} kept nothing: no completion passed the filter, so there is nothing to learn from. "
    "{cut} (none of those is ever imitated). Take easier problems, a larger K, a higher temperature, a lower threshold, or more "
    "tokens an answer; where answers are compared, in pairs or groups, a problem's scores were all alike or too close: take more "
    "judgements or a smaller margin. The policy so far is returned."
)


def improve(
    policy: Policy,
    problems: list[Problem],
    method: Method,
    *,
    rounds: int,
    measure: Callable[[Policy], dict],
    seed: int = 0,
    show=lambda log: None,
    say=print,
) -> tuple[Policy, list[Round]]:
    """Generate, score, select, train, `rounds` times. Returns the last policy and one Round for each policy measured; a round
    that kept nothing is the last one, and has the numbers of the one before.

    An interrupt (Ctrl-C, or the stop button of a notebook) ends the loop with what it has.
    """
    need_names(problems)
    need_count("rounds", rounds, least=0)
    base, log = policy, []
    try:
        log.append(Round(0, measure(policy)))
        show(log)
        for turn in (Turn(seed, r) for r in range(1, rounds + 1)):
            began = time.monotonic()
            groups = method.rollout(policy, problems, turn)
            groups = method.score(policy, groups, turn)
            groups = method.revise(policy, groups, turn)
            kept = method.select(groups, turn)
            if not kept:
                say(NOTHING_KEPT.format(round=turn.round, cut=cut(groups)))
                log.append(replace(log[-1], round=turn.round, kept=0, seconds=time.monotonic() - began))
                show(log)
                break
            trained = method.train(base if method.from_base else policy, kept, turn)
            log.append(Round(turn.round, measure(trained), len(kept), time.monotonic() - began))
            policy = trained
            show(log)
    except KeyboardInterrupt:
        say(f"Stopped. {counted(max(0, len(log) - 1), 'finished round')} kept.")
    return policy, log


def cut(groups: list[Group]) -> str:
    """How many completions did not come to their end, in words."""
    unfinished = [not c.finished for g in groups for c in g.completions_G]
    return f"Of {counted(len(unfinished), 'completion')} {sum(unfinished)} reached the limit of tokens"


def need_names(problems: list[Problem]) -> None:
    """Raise CourseError where two problems have one id: what is sampled and revised is told apart by it."""
    twice = [id for id, n in Counter(p.id for p in problems).items() if n > 1]
    need(not twice, f"several problems have the id {', '.join(map(repr, twice[:1]))}: give each its own.")
