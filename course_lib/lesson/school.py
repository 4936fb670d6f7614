"""Public problems in the place of stories: what a real model trains on and is measured on, and how it does level by level."""

from __future__ import annotations

import random
from collections.abc import Sequence

from course_lib.errors import need
from course_lib.lesson.budget import Budget
from course_lib.statistics import mean, of_shares, paired_gain
from course_lib.tasks import columns, hub, people
from course_lib.types import Problem

STORIES = "stories"
LONG = 512  # tokens of a MATH-500 answer at most
USUAL = 320  # of a GSM8K answer in an instruct model's words
REPLY = 512  # of a reply to people's questions
DRAWN = (
    "{task}: {train} of {all_train:,} problems to train on, {fresh} of {all_fresh:,} others to measure on. "
    "Each has a plain number for an answer.\n"
    "Sliders, recordings and claims show the pocket model; whatever needs the town's facts goes on with stories."
)

ASKED = (
    "{task}: {train} of {all_train:,} questions to train on, {fresh} of {all_fresh:,} others to measure on. "
    "People wrote them, the replies given and their ranking; no reply is called right."
)


def longest(task: str) -> int:
    """Tokens an answer may have, by the set that `task` names or whose columns it has."""
    return LONG if hub.kind_of(task) is columns.MATH500 else USUAL


def drawn(task: str, model: str, size: Budget, share: float, seed: int) -> tuple[list[Problem], list[Problem]]:
    """(to train on, fresh) of a public set, as many as the budget says or as there are. Says how many that is of how many."""
    need(
        model != "pocket",
        f"TASK is {task!r}, and the pocket model knows only its town: set MODEL to a real model, or TASK to 'stories'.",
    )
    return some_of(hub.both(task), (max(4, int(size.problems * share)), size.fresh), seed, DRAWN, task)


def asked(source: str, model: str, size: Budget, seed: int) -> tuple[list[Problem], list[Problem]]:
    """(to train on, fresh) of people's questions: "oasst1" or a folder with that set's files. Says how many of how many."""
    need(
        model != "pocket", f"PEOPLE is {source!r}, and the pocket model knows only its town: set MODEL to a real model."
    )
    return some_of(people.both(source), (size.problems, size.fresh), seed, ASKED, source)


def some_of(every: tuple[list, list], sizes: tuple[int, int], seed: int, say: str, name: str):
    """As many of both as are wanted, or as there are, drawn by lot and told."""
    train, fresh = (
        random.Random(f"{kind}-{seed}").sample(part, min(n, len(part)))
        for kind, part, n in zip(("train", "fresh"), every, sizes, strict=True)
    )
    counts = dict(zip(("all_train", "all_fresh"), map(len, every), strict=True))
    print(say.format(task=name, train=len(train), fresh=len(fresh), **counts))
    return train, fresh


def by_level(problems: Sequence[Problem], before: Sequence[float], after: Sequence[float]) -> str:
    """A line for each level: how many problems, the share right before and after, and the paired difference (95 % intervals).

    `before[i]` and `after[i]` are the share of right answers to `problems[i]`, 0 to 1.
    """
    lines = []
    for level in sorted({p.level for p in problems}):
        mine = [i for i, p in enumerate(problems) if p.level == level]
        then, now = ([shares[i] for i in mine] for shares in (before, after))
        low, high = (100 * x for x in of_shares(then))
        gain = paired_gain(now, then)
        least, most = (100 * x for x in gain["interval"])
        lines.append(
            f"level {level}, n = {len(mine)}: {mean(then):.1%} [{low:.1f}, {high:.1f}] before, {mean(now):.1%} after: "
            f"{100 * gain['value']:+.1f} points [{least:+.1f}, {most:+.1f}]"
        )
    return "\n".join(lines)
