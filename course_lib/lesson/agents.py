"""Two runs that train nothing: a search over workflows, and the filling of a library of skills. Each with its control."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from course_lib import progress, show
from course_lib.answers import same_answer
from course_lib.controls import Runner, runner
from course_lib.controls.work import need_no_panel
from course_lib.errors import need
from course_lib.lesson import asked as on_disk
from course_lib.lesson.room import Room
from course_lib.methods.aflow import Choose, Tried, aflow, mixed, on, right, winner
from course_lib.methods.voyager import Learned, Store, answered, checked, voyager
from course_lib.rollout import samples
from course_lib.select import first
from course_lib.show.picture import Picture
from course_lib.skill_library import Library
from course_lib.statistics import mean
from course_lib.types import Group, Problem, Turn
from course_lib.workflow import CALLS, GENERATE, Desk, Workflow, run, vote

LONG = (8, 10)  # steps of stories that the base hardly ever solves
HALF = {"8 and 10 steps": False, "the same with a dozen": True}


# ---- workflows


@dataclass(frozen=True)
class Found:
    """All workflows tried; the desks where validation and fresh stories are asked; name → (calls, outcomes) on fresh ones."""

    tried: list[Tried]
    told: Desk
    desk: Desk
    arms: dict[str, tuple[float, list[float]]] = field(default_factory=dict)

    @property
    def best(self) -> Tried:
        return winner(self.tried)

    def picture(self) -> Picture:
        return show.found(self.arms, self.best, self.told.seed, "A workflow that was searched for")

    def _repr_mimebundle_(self, **kwargs):
        return self.picture()._repr_mimebundle_(**kwargs)

    def __repr__(self) -> str:
        return repr(self.picture())


def search(
    room: Room, evaluations: int = 24, limit: int = 4, validation: int = 64, choose: Choose | None = None, remember=True,
    operators: Sequence[str] = tuple(CALLS), beside: Found | None = None, title: str = "The search", draw=None, say=print,
    bar=progress.quiet,
) -> Found:  # fmt: skip
    """Search on the first `validation` stories of the room, then measure the winner, its control and one answer on fresh ones.

    The control is a vote among `limit` answers, the calls that the search may spend. `beside`: another search, whose
    answers are known and not drawn again. ■ ends the search and keeps what was tried.
    What was asked is kept in the room's folder, so the same search again is read.
    """
    if draw is None:
        need_no_panel()
    told, canvas = room.train[:validation], draw or show.live().draw
    here = beside.told if beside else on_disk.desk(room, room.seed, bar)
    how = {"evaluations": evaluations, "limit": limit, "operators": operators, "remember": remember, "seed": room.seed}
    tried = aflow(
        on(here, told), choose=choose or mixed(), **how, say=say,
        show=lambda tried: canvas(show.searched(tried, title, room.seed)),
    )  # fmt: skip
    on_disk.keep(room, here)
    need(len(tried) > 0, "the search was stopped before its first workflow was carried out: run the cell again.")
    canvas(show.searched(tried, title, room.seed), force=True)
    if not any(t.score for t in tried):
        say("The search kept nothing: no workflow solved a single validation story, so all are alike to it.")
    found = Found(tried, here, beside.desk if beside else exam(room, bar))
    found.arms["found"] = gold(room, found.desk, found.best.workflow)
    found.arms[f"control: {vote(limit)}"] = gold(room, found.desk, vote(limit))
    found.arms["base"] = gold(room, found.desk, GENERATE)
    if draw is not None:
        draw(found.picture(), force=True)
    return found


def exam(room: Room, bar=progress.quiet) -> Desk:
    """Where fresh stories are asked: with other lots than the search's."""
    return on_disk.desk(room, room.seed + 1_000_000, bar)


def gold(room: Room, desk: Desk, workflow: Workflow) -> tuple[float, list[float]]:
    """Mean calls and outcomes of a workflow on the room's fresh stories."""
    known, said = len(desk.known), run(workflow, desk, room.fresh)
    if len(desk.known) > known:
        on_disk.keep(room, desk)
    return mean([float(s.calls) for s in said]), right(said, room.fresh)


# ---- skills


