"""The command line: `course star | rft | rest | grpo | inspect | export | doctor | grade`, or `python -m course_lib`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import asdict, fields
from pathlib import Path

from course_lib import experiment, progress, ranks, record, vllm_check, vllm_engine
from course_lib.dashboard import add_inspect, inspect
from course_lib.errors import CourseError, need
from course_lib.experiment import Settings
from course_lib.export import add_export, export_run
from course_lib.grading.command import add_grade, grade
from course_lib.loading import load
from course_lib.memory import peak_resident
from course_lib.policy import Policy, weights_hash
from course_lib.quiet import hush
from course_lib.types import Problem

ABOUT = """Teach a language model by its own filtered answers, and show what the filter was worth.

  course star                    STaR: keep right answers, retry failures with the answer as a hint
  course rft --rounds 1 --k 16   RFT: keep every distinct right solution, once
  course rest --tau 0 0.6 0.9    ReST: sample, then imitate above a rising threshold
  course grpo --beta 0.01        GRPO: a policy gradient on right and wrong answers, held by a KL to the round's start
  course inspect RUN             genuine or hacked? Five signs of the run in a folder, and what they come to
  course export RUN --merge      the model of a run as a plain Hugging Face folder, with a card of how it was made
  course doctor                  what this machine can do, and what to mend
  course grade FILE.ipynb ...    a score sheet of the exercises in notebooks, each answer run behind walls

