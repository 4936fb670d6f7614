"""The room a lesson takes place in: a policy, problems to train on, fresh ones to measure on, and a folder of its own."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from course_lib import progress, show
from course_lib.claims import table as claims
from course_lib.conduct import REPLY
from course_lib.controls import Choice, Runner, runner
from course_lib.controls.work import going
from course_lib.errors import need
from course_lib.experiment import problems_hash
from course_lib.fingerprint import fingerprint
from course_lib.lesson import gauges, predictions, runs
from course_lib.lesson.budget import Budget, budget
from course_lib.methods import control as control_of
from course_lib.policy import Policy, load, pocket_folder, weights_hash
from course_lib.quiet import hush
from course_lib.rollout import samples
from course_lib.score import verify
from course_lib.show.page import Page, block
from course_lib.show.picture import Picture
from course_lib.tasks import red_team
from course_lib.tasks.chat import is_kind, mixed
from course_lib.tasks.market import Market, places
from course_lib.tasks.stories import HARD, stories, without
from course_lib.types import Group, Method, Problem, Turn

ASK = " Write one step a line, like 3+4=7. End with a line '#### ' and the number."  # a real model must be told
FRESH_SEED = 4_000_000


@dataclass(frozen=True)
class Room:
    """`policy` and `train` to begin with, `fresh` to measure on; `lr` and `max_tokens` that suit the model."""

    name: str
    policy: Policy
    train: list[Problem]
    fresh: list[Problem]
    budget: Budget
    folder: Path
    lr: float = 2e-3
    max_tokens: int = 160
    seed: int = 0
    gauge: Callable[..., gauges.Measure] = gauges.best_answers
    live: Callable[[dict], Picture] = show.curves
    end: Callable[[dict], Picture] = show.compare

    def stories(self, n: int, levels: tuple[int, ...] = HARD, seed: int = 1, dozen: bool = False) -> list[Problem]:
        """Other stories, asked as this model needs it."""
        return asked(stories(n, levels, FRESH_SEED + 1000 + seed, dozen), self.policy.name)

    def markets(self, n: int, seed: int = 1, telling: bool = True) -> list[Market]:
        """Markets to make attempts in, their stories asked as this model needs it."""
        ask = "" if self.policy.name == "pocket" else ASK
        return places(min(n, len(self.fresh)), FRESH_SEED + seed, telling, ask)

    def answers(self, problems: list[Problem], k: int = 4, policy: Policy | None = None) -> list[Group]:
        """`k` samples of each problem, verified where there is a right answer."""
        policy, turn = policy or self.policy, Turn(self.seed, 0)
        drawn = samples(k, max_tokens=self.max_tokens)(policy, problems, turn)
        return verify(policy, drawn, turn) if all(p.answer is not None for p in problems) else drawn

    def measure(self, bar=progress.quiet):
        """What the loop measures each round: gold on the fresh problems."""
        return self.gauge(self, bar)

    def run(
        self, method: Method, rounds: int | None = None, control: bool = True, twin: Method | None = None
    ) -> runs.Run:
        """The method beside its matched control (or another `twin`), with a live figure; ■ stops it and keeps what it has."""
        need(not going(), "A run of a panel is going: wait for its end or press its Stop, then run this cell again.")
        return self._run(method, self.measure(), self.budget.rounds if rounds is None else rounds, control, twin)

    def _run(
        self, method: Method, measure, rounds: int, control: bool, twin: Method | None = None, **shown
    ) -> runs.Run:
        made_of = (method, twin or control_of(method), rounds, control, self.gauge, self.begun_with())
        place = self.folder / f"{method.name.replace(' ', '-')}-{fingerprint(*made_of, self.problems())}"
        how = {"rounds": rounds, "seed": self.seed, "with_control": control, "twin": twin}
        pictures = {"live": self.live, "end": self.end}
        return runs.run(self.policy, method, self.train, measure, place, **how, **pictures, **shown)

    def problems(self) -> str:
        return problems_hash((self.train, self.fresh))

    def begun_with(self) -> list:
        """What else decides a run's numbers: the policy it begins with, the seed, and how much is measured."""
        policy = self.policy
        return [weights_hash(policy.model), policy.lora, self.seed, self.budget, self.max_tokens]

    def play(
        self, make, picture=None, rounds: int | dict = 1, twin: Callable[[Method], Method] | None = None, **sliders
    ) -> Runner:
        """A Run button for `make(bar=..., **values)`, a method built from the sliders' values, and its matched control.

        `rounds` is a number, or a slider of its own; `twin` makes another control of the method than the matched one.
        The same values again: a stopped run goes on, a finished one is read.
        """

        def start(bar, draw, say, **values):
            n = values.pop("rounds", rounds)
            method = make(bar=bar, **values)
            return self._run(method, self.measure(bar), n, True, twin and twin(method), draw=draw, say=say)

        return runner(start, picture=picture, **sliders, **({} if isinstance(rounds, int) else {"rounds": rounds}))

    def claim(
        self, id: str, here: dict | None = None, picture: Callable[[dict], Picture] | None = None
    ) -> Page | Picture:
        """The evidence of a claim as `make claims` found it, beside what this page found, or in another `picture`."""
        rows = {r["id"]: r for r in claims.read(pocket_folder().parent / "claims.json")}
        if id not in rows:
            words = f"{id} has not been measured yet; make claims does it."
            return Page(block(words), words)
        return picture(rows[id]) if picture else show.claim(rows[id], here)

    def predict(self, question: str, *options: str) -> Choice:
        """Ask for a prediction and keep it."""
        return predictions.ask(self.folder / "predictions.json", question, options)

    def recall(self, question: str, measured: str) -> Page:
        """The prediction again, beside what was measured."""
        return predictions.recall(self.folder / "predictions.json", question, measured)

    def things(self) -> str:
        return "requests" if self.gauge in (gauges.conduct_of, gauges.conduct_by_phrases) else "stories"

    def _repr_html_(self) -> str:
        return block(f"<p>{self}</p>")

    def __repr__(self) -> str:
        millions, b = self.policy.base.num_parameters() / 1e6, self.budget
        return (
            f"{self.policy.name}: {millions:.1f} million parameters on {self.policy.base.device.type}. "
            f"{len(self.train)} {self.things()} to train on, {len(self.fresh)} fresh ones to measure on, "
            f"K = {b.k}, {b.rounds} round(s). What runs here is kept in {self.folder}."
        )


