"""The arguments of `course star | rft | rest | grpo`, and the settings they come to."""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import fields
from pathlib import Path

from course_lib import record
from course_lib.errors import need
from course_lib.precision import PRECISIONS
from course_lib.run.settings import ALL_WEIGHTS, FROM_ELSEWHERE, FROM_HUB, USUAL, Settings, usual

METHODS = {
    "star": "self-taught reasoner",
    "rft": "rejection-sampling fine-tuning",
    "rest": "reinforced self-training",
    "grpo": "group-relative policy optimisation",
}


def add_methods(commands) -> None:
    """A command for each method."""
    for name, line in METHODS.items():
        add_method(
            name,
            commands.add_parser(
                name,
                help=line,
                description=f"Run {name} and its matched random control.",
                argument_default=argparse.SUPPRESS,
            ),
        )


def add_method(name: str, p: argparse.ArgumentParser) -> None:
    """Settings left out take their default, or, with --resume, the value the run was started with."""
    d = Settings(**USUAL.get(name, {}))
    about_the_model(p.add_argument_group("the model"), d)
    about_the_problems(p.add_argument_group("the problems"), d)
    about_the_loop(p.add_argument_group("the loop"), d, name)
    about_the_training(p.add_argument_group("the training"), d)
    about_the_run(p.add_argument_group("the run"), d)


def about_the_model(p, d: Settings) -> None:
    p.add_argument("--model", metavar="M", help=f"'pocket', a Hugging Face chat id, or a folder (default: {d.model})")
    p.add_argument(
        "--four-bit", action="store_true", help="hold the base in four bits (QLoRA; needs bitsandbytes, CUDA)"
    )
    p.add_argument(
        "--precision",
        metavar="P",
        help=f"{', '.join(PRECISIONS)} (default: what this device multiplies in; a run goes on in what it was begun in)",
    )
    p.add_argument(
        "--backend",
        metavar="B",
        help=f"what samples: transformers, or vllm on a GPU (docs/many_gpus.md; default: {d.backend})",
    )


def about_the_problems(p, d: Settings) -> None:
    p.add_argument(
        "--problems",
        metavar="N|FILE|FOLDER|gsm8k|math500",
        help="number of stories; a JSONL file of question and answer, each answer ending in '#### N', of which the last fifth is "
        "held out; a hub set; or a folder with a hub set's own files. :N after it takes N to train on (of a set "
        f"{FROM_HUB} if left away; default: {d.problems} stories)",
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


def about_the_loop(p, d: Settings, name: str) -> None:
    p.add_argument(
        "--rounds", type=int, metavar="N", help=f"times round the loop; 0 only measures (default: {d.rounds})"
    )
    p.add_argument("--k", type=int, metavar="K", help=f"completions sampled a problem (default: {d.k})")
    p.add_argument(
        "--temperature", type=float, metavar="T", help=f"sampling temperature, above 0 (default: {d.temperature})"
    )
    p.add_argument(
        "--max-tokens",
        type=int,
        metavar="N",
        help=f"longest completion in tokens (default: {d.max_tokens}; for a real model {FROM_ELSEWHERE['max_tokens']})",
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


def about_the_training(p, d: Settings) -> None:
    p.add_argument(
        "--lr", type=float, help=f"learning rate (default: {d.lr}; {FROM_ELSEWHERE['lr']:g} for a real model)"
    )
    p.add_argument("--rank", type=int, help=f"LoRA rank (default: {d.rank})")
    p.add_argument("--alpha", type=float, help=f"LoRA alpha (default: {d.alpha:g})")
    p.add_argument(
        "--full",
        action="store_true",
        help="train all weights, no LoRA adapter (the default of --lr is then "
        f"{ALL_WEIGHTS['lr']:g}, or {FROM_ELSEWHERE['lr'] / 10:g} for a real model)",
    )


def about_the_run(p, d: Settings) -> None:
    p.add_argument("--seed", type=int, help=f"seed of problems, sampling and training (default: {d.seed})")
    p.add_argument(
        "--control", action=argparse.BooleanOptionalAction, help="also run the matched random control (default: yes)"
    )
    p.add_argument("--out", type=Path, metavar="FOLDER", help="run folder (default: runs/METHOD-DATE-TIME-PID)")
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
        return of_a_new_run(given), getattr(args, "out", new_folder(args.command))
    need(not hasattr(args, "out"), "--resume names the folder already: leave --out away.")
    return of_the_run_in(args.resume, given), args.resume


def of_a_new_run(given: dict) -> Settings:
    adapters = [name for name in ("rank", "alpha") if given.get("full") and name in given]
    need(not adapters, f"--full trains all weights, without an adapter: leave --{' and --'.join(adapters)} away.")
    known = usual(given["method"], given.get("model", Settings.model), given.get("full", Settings.full))
    settings = Settings(**known | given)
    settings.check()
    stories = settings.problems.isdecimal()
    need(
        stories or "levels" not in given,
        f"--levels choose stories by their steps, and problems are {settings.problems}: leave --levels away.",
    )
    return settings


def new_folder(method: str) -> Path:
    return Path("runs") / f"{method}-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"


def of_the_run_in(folder: Path, given: dict) -> Settings:
    """What the run was begun with; what is given now must be the same."""
    stored, method = as_settings(record.settings_of(folder)), given["method"]
    need(
        stored["method"] == method,
        f"{folder} is a run of {stored['method']}: course {stored['method']} --resume goes on.",
    )
    settings = Settings(**stored)  # one that is younger than the run has its default
    for name, value in given.items():
        was = getattr(settings, name)
        need(
            was == value,
            f"--{name.replace('_', '-')} is {value}, but this run was started with {was}: "
            "leave it away, or start a new run.",
        )
    return settings
