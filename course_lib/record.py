"""A run on disk. Each phase of each round is written when it ends; a run killed at any moment goes on from its last phase.

    RUN/run.json            settings and library versions
    RUN/method/00/measure.json
    RUN/method/01/rollout.jsonl  score.jsonl  revise.jsonl  select.jsonl  adapter/  measure.json
    RUN/control/...         the same, for the control

Each file is sealed (sealed.py): a phase whose file has no seal never ended and is done again. `recorded` wraps a method's
slots, so the loop itself knows nothing of disks.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from shlex import quote

from course_lib.errors import CourseError, need
from course_lib.policy import Policy, load_adapter, save_adapter
from course_lib.sampling.vllm_check import installed
from course_lib.sealed import LOCK, digest, finished, seal_of, to_disk, write
from course_lib.types import Completion, Example, Group, Method, Pair, Problem, Turn

LIBRARIES = ("self-improvement-course", "torch", "transformers", "trl", "peft", "datasets", "tokenizers")


def versions() -> dict[str, str]:
    """Versions of the course and its libraries that a run was made with; without a GPU also the numbers that are trained in."""
    import platform

    import torch

    from course_lib.train.trainers import cpu_has_bf16

    found = {"python": platform.python_version(), **{name: version_of(name) for name in LIBRARIES}}
    if not torch.cuda.is_available():
        found["CPU training in"] = "bfloat16" if cpu_has_bf16() else "float32"
    return found | ({"vllm": vllm} if (vllm := installed()) else {})


def version_of(library: str) -> str:
    """The installed one; the course itself also runs from its folder, with only PYTHONPATH to name it."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(library)
    except PackageNotFoundError:
        return "not installed"


def write_seconds(path: Path, began: float) -> None:
    """How long a phase took, written before the phase counts as ended."""
    write(path.with_name(path.name + ".seconds"), f"{time.monotonic() - began:.3f}")


def rounds_of(arm: Path) -> list[Path]:
    """The folders of an arm's rounds, in order; from the hundredth on their names have three digits."""
    return sorted((p for p in arm.glob("*") if p.name.isdecimal()), key=lambda p: int(p.name))


def seconds(folder: Path, round: int) -> float:
    """What the phases of a round took together, whichever process ran them."""
    files = (folder / f"{round:02d}").rglob("*.seconds")
    return sum(float(f.read_text(encoding="utf-8")) for f in files)


def group_line(group: Group) -> str:
    """One group as JSON, without token ids: the text is what later phases read."""
    row = asdict(group)
    row["completions_G"] = [{k: v for k, v in c.items() if k != "ids"} for c in row["completions_G"]]
    return json.dumps(row, ensure_ascii=False)


def read_group(line: str) -> Group:
    row = json.loads(line)
    completions = tuple(Completion(**c) for c in row["completions_G"])
    return Group(Problem(**row["problem"]), completions, tuple(row["scores_G"]))


def kept_line(kept: Example | Pair | Group) -> str:
    return group_line(kept) if isinstance(kept, Group) else json.dumps(asdict(kept), ensure_ascii=False)


def read_kept(line: str) -> Example | Pair | Group:
    row = json.loads(line)
    if "completions_G" in row:
        return read_group(line)
    return Pair(**row) if "chosen" in row else Example(**row)


def write_lines(path: Path, rows: list, to_line: Callable) -> None:
    """Write a row a line, sealed."""
    write(path, "".join(to_line(row) + "\n" for row in rows))