def begin(
    name: str,
    model: str = "pocket",
    levels: tuple[int, ...] = (4, 5, 6),
    measured: tuple[int, ...] = HARD,
    seed: int = 0,
    gauge: Callable[..., gauges.Measure] = gauges.best_answers,
    share: float = 1.0,
) -> Room:
    """Open the room of notebook `name` with a model: "pocket", a folder, or a Hugging Face chat id.

    `share` is how much of the usual number of stories it trains on, for methods that need fewer or more.
    """
    hush()
    size, policy = budget(), load(model)
    train = stories(int(size.problems * share), levels, seed)
    fresh = without(stories(size.fresh, measured, FRESH_SEED + seed), train)
    room = Room(name, policy, asked(train, model), asked(fresh, model), size, place(name), seed=seed, gauge=gauge)
    return room if model == "pocket" else replace(room, lr=1e-4, max_tokens=256)


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
    return room if model == "pocket" else replace(room, lr=1e-4, max_tokens=256)


def begin_exam(name: str, model: str = "pocket", seed: int = 0) -> Room:
    """Open a room about an exam: stories whose answers nobody shows to the method, a fifth of them with a dozen."""
    room = begin(name, model, HARD, seed=seed, gauge=gauges.without_labels, share=1 / 4)
    dozen = asked(stories(max(2, len(room.train) // 4), (3, 4), 1_000 + seed, dozen=True), model)
    fresh = room.fresh[: max(2, len(room.fresh) // 2)]
    size = replace(room.budget, sampled=max(1, room.budget.sampled // 2))
    return replace(room, train=[*room.train, *dozen], fresh=fresh, budget=size, live=show.exam, end=show.exam)


def requests_from(source: str) -> Callable[[int, int], list[Problem]]:
    """A draw of n requests by a seed. Whoever asks for what people typed is told first what is in it."""
    if source == "town":
        return mixed
    print(red_team.NOTE)
    return partial(red_team.mixed, where=red_team.HUB if source == "red-team" else source)


def place(name: str) -> Path:
    return Path(os.environ.get("COURSE_RUNS", "runs")) / name


def asked(problems: list[Problem], model: str) -> list[Problem]:
    """The pocket model knows how to answer a story; any other model is told."""
    return problems if model == "pocket" else [replace(p, prompt=p.prompt + ASK) for p in problems]