@dataclass(frozen=True)
class Collected:
    """What was learned, and by kind of story the long ones with the base's own answers: one more than lessons cost for each."""

    learned: Learned
    asked: dict[str, list[Group]]
    seed: int = 0

    def arms(self, library: Library | None = None, name: str = "with the library") -> dict[str, dict[str, list[float]]]:
        """By kind of story: one attempt with a library, and as many answers without one."""
        library = library or self.learned.library
        return {
            kind: {name: one_attempt(library, groups), "control: as many answers, no library": any_right(groups)}
            for kind, groups in self.asked.items()
        }

    def picture(self) -> Picture:
        return show.solved(self.arms(), self.seed, "Long stories, one attempt each")

    def _repr_mimebundle_(self, **kwargs):
        return self.picture()._repr_mimebundle_(**kwargs)

    def __repr__(self) -> str:
        return repr(self.picture())


def collect(
    room: Room, lessons: list[Problem], k: int = 4, store: Store = checked, long: int = 200, draw=None, say=print,
    bar=progress.quiet,
) -> Collected:  # fmt: skip
    """Fill a library from `k` answers to each lesson, then try it on `long` long stories of each kind, beside its control.

    The control has as many answers in all: what the lessons took, shared among the long stories, and one more for each.
    """
    if draw is None:
        need_no_panel()
    learned = voyager(
        room.policy, lessons, k=k, store=store, seed=room.seed, max_tokens=room.max_tokens, bar=bar, say=say
    )
    if not learned.library.skills:
        say("The lessons kept nothing: no skill could be stored, so every story is left to the model itself.")
    long = min(long, len(room.fresh))
    m = 1 + ceil(learned.answers / long)
    attempt = samples(m, max_tokens=room.max_tokens, bar=bar)
    asked = {kind: drawn(room, room.stories(long, LONG, 7, dozen), m, attempt) for kind, dozen in HALF.items()}
    found = Collected(learned, asked, room.seed)
    if draw is not None:
        draw(found.picture(), force=True)
    return found


def one_attempt(library: Library, groups: list[Group]) -> list[float]:
    """Each story once: by the library, or by the model's first answer where a skill is missing."""
    return [g.scores_G[0] for g in with_library(library, groups)]


def drawn(room: Room, told: list[Problem], m: int, attempt) -> list[Group]:
    """`m` answers to each story, kept in the room's folder."""
    return on_disk.groups(room, "long", [told, m], lambda: attempt(room.policy, told, Turn(room.seed, 0)))


def with_library(library: Library, groups: list[Group]) -> list[Group]:
    """The same stories, each with its one attempt."""
    told = [g.problem for g in groups]
    said = answered(library, told, [g.completions_G[0] for g in groups])
    return [Group(p, (c,), (float(same_answer(c.text, p.answer)),)) for p, c in zip(told, said, strict=True)]


def any_right(groups: list[Group], m: int | None = None) -> list[float]:
    """Is one of a story's first `m` answers right? Someone has to tell which: a lucky hit counts."""
    return [float(any(same_answer(c.text, g.problem.answer) for c in g.completions_G[:m])) for g in groups]


def grown(found: Collected, kind: str, store: Store, room: Room, k: int, steps: int = 6) -> Picture:
    """How many long stories of a kind a library solves, by how many of the lessons it was filled from; `k` answers of each."""
    groups, seed = [first(g, k) for g in found.learned.groups], found.seed
    sizes = sorted({ceil(len(groups) * i / steps) for i in range(1, steps + 1)})
    spread = spread_out(groups)
    libraries = [store(room.policy, sorted(spread[:n], key=lambda g: g.problem.level), seed)[0] for n in sizes]
    long = found.asked[kind]
    arms = {
        "with the library": [one_attempt(library, long) for library in libraries],
        "control: as many answers, no library": [any_right(long, 1 + ceil(n * k / len(long))) for n in sizes],
    }
    return show.grown(sizes, arms, f"stories of {kind}" if kind[0].isdigit() else "dozen stories", seed, "By lessons")


def spread_out(groups: list[Group]) -> list[Group]:
    """The lessons in an order in which every beginning holds all lengths, with and without a dozen."""
    kinds: dict[Any, list[Group]] = {}
    for g in groups:
        kinds.setdefault((g.problem.level, g.problem.facts.get("dozen_at") is not None), []).append(g)
    places = [(i / len(row), key, g) for key, row in kinds.items() for i, g in enumerate(row)]
    return [g for *_, g in sorted(places, key=lambda place: place[:2])]


def try_out(make: Callable[..., Any], shown: Any, **sliders) -> Runner:
    """A Run button for `make(bar=…, draw=…, say=…, **values)`. Until then the figure shows `shown`."""

    def start(bar, draw, say, **values):
        return make(bar=bar, draw=draw, say=say, **values)

    return runner(start, picture=shown, **sliders)
