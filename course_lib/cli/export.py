"""Take a run's model out of its folder: `course export RUN --merge`.

With --merge it is a plain Hugging Face folder (config, safetensors, tokenizer, chat template, generation config) that needs
neither PEFT nor this package; without, the adapter alone, a PEFT folder. Either carries a card (export_card.py).
"""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from shlex import quote

from course_lib import record, sealed
from course_lib.cli.export_card import card
from course_lib.errors import CourseError, need
from course_lib.loading import load
from course_lib.policy import Policy, export, save_adapter, weights_hash
from course_lib.quiet import hush
from course_lib.run.log import ARMS, RunLog, read_run
from course_lib.run.words import known_as

OLDER = " Or, where the run was made on a GPU, export there: it does not say in which precision it was made."
ABOUT = """Take the model of a run out of its folder, with a card of how it was made.

With --merge: a plain Hugging Face folder that transformers loads without this package. Without: the LoRA adapter alone,
which PEFT puts on the model that the run began with. Of a run that was stopped: the last round that is finished."""


def add_export(commands) -> None:
    """Add `course export` to argparse's sub-commands."""
    p = commands.add_parser(
        "export",
        help="take a run's model out of its folder",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    p.add_argument("run", type=Path, metavar="RUN", help="the run's folder")
    p.add_argument("--merge", action="store_true", help="base and adapter as one model (default: the adapter alone)")
    p.add_argument("--out", type=Path, metavar="FOLDER", help="a new folder (default: RUN/exported/ARM-ROUND)")
    p.add_argument(
        "--arm", choices=ARMS, default="method", help="the method's model or its control's (default: method)"
    )
    p.add_argument("--round", type=int, metavar="N", help="which round's (default: the last that is finished)")


def export_run(args: argparse.Namespace) -> int:
    """Write the folder and say what is in it. Raises CourseError, and writes nothing, where that can't be done."""
    told = read_run(args.run)
    round = chosen(told, args.arm, args.round)
    adapter = not args.merge
    need(not (adapter and told.settings.full), f"{args.run} trained all weights, so it has no adapter: add --merge.")
    out = args.out or args.run / "exported" / f"{args.arm}-{round:02d}{'-adapter' if adapter else ''}"
    need_free(out)
    hush()
    policy = policy_of(told, args.arm, round)
    with made_whole(out) as part:
        write_model(policy, part, adapter)
        (part / "README.md").write_text(card(told, args.arm, round, args.merge), encoding="utf-8")
    print(summary(told, args, round, out))
    return 0


def chosen(told: RunLog, arm: str, round: int | None) -> int:
    """The round asked for, or the last finished one."""
    there, run = told.trained(arm), told.folder
    without = "it was run with --no-control, or stopped before its control began"
    need(arm in told.logs, f"{run} has no {arm}: {without if arm == 'control' else 'it was stopped before its start'}.")
    why = (
        f"go on with course {told.settings.method} --resume {quote(str(run))}"
        if told.stopped(arm)
        else "there is none to take"
    )
    need(bool(there), f"no round of {run} left a model that learned anything: {why}.")
    known = ", ".join(map(str, there))
    need(round is None or round in there, f"round is {round}: the finished rounds of this {arm} are {known}.")
    return there[-1] if round is None else round


def policy_of(told: RunLog, arm: str, round: int) -> Policy:
    """What the loop returned after this round, put together again from its base and its adapter."""
    s = told.settings
    base = load(s.model, s.lora(), four_bit=s.four_bit, precision=s.precision)
    need(
        weights_hash(base.base) == told.model_hash,
        f"model {s.model!r} is not what {told.folder} began with: restore it." + OLDER * (not s.precision),
    )
    mark = told.mark(arm, round)
    need(
        sealed.finished(mark),
        f"{mark.parent} is not whole: restore it, or go on with --resume {quote(str(told.folder))}.",
    )
    return record.read_adapter(base, mark)


def write_model(policy: Policy, folder: Path, adapter: bool) -> None:
    if adapter:
        named = replace(policy, name=known_as(policy.name))  # what is given away says nothing of this disk
        save_adapter(named, folder)
    else:
        export(policy, folder)


def need_free(out: Path) -> None:
    """Raises CourseError unless `out` is a new place, or an empty folder."""
    taken = any(out.iterdir()) if out.is_dir() else out.exists()
    need(not taken, f"{out} is there already and not empty: choose another --out. Nothing was written.")


@contextmanager
def made_whole(out: Path) -> Iterator[Path]:
    """A folder to write into, whose files come to stand in `out` when all are written; else none does."""
    from safetensors import SafetensorError

    out = out.resolve()
    part = out.with_name(f"{out.name}.{os.getpid()}.part")
    try:
        part.mkdir(parents=True)
        yield part
        out.mkdir(exist_ok=True)
        for file in part.iterdir():
            if file.is_file():  # safetensors closes its files to others, whatever the umask allows
                file.chmod(part.stat().st_mode & 0o666)
            file.replace(out / file.name)
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CourseError(f"{out} could not be written ({reason}): free some space or choose another --out.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def summary(told: RunLog, args: argparse.Namespace, round: int, out: Path) -> str:
    """What was written, whether the run had come to its end, and how to load it."""
    what = "one model" if args.merge else "the adapter alone"
    lines = [f"{told.settings.method}, {args.arm}, round {round} of {told.settings.rounds}, as {what}: {out}"]
    if told.stopped(args.arm) and args.round is None:
        again = f"course {told.settings.method} --resume {quote(str(told.folder))}"
        lines.append(f"The run was stopped after this round; {again} goes on.")
    return "\n".join([*lines, f"How it was made, and how to load it: {out / 'README.md'}"])