A run samples K answers a problem, scores and selects them, trains, and measures the policy on held-out problems; then the
matched control does the same with completions kept at random (grpo: with scores dealt at random). Everything is written to
a run folder as it ends; a run that was stopped goes on with --resume FOLDER."""


USUAL = {"rft": {"rounds": 1}, "grpo": {"lr": 1e-3}}  # where a method's defaults are not those of Settings


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(
        prog="course", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = root.add_subparsers(
        dest="command", required=True, metavar="star|rft|rest|grpo|inspect|export|doctor|grade"
    )
    for name, line in {
        "star": "self-taught reasoner",
        "rft": "rejection-sampling fine-tuning",
        "rest": "reinforced self-training",
        "grpo": "group-relative policy optimisation",
    }.items():
        add_method(
            name,
            commands.add_parser(
                name,
                help=line,
                description=f"Run {name} and its matched random control.",
                argument_default=argparse.SUPPRESS,
            ),
        )
    add_inspect(commands)
    add_export(commands)
    commands.add_parser(
        "doctor",
        help="look at this machine",
        description="What machine this is, how fast it is, what to mend. Exit code 1 where a line begins with 'mend', else 0: "
        "a 'note' is good to know, and the course works without.",
    )
    add_grade(commands)
    return root


def add_method(name: str, p: argparse.ArgumentParser) -> None:
    """Settings left out take their default, or, with --resume, the value the run was started with."""
    d = Settings(**USUAL.get(name, {}))
    p.add_argument("--model", metavar="M", help=f"'pocket', a Hugging Face chat id, or a folder (default: {d.model})")
    p.add_argument(
        "--rounds", type=int, metavar="N", help=f"times round the loop; 0 only measures (default: {d.rounds})"
    )
    p.add_argument("--k", type=int, metavar="K", help=f"completions sampled a problem (default: {d.k})")
    p.add_argument(
        "--temperature", type=float, metavar="T", help=f"sampling temperature, above 0 (default: {d.temperature})"
    )
    if name == "rest":
        p.add_argument(
            "--tau",
            type=float,
            nargs="+",
            metavar="TAU",
            help=f"rising thresholds on the share of valid steps, 0 to 1 (default: {' '.join(map(str, d.tau))})",
        )
    if name == "grpo":
        p.add_argument(
            "--beta", type=float, metavar="B", help=f"weight of the KL to each round's beginning (default: {d.beta:g})"
        )
    p.add_argument(
        "--problems",
        metavar="N|FILE|FOLDER|gsm8k|math500",
        help="number of stories; a JSONL file of question and answer, each answer ending in '#### N', of which the last fifth is "
        "held out; a hub set; or a folder with a hub set's own files. :N after it takes N to train on (of a set "
        f"{experiment.FROM_HUB} if left away; default: {d.problems} stories)",
    )
    p.add_argument(
        "--levels",
        type=int,
        nargs="+",
        metavar="L",
        help=f"steps of the stories trained on (default: {' '.join(map(str, d.levels))})",
    )
    p.add_argument(
        "--held-out",
        type=int,
        metavar="N",
        help=f"held-out problems measured on, stories of 5 and 6 steps (default: {d.held_out})",
    )
    p.add_argument("--lr", type=float, help=f"learning rate (default: {d.lr}; for a real model try 1e-4)")
    p.add_argument(
        "--max-tokens", type=int, metavar="N", help=f"longest completion in tokens (default: {d.max_tokens})"
    )
    p.add_argument("--seed", type=int, help=f"seed of problems, sampling and training (default: {d.seed})")
    p.add_argument("--rank", type=int, help=f"LoRA rank (default: {d.rank})")
    p.add_argument("--alpha", type=float, help=f"LoRA alpha (default: {d.alpha:g})")
    p.add_argument("--full", action="store_true", help="train all weights instead of a LoRA adapter")
    p.add_argument(
        "--four-bit", action="store_true", help="hold the base in four bits (QLoRA; needs bitsandbytes, CUDA)"
    )
    p.add_argument(
        "--control", action=argparse.BooleanOptionalAction, help="also run the matched random control (default: yes)"
    )
    p.add_argument(
        "--backend",
        metavar="B",
        help=f"what samples: transformers, or vllm on a GPU (docs/many_gpus.md; default: {d.backend})",
    )
    p.add_argument("--out", type=Path, metavar="FOLDER", help="run folder (default: runs/METHOD-DATE-TIME)")
    p.add_argument("--resume", type=Path, metavar="FOLDER", help="go on with the run in this folder")
    p.add_argument("--json", action="store_true", help="print one JSON object, and nothing else, on standard output")


def as_settings(values: dict) -> dict:
    """Those of `values` that are settings; argparse and JSON give their tuples as lists."""
    names = {f.name for f in fields(Settings)}
    return {k: tuple(v) if isinstance(v, list) else v for k, v in values.items() if k in names}


def settings_from(args: argparse.Namespace) -> tuple[Settings, Path]:
    """The run's settings and folder. Raises CourseError when a resumed run is asked for with other settings."""
    given = as_settings(vars(args)) | {"method": args.command}
    if not hasattr(args, "resume"):
        settings = Settings(**USUAL.get(args.command, {}) | given)
        settings.check()
        return settings, getattr(
            args, "out", Path("runs") / f"{args.command}-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
        )
    need(not hasattr(args, "out"), "--resume names the folder already: leave --out away.")
    stored = as_settings(record.settings_of(args.resume))
    need(
        stored["method"] == args.command,
        f"{args.resume} is a run of {stored['method']}: course {stored['method']} --resume goes on.",
    )
    settings = Settings(**stored)  # one that is younger than the run has its default
    for name, value in given.items():
        was = getattr(settings, name)
        need(
            was == value,
            f"--{name.replace('_', '-')} is {value}, but this run was started with {was}: "
            "leave it away, or start a new run.",
        )
    return settings, args.resume


