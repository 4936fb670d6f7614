"""The judge's side of the walls: starts `desk` behind them, and gives a check a function that lives there.

The check and the answer key stay here, in the judge's process; only arguments go in and results come out. The walls and the
limits are those of `course_lib.sandbox`, with three differences: there is a pipe to talk through; numpy and the course, without
its checks, can be imported; and no file can be written at all.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import course_lib
from course_lib import confine
from course_lib.errors import CourseError, need
from course_lib.grading.values import Garbled, received, send
from course_lib.sandbox import FORBIDDEN, Limits, doors, kill

START_S = 60  # to import the course, before anything of the learner's runs
HANDLES = 64
REPLY = 1 << 16  # bytes of one reply; a right one has some thousands, and a check of a long one takes long
PROGRAM = "from course_lib.grading.desk import main\nmain()\n"
LEFT_OUT = shutil.ignore_patterns("check", "controls", "data")
BESIDE = ("numpy", "tqdm")  # packages that can be read: numpy for answers, tqdm for the course


class Stopped(BaseException):
    """The answer was ended, or ended itself; the message says by what. No Exception: no check may take it for a mistake."""

    def __init__(self, why: str, status: str = "stopped"):
        super().__init__(why)
        self.status = status


def walls(trust: bool) -> str:
    """The walls to raise, in words. Raises CourseError where some are missing, unless the learners are trusted."""
    held = doors()
    missing = [wall for wall, holds in held.items() if not holds]
    need(
        trust or not missing,
        f"this machine has no wall around {', '.join(missing)}, and the notebooks' code would run without it: grade on Linux "
        "5.13 or later with Landlock, or give --trust if you know who wrote them (the limit of time stays).",
    )
    return " ".join(wall for wall in held if held[wall])


@contextmanager
def library() -> Iterator[list[str]]:
    """Folders to import from: a copy of the course without its checks, and where numpy and tqdm are.

    Where the course is installed beside these, checks and all, they are copied, too: what can be imported from can be read.
    """
    with tempfile.TemporaryDirectory(prefix="course-") as folder:
        shutil.copytree(Path(course_lib.__file__).parent, Path(folder, "course_lib"), ignore=LEFT_OUT)
        beside = sorted({str(Path(find_spec(name).origin).parents[1]) for name in BESIDE})
        if any(Path(where, "course_lib").exists() for where in beside):
            beside = []
            for part in (p for name in BESIDE for p in parts_of(name)):
                shutil.copytree(part, Path(folder, part.name), ignore=shutil.ignore_patterns("tests", "__pycache__"))
        yield [folder, *beside]


def parts_of(package: str) -> list[Path]:
    """The folders of a package: its own, and that of its shared libraries if it has one."""
    home = Path(find_spec(package).origin).parent
    return [part for part in (home, home.with_name(f"{package}.libs")) if part.is_dir()]


class Line:
    """The pipe to a process behind the walls. It is over after its seconds, or when it has said too much."""

    def __init__(self, process: subprocess.Popen, most: int):
        self.process, self.left, self.late, self.last = process, most, False, {}
        self.timer = threading.Timer(0, self.end)

    def ends_after(self, seconds: float) -> None:
        """The process has this long from now on, whatever it had before."""
        self.timer.cancel()
        self.timer = threading.Timer(seconds, self.end)
        self.timer.daemon = True
        self.timer.start()

    def end(self) -> None:
        self.late = True
        kill(self.process)

    def asks(self, message: dict) -> dict:
        """Say something and wait for the reply. Raises Stopped."""
        with suppress(BrokenPipeError):  # it has ended: there is no reply either
            send(self.process.stdin, message)
        said = self.process.stdout.readline(min(self.left, REPLY))
        self.left -= len(said)
        if not said.endswith(b"\n"):
            raise Stopped("output" if len(said) == REPLY or not self.left else self.why())
        try:
            self.last = received(said)
        except Garbled:
            raise Stopped("a garbled reply") from None
        return self.last

    def why(self) -> str:
        """What ended it."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(1)
        if self.late:
            return "time"
        if self.process.returncode is None:
            return "it closed the line"
        return "a forbidden call" if self.process.returncode == FORBIDDEN else "it ended its own process"

    def close(self) -> None:
        self.timer.cancel()
        kill(self.process)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            with suppress(OSError):  # what nobody read
                pipe.close()


@contextmanager
def room(folders: list[str], held: str, limits: Limits) -> Iterator[Line]:
    """A process behind the walls named in `held`, which can import from `folders`; it is over afterwards."""
    with tempfile.TemporaryDirectory(prefix="course-") as name:
        inside = Path(name, "files")
        inside.mkdir(mode=0o555)
        Path(name, confine.NAME).write_text(PROGRAM)
        line = Line(started(inside, folders, held, limits), limits.output_kb << 10)
        try:
            ready(line)
            line.ends_after(limits.seconds)
            yield line
        finally:
            line.close()


def ready(line: Line) -> None:
    """Wait until the course is imported there. Raises CourseError."""
    line.ends_after(START_S)
    try:
        line.asks({})
    except Stopped as why:
        errors = line.process.stderr.read().decode("utf-8", "replace").strip()
        raise CourseError(f"the room for answers did not open ({why}): {errors[-500:]}") from None


def started(inside: Path, folders: list[str], held: str, limits: Limits) -> subprocess.Popen:
    """`course_lib.confine` as a script: it raises the walls, then runs PROGRAM. No byte of a file can be written."""
    numbers = [int(limits.seconds) + START_S, limits.memory_mb << 20, 0, HANDLES]
    how = [held, os.getpid(), 0, 0, *numbers]  # nothing is removed, nothing imported from its own folder
    command = [sys.executable, *"-P -s -S -B -X utf8".split(), confine.__file__, *map(str, how)]
    environment = {"PYTHONHASHSEED": "0", "PYTHONPATH": os.pathsep.join(folders), "OPENBLAS_NUM_THREADS": "1"}
    environment |= {"SYSTEMROOT": os.environ["SYSTEMROOT"]} if os.name == "nt" else {}
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen(command, cwd=inside, env=environment, start_new_session=True, **pipes)
