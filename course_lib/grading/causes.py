"""Why an answer stopped, in words for the judge: a mistake, something that only the notebook has, or a wall."""

from __future__ import annotations

import errno
import os
import socket
import sys
import traceback

from course_lib.grading.scene import NOT_HERE, NotRun

COURSE = f"{os.sep}course_lib{os.sep}"
DESK = os.path.dirname(__file__)
PROCESS = ("subprocess.", "os.fork", "os.posix_spawn", "os.spawn", "os.exec", "os.system")
NETWORK = ("socket.__new__", "socket.connect", "socket.getaddrinfo", "socket.gethostby")


def told(error: BaseException, cells: list[str], lost: dict[str, Exception]) -> dict:
    """An exception in words: its name, its message, and the line of the cell where it was raised.

    "needs": what it would have taken from the notebook; "outside": it was refused by a wall.
    """
    name, user, error = cause(error, lost)
    needs = wanting(name, error)
    words, at = str(error)[:500], line_of(user if needs else error, cells)[:200]
    reply = {"raises": type(error).__name__, "words": words, "at": at}
    return reply | ({"needs": needs[:500]} if needs else {"outside": True} if refused(error) else {})


def cause(error: BaseException, lost: dict[str, Exception]) -> tuple[str, BaseException, BaseException]:
    """Behind a name that is not there: the name that was lost first, the error of what used it, and what kept it from being made.

    Without one: "", and the error itself twice.
    """
    lost, name, user = dict(lost), "", error
    while type(error) is NameError and error.name in lost:
        name, user, error = error.name, error, lost.pop(error.name)
    return name, user, error


def wanting(name: str, error: BaseException) -> str:
    """What only the notebook has and this stopped for; empty where it is a mistake like any other."""
    if isinstance(error, NotRun):
        return f"`{name or error}`, which only the notebook has: its experiment is not run here"
    if isinstance(error, ModuleNotFoundError):
        words = f"`{error.name}`, which is not there when answers are graded"
        return words + ": use plain Python (`math`, or numpy)" * (error.name == NOT_HERE)
    if isinstance(error, RuntimeError) and "new thread" in str(error):
        return "threads, and an answer has none when it is graded"
    if isinstance(error, EOFError):
        return "somebody who answers `input()`, and nobody does when answers are graded"
    if isinstance(error, FileNotFoundError) and error.filename is None:
        return "a folder for temporary files, and there is none when answers are graded"
    if isinstance(error, FileNotFoundError) and not by_the_course(error):
        return f"the file `{error.filename}`, which is not there when answers are graded"
    if isinstance(error, OSError) and by_the_course(error):  # its data are not behind the walls
        return "a file of the course, which is not there when answers are graded"
    return ""


def by_the_course(error: BaseException) -> bool:
    """Did a function of the course's stop, which a cell called?"""
    files = [f.filename for f in traceback.extract_tb(error.__traceback__)]
    near = [name for name in files if name.startswith("cell ") or COURSE in name]
    return bool(near) and COURSE in near[-1] and not near[-1].startswith(DESK)


def refused(error: BaseException) -> bool:
    """Is this what a wall says, or a library that a wall has stopped? A file that may not grow (EFBIG) is one too."""
    behind = error.__cause__ or error.__context__
    wall = isinstance(error, PermissionError | socket.gaierror) or getattr(error, "errno", None) == errno.EFBIG
    return wall or (behind is not None and refused(behind))


def line_of(error: BaseException, cells: list[str]) -> str:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith("cell ")]
    return cells[int(frames[-1].filename[5:])].split("\n")[frames[-1].lineno - 1].strip() if frames else ""


def missed(line: str, error: Exception, lost: dict[str, Exception]) -> str:
    """A line that stopped, and why, in words."""
    name, _, error = cause(error, lost)
    needs = wanting(name, error)
    return f"`{line[:100]}` " + (f"needs {needs}" if needs else f"stops with {type(error).__name__}: {error}")[:200]


def watched() -> set[str]:
    """A set into which Python's audit hooks (PEP 578) put what is reached for, also by code that keeps still about it.

    For the honest: what runs in this process can empty the set.
    """
    tried: set[str] = set()

    def look(event: str, args: tuple) -> None:
        for what, events in (("another process", PROCESS), ("the network", NETWORK)):
            if event.startswith(events):
                tried.add(what)

    sys.addaudithook(look)
    return tried
