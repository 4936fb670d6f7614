"""Two runs of one method, and nobody tells which is which: learning from votes where most are right, and where most are not."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from functools import partial

from course_lib import show
from course_lib.lesson import gauges
from course_lib.lesson.room import Room
from course_lib.lesson.runs import Run
from course_lib.methods import ttrl
from course_lib.run.experiment import unfinished
from course_lib.show.picture import Picture
from course_lib.tasks.stories import HARD, without
from course_lib.types import Problem
from course_lib.votes import by_majority
from course_lib.watch import OWN

PLAIN, DOZEN = (
    "stories of five and six steps, where wrong votes scatter",
    "stories with a dozen, which most of the town takes for ten",
)


@dataclass(frozen=True)
class Unlabelled:
    """A run, what it was trained on in words, and fresh problems of the same kind."""

    run: Run
    what: str
    fresh: list[Problem]

    @property
    def score(self) -> list[dict]:
        """Its own score of fresh answers, by round: all that its owner looked at."""
        return scores(self.run.found)


def unlabelled(room: Room, rounds: int, names: tuple[str, str] = ("A", "B")) -> dict[str, Unlabelled]:
    """TTRL on plain stories and on dozen stories, the names given out by lot. A stop keeps what is finished."""
    kinds = [(PLAIN, HARD, False), (DOZEN, (3, 4), True)]
    random.Random(f"names-{room.seed}").shuffle(kinds)
    found: dict[str, Unlabelled] = {}
    for name, kind in zip(names, kinds, strict=True):
        found[name] = one(room, f"run {name}", rounds, *kind)
        if unfinished([row["kept"] for row in found[name].run.found["rounds"]], rounds):
            break
    return found


def one(room: Room, name: str, rounds: int, what: str, levels: tuple[int, ...], dozen: bool) -> Unlabelled:
    train = room.stories(len(room.train), levels, 21, dozen)
    fresh = without(room.stories(len(room.train) + len(room.fresh), levels, 22, dozen), train)[: len(room.fresh)]
    k, gauge = room.budget.k, partial(gauges.watched, score=by_majority)
    here = replace(room, train=train, fresh=fresh, gauge=gauge, live=only_the_score, end=only_the_score)
    method = ttrl(2 * k, k, lr=room.lr * 0.35, max_tokens=room.max_tokens)
    return Unlabelled(here.run(replace(method, name=name), rounds, control=False), what, fresh)


def only_the_score(found: dict) -> Picture:
    """Gold is measured, and not shown."""
    return show.several({found["method"]: scores(found)}, "score", "its own score of fresh answers (%)", of="stories")


def scores(found: dict) -> list[dict]:
    return [{"round": r["round"], "score": r["checks"][OWN]} for r in found["rounds"]]
