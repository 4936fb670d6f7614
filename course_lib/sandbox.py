"""Runs a program that a model wrote, or one that works on what a model wrote, where it can do no harm.

The program gets a bare interpreter, a fresh folder and nothing else: `course_lib.confine` closes the doors before it starts, and
this side ends it at its limits, reads its files and deletes its folder. Python's own library is there; there are no installed
packages to import, no network, no other process or thread, and no new folder or link can be made.
Not hidden from it: whether a path exists, its size and owner (stat(2)); the system's libraries and what is installed beside
Python's own; the clock. Not kept out: an error of the kernel itself.
"""

from __future__ import annotations

import marshal
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from course_lib import confine
from course_lib.errors import need, need_count, need_positive

LOOK_S = 0.02  # a running program is looked at this often, and may be beyond a limit for as long
SPARE_S = 2  # CPU seconds beyond Limits.seconds after which the kernel ends what nobody watches
FORBIDDEN = -31  # SIGSYS (signal(7)): the filter's end for a call through a foreign table
CHILD = "import marshal; exec(marshal.load(open('../confine', 'rb')))"  # compiled already: 3 ms of 17


@dataclass(frozen=True)
class Limits:
    """What one run may use.

    seconds: of the clock; starting takes about 0.02. memory_mb: address space, of which Python takes about 15. file_kb: each
    file. output_kb: the output, and as much again for the errors. files: files in its folder, and handles open at a time.
    """

    seconds: float = 5.0
    memory_mb: int = 256
    file_kb: int = 256
    output_kb: int = 64
    files: int = 64


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    output, errors: what it wrote, cut at the limit. code: the exit code, minus a signal's number if one ended it, None if it was
    stopped. stopped: None, the limit it hit ("time", "memory", "output" or "files"), or "a forbidden call". files: the UTF-8
    text files in its folder afterwards.
    """

    output: str
    errors: str
    code: int | None
    stopped: str | None
    files: dict[str, str]


def doors() -> dict[str, bool]:
    """Which walls hold on this machine: around files, network, processes, memory and time."""
    return confine.walls()


def run(
    program: str,
    files: dict[str, str],
    *,
    locked: Sequence[str] = (),
    limits: Limits = Limits(),
    stdin: str = "",
    trusted: bool = False,
) -> Ended:
    """Run a Python program in a fresh folder that holds `files`, and say how it ended.

    Files named in `locked` can be read, but not changed, replaced, renamed or deleted; while there are any, nothing in the folder
    can be renamed or deleted. `trusted`: the program is the course's own and only data comes from a model, so it runs with
    the walls there are, and can't import from its folder. Raises CourseError where a wall is missing, or for bad names.
    """
    walls = doors()
    missing = [wall for wall, holds in walls.items() if not holds]
    need(
        trusted or not missing,
        f"this machine has no wall around {', '.join(missing)}, so nothing that a model wrote is run here: use Linux 5.13 or "
        "later with Landlock, on x86-64 or ARM64 (a virtual machine or a container on one will do).",
    )
    _need_files(files, locked, limits)
    with tempfile.TemporaryDirectory(prefix="course-") as name:
        room, folder = Path(name), Path(name, "files")
        _lay_out(room, program, files, locked, stdin)
        held = " ".join(wall for wall in walls if walls[wall])
        process = _started(room, [held, os.getpid(), int(not locked), int(not trusted)], limits)
        output, errors, stopped = _watched(process, folder, limits)
        return _ended(output, errors, process.returncode, stopped, _texts(folder, limits))


def _need_files(files: dict[str, str], locked: Sequence[str], limits: Limits) -> None:
    """Names come from a model too, and none may lead out of the folder."""
    need_positive("seconds", limits.seconds)
    for name, least in (("memory_mb", 32), ("file_kb", 1), ("output_kb", 1), ("files", 8)):
        need_count(name, getattr(limits, name), least)
    need(
        len(files) <= limits.files, f"there are {len(files)} files: give {limits.files} at most, or raise Limits.files."
    )
    for name, text in files.items():
        plain = all(re.fullmatch(r"[\w .+-]{1,60}", part) and part.strip(" .") for part in name.split("/"))
        need(
            plain and name.count("/") < 8 and not any(other.startswith(f"{name}/") for other in files),
            f"{name!r} can't be a file here: name it with letters, digits and ._+- and put / between folders, at most 8 deep.",
        )
        kb = math.ceil(len(_bytes(text)) / 1024)
        need(kb <= limits.file_kb, f"{name} has {kb} kB: give at most {limits.file_kb}, or raise Limits.file_kb.")
    for name in locked:
        need(name in files, f"{name!r} is locked, but the files are {', '.join(files) or 'none'}: name one of them.")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _child() -> bytes:
    return marshal.dumps(confine.__spec__.loader.get_code(confine.__name__))


def _lay_out(room: Path, program: str, files: dict[str, str], locked: Sequence[str], stdin: str) -> None:
    """Its own folder is room/files; the rest lies above, where it can't write."""
    (room / "files").mkdir()
    above = {"confine": _child(), confine.NAME: _bytes(program), "stdin": _bytes(stdin)}
    for name, data in (above | {f"files/{name}": _bytes(text) for name, text in files.items()}).items():
        (room / name).parent.mkdir(parents=True, exist_ok=True)
        (room / name).write_bytes(data)
    for name in locked:
        (room / "files" / name).chmod(0o444)  # holds for root too: it has no capability then, and chmod is refused


