"""Files that are whole or not there. Beside each stands `NAME.sha256`, its seal, written after it: a file without one was never
finished, and one that does not match its own was cut or edited. `locked` holds a folder of them for one process.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from pathlib import Path

from course_lib.errors import CourseError, need

LOCK = ".lock"


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