def read_lines(path: Path, from_line: Callable) -> list:
    return [from_line(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def recorded(method: Method, folder: Path) -> Method:
    """The same method, whose phases are written to `folder` as they end and read from it when they had ended before."""

    def lines(name: str, slot: Callable, to_line: Callable, from_line: Callable) -> Callable:
        def phase(*args):
            path = folder / f"{args[-1].round:02d}" / f"{name}.jsonl"
            if finished(path):
                return read_lines(path, from_line)
            began = time.monotonic()
            rows = slot(*args)
            write_seconds(path, began)
            write_lines(path, rows, to_line)
            return read_lines(path, from_line)  # what a resumed run would go on with

        return phase

    def train(policy: Policy, examples: list[Example], turn: Turn) -> Policy:
        mark = folder / f"{turn.round:02d}" / "adapter" / "done.json"
        if finished(mark):
            return read_adapter(policy, mark)
        began = time.monotonic()
        learned = method.train(policy, examples, turn)
        write_seconds(mark, began)
        write_adapter(learned, mark)
        return learned

    def groups(name: str, slot: Callable) -> Callable:
        return lines(name, slot, group_line, read_group)

    return replace(
        method,
        rollout=groups("rollout", method.rollout),
        score=groups("score", method.score),
        revise=groups("revise", method.revise),
        select=lines("select", method.select, kept_line, read_kept),
        train=train,
    )


def write_adapter(policy: Policy, mark: Path) -> None:
    """The adapter's files, then `mark`, which holds their digests."""
    from safetensors import SafetensorError

    try:
        files = save_adapter(policy, mark.parent)
    except (OSError, SafetensorError) as error:
        raise CourseError(
            f"{mark.parent} could not be written ({error}): free some space or choose another folder."
        ) from error
    for file in files:
        to_disk(file)
    write(mark, json.dumps({f.name: digest(f) for f in files}))


def read_adapter(policy: Policy, mark: Path) -> Policy:
    for name, was in json.loads(mark.read_text(encoding="utf-8")).items():
        path = mark.parent / name
        need(
            path.exists() and digest(path) == was,
            f"{path} was cut, edited or removed after the run wrote it: restore it, or delete {seal_of(mark)}, and the round is "
            "trained again.",
        )
    return load_adapter(policy, mark.parent)


def recorded_measure(measure: Callable[[Policy], dict], folder: Path) -> Callable[[Policy], dict]:
    """The same measure, its rows written round by round. Rounds are counted by the calls, as the loop makes one each."""
    rounds = iter(range(10**6))

    def phase(policy: Policy) -> dict:
        path = folder / f"{next(rounds):02d}" / "measure.json"
        if finished(path):
            return json.loads(path.read_text(encoding="utf-8"))
        began = time.monotonic()
        row = measure(policy)
        write_seconds(path, began)
        write(path, json.dumps(row))
        return row

    return phase


def need_free(folder: Path) -> None:
    """Refuse a folder that holds anything but a lock."""
    taken = any(p.name != LOCK for p in folder.iterdir()) if folder.is_dir() else folder.exists()
    more = f", or go on with it by --resume {quote(str(folder))}" if (folder / "run.json").exists() else ""
    need(not taken, f"{folder} is there already: choose another --out{more}.")


def start(folder: Path, settings: dict) -> None:
    """Make a new run folder with its settings; refuses one that is there already."""
    need_free(folder)
    write(folder / "run.json", json.dumps({"settings": settings, "versions": versions()}, indent=1))


def settings_of(folder: Path) -> dict:
    """The settings a run was started with."""
    return begun(folder)["settings"]


def other_versions(folder: Path) -> str:
    """In words, the libraries that are of another version here than where the run was begun; "" when all are the same."""
    before, now = begun(folder).get("versions", {}), versions()
    names = [name for name in before if before[name] != now.get(name)]
    return ", ".join(f"{name} {before[name]} (here {now.get(name, 'none')})" for name in names)


def begun(folder: Path) -> dict:
    """What run.json holds."""
    path = folder / "run.json"
    need(
        path.exists(),
        f"{folder} holds no run (no run.json): give the folder of a run that was started, or start one with --out.",
    )
    need(finished(path), f"{path} was never finished: start the run anew in another folder.")
    return json.loads(path.read_text(encoding="utf-8"))
