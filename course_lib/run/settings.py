"""What decides a run's numbers, and the problems that it names."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from course_lib.errors import need, need_between, need_count, need_positive
from course_lib.loading import of_town
from course_lib.methods.rest import TAUS
from course_lib.policy import Lora
from course_lib.precision import PRECISIONS
from course_lib.tasks import hub
from course_lib.tasks.stories import asked, stories, without
from course_lib.types import Problem

BACKENDS = ("transformers", "vllm")
FROM_HUB = 512  # of a hub set, where no number is given
ALL_WEIGHTS = {"lr": 1e-4}  # an adapter's rate would destroy the model
FROM_ELSEWHERE = {"lr": 1e-4, "max_tokens": 320}  # of a model that was not raised in the town
USUAL = {"rft": {"rounds": 1}, "grpo": {"lr": 1e-3}}  # where a method's defaults are not those of Settings
HELD_OUT_SEED = 1_000_000  # held-out stories have a seed of their own; any that is trained on as well is left out


@dataclass(frozen=True)
class Settings:
    """Everything that decides a run's numbers. `problems` is a number of stories, "gsm8k:N", "math500:N", a file of
    either's columns, or a folder with a hub set's own files; of these, too, ":N" takes N to train on."""

    method: str = "star"
    model: str = "pocket"
    rounds: int = 3
    k: int = 8
    temperature: float = 1.0
    tau: tuple[float, ...] = TAUS
    beta: float = 0.0
    problems: str = "256"
    levels: tuple[int, ...] = (4, 5, 6)
    measured_levels: tuple[int, ...] = (5, 6)
    held_out: int = 1000
    lr: float = 2e-3
    seed: int = 0
    rank: int = 16
    alpha: float = 32.0
    full: bool = False
    four_bit: bool = False
    control: bool = True
    max_tokens: int = 160
    backend: str = "transformers"
    precision: str = ""  # one of PRECISIONS; "" until a model is loaded: what suits the device

    def check(self) -> None:
        """Raise CourseError for the first setting that can't be."""
        need_count("K", self.k)
        need(
            self.method != "grpo" or self.k > 1, f"K is {self.k}: grpo compares a problem's answers, so take 2 or more."
        )
        need(
            self.k > 1 or self.method not in ("rft", "rest") or not self.control,
            f"K is {self.k}: the control keeps as many of a problem's answers by lot, and of one answer that is the same one. "
            "Take 2 or more, or leave the control away (--no-control).",
        )
        need_positive("temperature", self.temperature)
        need_count("rounds", self.rounds, least=0)
        need_positive("lr", self.lr)
        need_count("held-out", self.held_out)
        need_count("max-tokens", self.max_tokens)
        need_count("rank", self.rank)
        need_positive("alpha", self.alpha)
        need(
            not (self.full and self.four_bit),
            "--full trains all weights, and those in four bits can't be: leave one away.",
        )
        need(0 <= self.beta < math.inf, f"β is {self.beta}: give 0 or more; 0 leaves out the KL.")
        need_between("seed", self.seed, 0, 4_000_000)
        for tau in self.tau:
            need_between("τ", tau, 0.0, 0.9999)
        need(list(self.tau) == sorted(self.tau), f"τ is {self.tau}: give thresholds that do not fall.")
        need(all(1 <= level <= 20 for level in self.levels), f"levels are {self.levels}: stories have 1 to 20 steps.")
        need(
            not (self.four_bit and self.backend == "vllm"),
            "--four-bit and --backend vllm: vLLM would sample from the model in full, which is another one; leave one away.",
        )
        known = ", ".join(PRECISIONS)
        need(self.precision in ("", *PRECISIONS), f"precision is {self.precision!r}: it is one of {known}.")
        need(self.backend in BACKENDS, f"backend is {self.backend!r}: it is {' or '.join(BACKENDS)}.")
        if self.problems.lstrip("-").isdecimal():
            need_count("problems", int(self.problems))
        name, most = source(self.problems)
        need(most != 0, f"problems are {self.problems}: give the number of {name} to train on, 1 or more.")

    def lora(self) -> Lora | None:
        return None if self.full else Lora(self.rank, self.alpha)


def usual(method: str, model: str, full: bool) -> dict:
    """The defaults that are not those of Settings, for this method and model."""
    if of_town(model):
        return USUAL.get(method, {}) | (ALL_WEIGHTS if full else {})
    return USUAL.get(method, {}) | FROM_ELSEWHERE | ({"lr": FROM_ELSEWHERE["lr"] / 10} if full else {})


def source(problems: str) -> tuple[str, int | None]:
    """(what to read, how many of it to train on, None for no number) of "gsm8k:64", or of a path with or without ":64"."""
    name, _, most = problems.rpartition(":")
    return (name, int(most)) if name and most.isdecimal() and not Path(problems).exists() else (problems, None)


def draw_problems(settings: Settings) -> tuple[list[Problem], list[Problem]]:
    """(to train on, held out): stories of the pocket town, a hub set's parts, or a file of which the last fifth is held out."""
    if settings.problems.isdecimal():
        train = stories(int(settings.problems), settings.levels, settings.seed)
        fresh = stories(settings.held_out, settings.measured_levels, HELD_OUT_SEED + settings.seed)
        town = of_town(settings.model)
        return asked(train, town), asked(without(fresh, train), town)
    name, most = source(settings.problems)
    if name not in hub.NAMED and not Path(name).is_dir():
        hub.need_file(Path(name))
    train, fresh = hub.both(name)
    many = most or (len(train) if Path(name).is_file() else min(FROM_HUB, len(train)))
    need(
        many <= len(train),
        f"problems are {settings.problems}: {name} has {len(train)} to train on, so ask for no more.",
    )
    first = settings.seed * many % len(train)  # each seed goes on where the one before ends
    return [*train[first:], *train[:first]][:many], fresh[: settings.held_out]