def ready(args: argparse.Namespace) -> tuple[Settings, Path]:
    """The same, where this machine can do what they ask for."""
    settings, folder = settings_from(args)
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
    problems = ranks.from_lead(lambda: experiment.draw_problems(settings))
    policy = ranks.lead_first(lambda: load(settings.model, settings.lora(), four_bit=settings.four_bit))
    same = ranks.from_lead(lambda: checked(settings, policy, problems))
    with record.locked(folder):
        begin(folder, settings, same, resumed=hasattr(args, "resume"))
        millions, device = policy.base.num_parameters() / 1e6, policy.base.device.type
        device += f", {ranks.count()} processes" if ranks.count() > 1 else ""
        say(f"{settings.method} on {settings.model}, {millions:.1f}M parameters, {device}; run folder {folder}")
        if settings.backend == "vllm":
            say("vLLM starts; that takes a minute or two.")
            policy = vllm_engine.opened(policy)
        bar = progress.quiet if quiet else progress.shown
        control = "random scores" if settings.method == "grpo" else "random keep"
        found = experiment.run(
            policy, settings, problems, folder, bar, lambda arm, log: say(row(arm, log, control)), say
        )
        found |= {"model_hash": same["model_hash"], "peak_memory_mb": peak_memory_mb()}
        record.write(folder / "result.json", json.dumps(found, indent=1))
        if quiet:
            print(json.dumps(found))
        elif found["rounds"]:
            summarise(found, folder)
    if experiment.came_to_end(found, settings.rounds, settings.control):
        return 0
    say(f"To go on: course {settings.method} --resume {folder}")
    return 130


def follow_method() -> int:
    """The same run as the other ranks see it: they work, and neither speak nor write."""
    settings, folder = ranks.from_lead(lambda: None)
    hush()
    problems = ranks.from_lead(lambda: None)
    policy = ranks.lead_first(lambda: load(settings.model, settings.lora(), four_bit=settings.four_bit))
    same = ranks.from_lead(lambda: None)
    need(
        hashes(policy, problems) == same, f"rank {ranks.rank()} loaded another {settings.model!r} than rank 0: mend it."
    )
    found = experiment.run(policy, settings, problems, folder, say=lambda text: None)
    return 0 if experiment.came_to_end(found, settings.rounds, settings.control) else 130


def checked(settings: Settings, policy: Policy, problems: tuple[list[Problem], list[Problem]]) -> dict[str, str]:
    """The hashes of a run that can be: what can't must leave no folder behind."""
    experiment.check(settings, policy, problems)
    return hashes(policy, problems)


def hashes(policy: Policy, problems: tuple[list[Problem], list[Problem]]) -> dict[str, str]:
    """What a run is about, to be known again."""
    return {"model_hash": weights_hash(policy.base), "problems_hash": experiment.problems_hash(problems)}


def begin(folder: Path, settings: Settings, same: dict[str, str], resumed: bool) -> None:
    """Start the run's folder, or make sure that a resumed run goes on with the same model and problems."""
    if not resumed:
        record.start(folder, asdict(settings) | same)
    stored = record.settings_of(folder)
    for key, now in same.items():
        what = key.removesuffix("_hash")
        need(
            stored[key] == now,
            f"the {what} of {folder} changed since the run was started: restore it, or start a new run.",
        )


def peak_memory_mb() -> int | None:
    """Peak memory in MB: on the GPU where one is used, else resident; None where the system does not say."""
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated() / 1e6)
    if sys.platform == "darwin":
        import resource

        return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)
    return peak_resident()


def main(argv: list[str] | None = None) -> int:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that lacks a sign shows "?", not a traceback
    args = parser().parse_args(argv)
    try:
        if args.command == "doctor":
            from course_lib import doctor

            return doctor.main()
        if args.command == "inspect":
            return inspect(args)
        if args.command == "export":
            return export_run(args)
        if args.command == "grade":
            return grade(args)
        return run_method(args)
    except CourseError as error:
        print(f"course: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(
            f"course: {where}{error.strerror or error}. What had ended is on disk; --resume goes on.", file=sys.stderr
        )
        return 2
    except KeyboardInterrupt:
        first = (
            "the first notebook was graded" if args.command == "grade" else "the first phase ended; nothing was lost"
        )
        print(f"course: stopped before {first}.", file=sys.stderr)
        return 130
