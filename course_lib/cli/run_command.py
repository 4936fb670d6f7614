"""`course star | rft | rest | grpo`: a run from its arguments to its table, by one process or by many."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from shlex import quote

from course_lib import progress, ranks, record, sealed
from course_lib.cli.run_arguments import settings_from
from course_lib.errors import need
from course_lib.loading import load
from course_lib.memory import peak_memory_mb
from course_lib.policy import Policy, weights_hash
from course_lib.precision import NOT_HERE, name_of
from course_lib.quiet import hush
from course_lib.run import experiment
from course_lib.run.settings import Settings, draw_problems
from course_lib.sampling import vllm_check, vllm_engine
from course_lib.types import Problem, Round

OLDER = " A T4 holds other weights than an L4 or a CPU, and this run does not say which: go on where it was begun."


def ready(args: argparse.Namespace) -> tuple[Settings, Path]:
    """The run's settings and folder. Raises CourseError where this machine can't do what they ask for."""
    settings, folder = settings_from(args)
    if not hasattr(args, "resume"):
        record.need_free(folder)  # before a lock is laid into it
    if settings.backend == "vllm":
        vllm_check.check(settings.lora(), settings.temperature)
    return settings, folder


def run_method(args: argparse.Namespace) -> int:
    """Run or resume a method with its control; exit code 0 when it came to its end, 130 when it was stopped."""
    with ranks.together():
        return lead_method(args) if ranks.lead() else follow_method()


def lead_method(args: argparse.Namespace) -> int:
    """The run as rank 0 sees it, or the only process there is."""
    settings, folder = ranks.from_lead(lambda: ready(args))
    from course_lib.show.table import row, summarise

    quiet = hasattr(args, "json")
    hush()
    say = (lambda text: print(text, file=sys.stderr)) if quiet else print
    problems = ranks.from_lead(lambda: draw_problems(settings))
    policy = ranks.lead_first(lambda: begun_with(settings))
    same = ranks.from_lead(lambda: checked(settings, policy, problems))
    settings = replace(settings, precision=name_of(policy.base))
    with sealed.locked(folder):
        begin(folder, settings, same, resumed=hasattr(args, "resume"))
        if other := record.other_versions(folder):
            say(
                f"This run was begun with {other}: rounds made from now on may differ from what those would have given."
            )
        millions, device = policy.base.num_parameters() / 1e6, policy.base.device.type
        device += f", {ranks.count()} processes" if ranks.count() > 1 else ""
        say(f"{settings.method} on {settings.model}, {millions:.1f}M parameters, {device}; run folder {folder}")
        if settings.backend == "vllm":
            say("vLLM starts; that takes a minute or two.")
            policy = vllm_engine.opened(policy)
        bar = progress.quiet if quiet else progress.shown
        control = "random scores" if settings.method == "grpo" else "random keep"

        def show(arm: str, log: list[Round]) -> None:
            say(row(arm, log, record.seconds(folder / arm, log[-1].round), control))

        found = experiment.run(policy, settings, problems, folder, bar, show, say)
        found |= {"model_hash": same["model_hash"], "peak_memory_mb": peak_memory_mb()}
        sealed.write(folder / "result.json", json.dumps(found, indent=1))
        if quiet:
            print(json.dumps(found))
        elif found["rounds"]:
            summarise(found, folder)
    if experiment.came_to_end(found, settings.rounds, settings.control):
        return 0
    say(f"To go on: course {settings.method} --resume {quote(str(folder))}")
    return 130


def follow_method() -> int:
    """The same run as the other ranks see it: they work, and neither speak nor write."""
    settings, folder = ranks.from_lead(lambda: None)
    hush()
    problems = ranks.from_lead(lambda: None)
    policy = ranks.lead_first(lambda: begun_with(settings))
    same = ranks.from_lead(lambda: None)
    need(
        hashes(policy, problems) == same, f"rank {ranks.rank()} loaded another {settings.model!r} than rank 0: mend it."
    )
    found = experiment.run(policy, settings, problems, folder, say=lambda text: None)
    return 0 if experiment.came_to_end(found, settings.rounds, settings.control) else 130


def begun_with(settings: Settings) -> Policy:
    return load(settings.model, settings.lora(), four_bit=settings.four_bit, precision=settings.precision)


def checked(settings: Settings, policy: Policy, problems: tuple[list[Problem], list[Problem]]) -> dict[str, str]:
    """The hashes of a run that can be: what can't must leave no folder behind."""
    experiment.check(settings, policy, problems)
    need(not (name_of(policy.base) == "float16" and policy.base.device.type == "cpu"), NOT_HERE)
    return hashes(policy, problems)


def hashes(policy: Policy, problems: tuple[list[Problem], list[Problem]]) -> dict[str, str]:
    """What a run is about, to be known again."""
    words = repr((policy.chat("?"), policy.end_ids()))
    return {
        "model_hash": weights_hash(policy.base),
        "chat template_hash": hashlib.sha256(words.encode()).hexdigest(),
        "problems_hash": experiment.problems_hash(problems),
    }


def begin(folder: Path, settings: Settings, same: dict[str, str], resumed: bool) -> None:
    """Start the run's folder, or make sure that a resumed run goes on with the same model and problems."""
    if not resumed:
        record.start(folder, asdict(settings) | same)
    stored = record.settings_of(folder)
    for key, now in same.items():
        what = key.removesuffix("_hash")
        need(
            stored.get(key, now) == now,
            f"the {what} of {folder} changed since the run was started: restore it, or start a new run."
            + OLDER * (what == "model" and not stored.get("precision")),
        )
