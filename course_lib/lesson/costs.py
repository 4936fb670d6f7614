"""What a lesson's work will cost, as a card: a method and its control, several ways to go on, several diets, or mere counts."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from course_lib import cost, show
from course_lib.copies import size
from course_lib.cost import Work
from course_lib.errors import CourseError
from course_lib.footprint import beside, memory_of
from course_lib.lesson.draws import drawn_by
from course_lib.memory import out_of_memory
from course_lib.methods.generations import Diet, generations
from course_lib.plural import counted
from course_lib.reward import RewardModel
from course_lib.show.page import Page
from course_lib.types import Method, Problem, Turn


def told(name: str, card: Callable[[], Page]) -> Page | str:
    """The card, or why it can't be told: that is no reason not to run."""
    try:
        return card()
    except (CourseError, RuntimeError) as error:
        known = isinstance(error, CourseError) or out_of_memory(error)  # a run makes do with less than the probe
        if not known:
            raise
        return f"What {name} will cost can't be told: {error}"


def of_method(room, method: Method, rounds: int, control: bool) -> Page:
    """Of `room.run`, at most."""
    plan, prompt = cost.plan_of(method), cost.prompt_tokens(room.policy, room.train)
    work = cost.work_of(plan, len(room.train), drawn_by(room), rounds, prompt, room.max_tokens, control)
    name = f"{method.name} with its control" if control else method.name
    return card(room, name, work, plan.k, prompt, cost.reward_of(method))


def of_counts(room, name: str, answers: int, learned: int) -> Page:
    """Of so many answers, and so many texts that are learned from."""
    prompt = cost.prompt_tokens(room.policy, room.train)
    work = Work(answers, answers * room.max_tokens, round(learned * (prompt + room.max_tokens)))
    return card(room, name, work, max(1, min(room.budget.k, answers // len(room.train))), prompt)


def of_ways(room, ways: dict[str, tuple[Method, list[Problem]]], rounds: int) -> Page:
    """Of `ways.go_on`, at most."""
    prompt, drawn = cost.prompt_tokens(room.policy, room.train), drawn_by(room)
    plans = [(cost.plan_of(method), len(problems)) for method, problems in ways.values()]
    each = [cost.work_of(p, n, drawn, rounds, prompt, room.max_tokens, control=False) for p, n in plans]
    work = Work(*(sum(getattr(w, f.name) for w in each) for f in fields(Work)))
    return card(room, f"{len(ways)} ways to go on", work, max(p.k for p, _ in plans), prompt)


def of_diets(room, diets: dict[str, dict[str, Any]], rounds: int) -> Page:
    """Of `diets.feed`, at most."""
    settings, prompt = [all_of(how) for how in diets.values()], cost.prompt_tokens(room.policy, room.train)
    name = f"{counted(len(diets), 'diet')} of {counted(rounds, 'generation')}"
    work = of_generations(settings, len(room.train), drawn_by(room), rounds, prompt, room.max_tokens)
    return card(room, name, work, max(how["over"] for how in settings), prompt)


def all_of(how: dict[str, Any]) -> dict[str, Any]:
    """The settings of a diet, those that it leaves at their default among them."""
    return {name: p.default for name, p in inspect.signature(generations).parameters.items()} | how


def of_generations(settings: list[dict], n: int, measured: int, rounds: int, prompt: float, max_tokens: int) -> Work:
    """Each diet writes `n` passages a generation, and more where it chooses, and learns what the diet makes of them.

    `measured` answers are drawn once before all, and after each generation.
    """
    written = sum(n * how["over"] for how in settings) * rounds
    read = sum(how["epochs"] * eaten(how["diet"], n, rounds) for how in settings)
    answers = written + measured * (1 + len(settings) * rounds)
    return Work(answers, answers * max_tokens, round(read * (prompt + max_tokens)))


def eaten(diet: Diet, n: int, rounds: int) -> int:
    """How many passages are learned in all generations together: the diet itself is asked, with empty ones."""
    return sum(len(diet([[""] * n] * (r + 1), Turn(0, r))) for r in range(1, rounds + 1))


def card(room, name: str, work: Work, k: int, prompt: float, reward: RewardModel | None = None) -> Page:
    """`k` answers of each problem are sampled at once, to prompts of this mean length in tokens."""
    batch = min(cost.ROWS, k * len(room.train))
    memory = memory_of(room.policy.base, room.policy.lora, batch, round(prompt) + room.max_tokens)
    speed = cost.probe(room.policy, [p.prompt for p in room.train], k)
    held = size(room.policy.base) + room.policy.copies.held() + (size(reward.model) if reward else 0)
    return show.cost(name, work, speed, beside(memory, reward), batch, room.policy.base.device.type, held)
