"""The room a lesson takes place in: a policy, problems to train on, fresh ones to measure on, and a folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from course_lib import progress, show
from course_lib.claims import table as claims
from course_lib.controls import Choice, Runner, runner
from course_lib.controls.work import need_no_panel
from course_lib.lesson import costs, gauges, predictions, runs
from course_lib.lesson.budget import Budget
from course_lib.loading import pocket_folder
from course_lib.methods import control as control_of
from course_lib.plural import counted
from course_lib.policy import Policy, weights_hash
from course_lib.rollout import samples
from course_lib.run.experiment import problems_hash
from course_lib.run.fingerprint import fingerprint
from course_lib.score import verify
from course_lib.sealed import finished
from course_lib.show.page import Page, block
from course_lib.show.picture import Picture
from course_lib.tasks.market import Market, places
from course_lib.tasks.stories import ASK, HARD, asked, stories
from course_lib.types import Group, Method, Problem, Turn
from course_lib.wording import TOWN

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
    task: str = "stories"

    def stories(self, n: int, levels: tuple[int, ...] = HARD, seed: int = 1, dozen: bool = False) -> list[Problem]:
        """Other stories, asked as this model needs it."""
        return asked(stories(n, levels, FRESH_SEED + 1000 + seed, dozen), self.policy.wording is TOWN)

    def markets(self, n: int, seed: int = 1, telling: bool = True) -> list[Market]:
        """Markets to make attempts in, their stories asked as this model needs it."""
        ask = "" if self.policy.wording is TOWN else ASK
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
        """The method beside its matched control (or another `twin`), with a live figure; ■ stops it and keeps what it has.

        With a real model it begins by telling what it will cost.
        """
        need_no_panel()
        rounds = self.budget.rounds if rounds is None else rounds
        return self._run(method, self.measure(), rounds, control, twin, told=self.policy.name != "pocket")

    def cost(self, method: Method, rounds: int | None = None, control: bool = True) -> Page:
        """What `run` of the same will take at most; its minutes come from a probe of two seconds."""
        return costs.of_method(self, method, self.budget.rounds if rounds is None else rounds, control)

    def tell(self, name: str, answers: int, learned: int = 0) -> None:
        """With a real model, what a cell takes at most: answers sampled, and texts as often as training passes over them."""
        if self.policy.name != "pocket":
            show.put(costs.told(name, lambda: costs.of_counts(self, name, answers, learned)))

    def _run(
        self, method: Method, measure, rounds: int, control: bool, twin: Method | None = None, told=False, **shown
    ) -> runs.Run:
        place = self._place(method, rounds, control, twin)
        if told and not finished(place / "result.json"):
            show.put(costs.told(method.name, lambda: self.cost(method, rounds, control)))
        how = {"rounds": rounds, "seed": self.seed, "with_control": control, "twin": twin}
        pictures = {"live": self.live, "end": self.end}
        return runs.run(self.policy, method, self.train, measure, place, **how, **pictures, **shown)

    def _place(self, method: Method, rounds: int, control: bool, twin: Method | None) -> Path:
        """The folder of a run: its name holds all that decides the run's numbers."""
        made_of = (method, twin or control_of(method), rounds, control, self.gauge, self.begun_with())
        return self.folder / f"{method.name.replace(' ', '-')}-{fingerprint(*made_of, self.problems())}"

    def problems(self) -> str:
        return problems_hash((self.train, self.fresh))

    def begun_with(self) -> list:
        """What else decides a run's numbers: the policy it begins with, the words it is asked in, seed, what is measured."""
        policy = self.policy
        how = [policy.lora, policy.wording, policy.engine is None, policy.chat("?"), policy.end_ids()]
        return [weights_hash(policy.model), *how, self.seed, self.budget, self.max_tokens]

    def play(
        self, make, picture=None, rounds: int | dict = 1, twin: Callable[[Method], Method] | None = None,
        after: Callable[[runs.Run], Picture] | None = None, **sliders,
    ) -> Runner:  # fmt: skip
        """A Run button for `make(bar=..., **values)`, a method built from the sliders' values, and its matched control.

        `rounds` is a number, or a slider of its own; `twin` makes another control of the method than the matched one;
        `after` draws the run when it is over.
        The same values again: a stopped run goes on, a finished one is read.
        """

        def start(bar, draw, say, **values):
            n = values.pop("rounds", rounds)
            method = make(bar=bar, **values)
            run = self._run(method, self.measure(bar), n, True, twin and twin(method), draw=draw, say=say)
            if after is not None and run.found["rounds"]:
                draw(after(run), force=True)
            return run

        return runner(start, picture=picture, **sliders, **({} if isinstance(rounds, int) else {"rounds": rounds}))

    def claim(
        self, id: str, here: dict | None = None, picture: Callable[[dict], Picture] | None = None
    ) -> Page | Picture:
        """The evidence of a claim as `make claims` found it, beside what this page found, or in another `picture`; then what else
        its experiment compares."""
        rows = {r["id"]: r for r in claims.read(pocket_folder().parent / "claims.json")}
        if id not in rows:
            words = f"{id} has not been measured yet; make claims does it."
            return Page(block(words), words)
        drawn = picture(rows[id]) if picture else show.claim(rows[id], here)
        if picture or not rows[id]["also"]:
            return drawn
        show.put(drawn)
        return show.also(rows[id])

    def predict(self, question: str, *options: str) -> Choice:
        """Ask for a prediction and keep it."""
        return predictions.ask(self.folder / "predictions.json", question, options)

    def recall(self, question: str, measured: str) -> Page:
        """The prediction again, beside what was measured."""
        return predictions.recall(self.folder / "predictions.json", question, measured)

    def things(self) -> str:
        names = {gauges.conduct_of: "requests", gauges.conduct_by_phrases: "requests", gauges.agency: "tasks"}
        usual = "stories" if self.task == "stories" else "problems"
        names |= {gauges.replies: "questions", gauges.replies_and_judging: "questions"}
        return (names | {gauges.language: "passages"}).get(self.gauge, usual)

    def _repr_html_(self) -> str:
        return block(f"<p>{self}</p>")

    def __repr__(self) -> str:
        millions, b = self.policy.base.num_parameters() / 1e6, self.budget
        return (
            f"{self.policy.name}: {millions:.1f} million parameters on {self.policy.base.device.type}. "
            f"{len(self.train)} {self.things()} to train on, {len(self.fresh)} fresh ones to measure on, "
            f"K = {b.k} and {counted(b.rounds, 'round')} unless a cell says otherwise. What runs here is kept in {self.folder}."
        )
