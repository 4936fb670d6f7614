"""A run on disk. Each phase of each round is written when it ends; a run killed at any moment goes on from its last phase.

    RUN/run.json            settings and library versions
    RUN/method/00/measure.json
    RUN/method/01/rollout.jsonl  score.jsonl  revise.jsonl  select.jsonl  adapter/  measure.json
    RUN/control/...         the same, for the control

Beside each file stands `NAME.sha256`, written after it: a phase without one never ended and is done again; a file that
does not match its own is named and refused. `recorded` wraps a method's slots, so the loop itself knows nothing of disks.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from shlex import quote

from course_lib.errors import CourseError, need
from course_lib.policy import Policy, load_adapter, save_adapter
from course_lib.sampling.vllm_check import installed
from course_lib.types import Completion, Example, Group, Method, Pair, Problem, Turn

LOCK = ".lock"
LIBRARIES = ("self-improvement-course", "torch", "transformers", "trl", "peft", "datasets", "tokenizers")


def versions() -> dict[str, str]:
    """Versions of the course and its libraries that a run was made with."""
    import platform

    found = {"python": platform.python_version(), **{name: version_of(name) for name in LIBRARIES}}
    return found | ({"vllm": vllm} if (vllm := installed()) else {})


def version_of(library: str) -> str:
    """The installed one; the course itself also runs from its folder, with only PYTHONPATH to name it."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(library)
    except PackageNotFoundError:
        return "not installed"


def write(path: Path, text: str) -> None:
    """Write a file and then its seal, each in one step: a reader sees all of it or none.

    An older seal goes first: killed before the new one is there, the file counts as not written, and not as edited by hand.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        seal_of(path).unlink(missing_ok=True)
        _replace(path, text.encode())
        seal(path)
    except OSError as error:
        raise CourseError(
            f"{path} could not be written ({error.strerror or error}): free some space or choose another folder. "
            "Finished phases are kept."
        ) from error


def _replace(path: Path, data: bytes) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")  # two processes may write the same samples at once
    with open(part, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


def seal(path: Path) -> None:
    """Write down what the file's bytes are, so that a change is noticed. They reach the disk before their seal does."""
    to_disk(path)
    _replace(seal_of(path), digest(path).encode())


def to_disk(path: Path) -> None:
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


def seal_of(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def finished(path: Path) -> bool:
    """Was this file's phase finished? Raises CourseError when it was and the file is not what was written."""
    if not seal_of(path).exists():
        return False
    need(path.exists(), f"{path} is missing though its phase had ended: restore it, or start anew in another folder.")
    same = digest(path) == seal_of(path).read_text(encoding="utf-8").strip()
    need(same, f"{path} was cut or edited after the run wrote it: restore it, or start anew in another folder.")
    return True


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


@contextmanager
def locked(folder: Path):
    """Hold a run folder for one process; the lock falls with the process, however that ends."""
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise CourseError(f"{folder} is in use by another run: wait for it, or choose another folder.") from error
    except OSError as error:
        raise CourseError(
            f"{folder} can't be made or written ({error.strerror or error}): choose another folder."
        ) from error
    try:
        yield
    finally:
        lock.release()