def _started(room: Path, how: list, limits: Limits) -> subprocess.Popen:
    """`-P -s` with an empty environment amount to `-I`, which would not let the order of sets be the same in every run."""
    numbers = [int(limits.seconds) + SPARE_S, limits.memory_mb << 20, limits.file_kb << 10, limits.files]
    command = [sys.executable, *"-P -s -S -B -X utf8 -c".split(), CHILD, *map(str, how + numbers)]
    environment = {"PYTHONHASHSEED": "0"} | ({"SYSTEMROOT": os.environ["SYSTEMROOT"]} if os.name == "nt" else {})
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": environment}
    with open(room / "stdin", "rb") as stdin:
        return subprocess.Popen(command, stdin=stdin, cwd=room / "files", start_new_session=True, **pipes)


def _watched(process: subprocess.Popen, folder: Path, limits: Limits) -> tuple[bytes, bytes, str | None]:
    """Output, errors and what it was stopped for. It is over afterwards, whatever happens here."""
    ends, most = time.monotonic() + limits.seconds, limits.output_kb << 10
    output, errors = bytearray(), bytearray()
    work = [(process.stdout, output, most), (process.stderr, errors, most + len(confine.READY))]
    readers = [threading.Thread(target=_read, args=args, daemon=True) for args in work]
    try:
        for reader in readers:
            reader.start()
        stopped, over = None, False
        while not (stopped or over):
            over = _is_over(process, readers)
            stopped = "time" if time.monotonic() > ends and not over else None
            if any(len(kept) > enough for _, kept, enough in work):
                stopped = "output"
            elif sum(len(names) for _, _, names in os.walk(folder)) > limits.files:
                stopped = "files"
    finally:
        if process.returncode is None or any(reader.is_alive() for reader in readers):
            kill(process)
        for reader, (pipe, kept, enough) in zip(readers, work, strict=True):
            reader.join(1)
            del kept[enough:]
            if not reader.is_alive():  # else another process holds the other end
                pipe.close()
    return output, errors, stopped


def _read(pipe, kept: bytearray, enough: int) -> None:
    """All that comes, until it is too much."""
    while len(kept) <= enough and (piece := os.read(pipe.fileno(), 1 << 16)):
        kept += piece


def _is_over(process: subprocess.Popen, readers: list[threading.Thread]) -> bool:
    """Wait a moment for the end. It closes the pipes, which tells at once; but a program may close them long before."""
    for reader in readers:
        reader.join(LOOK_S / 2)
    with suppress(subprocess.TimeoutExpired):
        process.wait(0 if any(reader.is_alive() for reader in readers) else LOOK_S)
        for reader in readers:
            reader.join(1)  # for what it wrote since
    return process.returncode is not None


def kill(process: subprocess.Popen) -> None:
    """End its whole group, which without walls may have others in it."""
    with suppress(ProcessLookupError, PermissionError):  # it ended just now
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _ended(output: bytes, errors: bytes, code: int, stopped: str | None, files: dict[str, str]) -> Ended:
    need(stopped or errors.startswith(confine.READY), f"the sandbox did not start: {errors.decode('utf-8', 'replace')}")
    said = errors.removeprefix(confine.READY).decode("utf-8", "replace")
    if stopped is None and code == FORBIDDEN:
        stopped = "a forbidden call"
    elif stopped is None and code == 1 and said.rstrip().rpartition("\n")[2].startswith("MemoryError"):
        stopped = "memory"
    return Ended(output.decode("utf-8", "replace"), said, None if stopped else code, stopped, files)


def _texts(folder: Path, limits: Limits) -> dict[str, str]:
    """The text files of a folder in which nothing runs any more. No link is followed, and nothing is opened that is no file."""
    found, texts = sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()), {}
    for path in found[: limits.files]:
        with suppress(OSError, UnicodeError):  # one closed to its owner, or that is no text, or has no name in UTF-8
            name = path.relative_to(folder).as_posix()
            name.encode()
            if path.stat().st_size <= limits.file_kb << 10:
                texts[name] = path.read_bytes().decode()
    return texts
