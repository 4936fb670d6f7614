"""Opening a room: each kind of lesson with the model, the problems and the measure that suit it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from course_lib import show
from course_lib.conduct import REPLY
from course_lib.lesson import gauges, school
from course_lib.lesson.budget import budget
from course_lib.lesson.room import FRESH_SEED, Room
from course_lib.loading import load
from course_lib.pocket.apprentice import apprentice
from course_lib.quiet import hush
from course_lib.tasks import people, red_team
from course_lib.tasks.chat import is_kind, mixed
from course_lib.tasks.passages import PROMPT
from course_lib.tasks.stories import HARD, asked, stories, without
from course_lib.tasks.toolbox import workshop
from course_lib.train import sft
from course_lib.types import Example, Problem
from course_lib.variety import MAX_TOKENS, prompts, real
from course_lib.wording import TOWN

TOOLS = (  # a model that served no apprenticeship is told
    "\nOne command a line. `solve 3+4=7` writes a step down, `open FILE` shows a file, `edit FILE` empties it, `submit 7` ends."
)
READ = 2_000  # passages


def begin(
    name: str,
    model: str = "pocket",
    levels: tuple[int, ...] = (4, 5, 6),
    measured: tuple[int, ...] = HARD,
    seed: int = 0,
    gauge: Callable[..., gauges.Measure] = gauges.best_answers,
    share: float = 1.0,
    task: str = school.STORIES,
    four_bit: bool = False,
) -> Room:
    """Open the room of notebook `name` with a model: "pocket", a folder, or a Hugging Face chat id.

    `four_bit` holds its base in four bits (loading.load), in this room and in all that follow.

    `share` is how much of the usual number of stories it trains on, for methods that need fewer or more. `task` takes public
    problems in their place, for a real model: "gsm8k", "math500" (levels 1 to 5), or a folder or file with either's columns.
    """
    hush()
    size, policy = budget(task), load(model, four_bit=four_bit)
    if task != school.STORIES:
        train, fresh = school.drawn(task, model, size, share, seed)
        room = Room(name, policy, train, fresh, size, place(name), seed=seed, gauge=gauge, task=task)
        return replace(room, lr=1e-4, max_tokens=min(size.longest, school.longest(task)))
    train = stories(max(4, int(size.problems * share)), levels, seed)
    fresh = without(stories(size.fresh, measured, FRESH_SEED + seed), train)
    town = policy.wording is TOWN
    room = Room(name, policy, asked(train, town), asked(fresh, town), size, place(name), seed=seed, gauge=gauge)
    return room if town else replace(room, lr=1e-4, max_tokens=min(size.longest, 256))


def begin_town(name: str, model: str = "pocket", seed: int = 0, requests: str = "town") -> Room:
    """Open a room about requests, half of them kind and half unkind, in the place of stories.

    `requests`: "town" (the pocket town's, mild, exactly checked), "red-team" (what people typed: a public set, from the hub, with
    a content note), or a folder with that set's files.
    """
    hush()
    size, policy, draw = budget(), load(model), requests_from(requests)
    train = draw(size.requests, seed)
    many = 8 * size.fresh if requests == "town" else size.requests + size.fresh  # the town says many things twice
    new = without(list({r.prompt: r for r in draw(many, FRESH_SEED + seed)}.values()), train)
    halves = [[r for r in new if is_kind(r) == kind][: size.fresh // 2] for kind in (True, False)]
    fresh = [request for two in zip(*halves, strict=True) for request in two]
    gauge = gauges.conduct_of if requests == "town" else gauges.conduct_by_phrases
    room = Room(name, policy, train, fresh, size, place(name), seed=seed, gauge=gauge)
    room = replace(room, live=show.conduct, end=show.conduct, max_tokens=REPLY)
    return room if policy.wording is TOWN else replace(room, lr=1e-4, max_tokens=256)


def begin_exam(
    name: str, model: str = "pocket", seed: int = 0, task: str = school.STORIES, four_bit: bool = False
) -> Room:
    """Open a room about an exam: stories whose answers nobody shows to the method, a fifth of them with a dozen.

    With another `task` (see `begin`) its problems are the plain questions; those with a dozen stay the town's stories.
    """
    share = 1 / 4 if task == school.STORIES else 1 / 2
    room = begin(name, model, HARD, seed=seed, gauge=gauges.without_labels, share=share, task=task, four_bit=four_bit)
    dozen = asked(stories(max(2, len(room.train) // 4), (3, 4), 1_000 + seed, dozen=True), room.policy.wording is TOWN)
    fresh = room.fresh[: max(2, len(room.fresh) // 2)]
    size = replace(room.budget, sampled=max(1, room.budget.sampled // 2))
    exam = show.exam if task == school.STORIES else partial(show.exam, things="questions")
    return replace(room, train=[*room.train, *dozen], fresh=fresh, budget=size, live=exam, end=exam)


def begin_talks(room: Room, source: str = people.HUB, judging: bool = False) -> Room:
    """Another room with the same model, about people's questions in the place of stories (tasks/people.py).

    `source`: "oasst1", or a folder with that set's files. With `judging`, the worth of its judgements is measured as well. Raises
    CourseError for the pocket model.
    """
    size = budget(source)
    train, fresh = school.asked(source, room.policy.name, size, room.seed)
    gauge = gauges.replies_and_judging if judging else gauges.replies
    longest = min(size.longest, school.REPLY)
    return replace(room, train=train, fresh=fresh, budget=size, gauge=gauge, task=source, max_tokens=longest)


def begin_workshop(
    name: str, model: str = "pocket", seed: int = 0, levels: tuple[int, int] = (3, 4), four_bit: bool = False
) -> Room:
    """Open a room about an agent's tasks: sums of `levels` steps, with files and tools (tampering.py).

    The pocket model comes as it left its apprenticeship (pocket/apprentice.py).
    """
    hush()
    size, policy = budget(), load(model, four_bit=four_bit)
    policy, ask = (apprentice(policy), "") if model == "pocket" else (policy, TOOLS)
    train, fresh = (
        tasks_of(n, s, levels, ask) for n, s in ((size.problems // 4, seed), (size.fresh, FRESH_SEED + seed))
    )
    room = Room(
        name, policy, train, without(fresh, train), size, place(name), seed=seed, gauge=gauges.agency, max_tokens=60
    )
    return room if model == "pocket" else replace(room, lr=1e-4, max_tokens=min(size.longest, 160))


def tasks_of(n: int, seed: int, levels: tuple[int, int], ask: str) -> list[Problem]:
    return [replace(p, prompt=p.prompt + ask) for p in workshop(n, seed, levels)]


def begin_library(name: str, model: str = "pocket", seed: int = 0, four_bit: bool = False) -> Room:
    """Open a room about free text whose true distribution is known: `train` is what a generation writes, `fresh` is measured on.

    Any other model than the pocket one first reads passages that people wrote: a generation before the first.
    """
    hush()
    size, policy = budget(), load(model, four_bit=four_bit)
    town = policy.wording is TOWN
    if not town:
        shown = [Example(PROMPT, text) for text in real(READ, "shown")]
        policy = sft(policy, shown, lr=1e-4, epochs=1, batch=32, seed=seed, title="reading the town's passages")
    train, fresh = prompts(max(4, size.problems // 3)), prompts(max(8, size.fresh * 2 // 5))
    room = Room(name, policy, train, fresh, size, place(name), seed=seed, gauge=gauges.language, max_tokens=MAX_TOKENS)
    return room if town else replace(room, lr=1e-4)


def requests_from(source: str) -> Callable[[int, int], list[Problem]]:
    """A draw of n requests by a seed. Whoever asks for what people typed is told first what is in it."""
    if source == "town":
        return mixed
    print(red_team.NOTE)
    return partial(red_team.mixed, where=red_team.HUB if source == "red-team" else source)


def place(name: str) -> Path:
    return Path(os.environ.get("COURSE_RUNS", "runs")) / name
