"""A run in a thread of its own, which can be interrupted as ■ interrupts a cell."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable
from typing import Any

from course_lib.errors import need

GRACE = 0.8  # seconds that a run between two bars has to reach the next one, or its end
AGAIN = 0.5  # seconds after which an interrupt that did not come through is raised once more


class Work(threading.Thread):
    """`job(work)` in a thread; then `after(work)`, with `result` or `error` set.

    A stop raises KeyboardInterrupt in the thread. That is worth one result, so it is raised once: in a bar by
    `check`, or from outside wherever the thread is, but not while it packs up what it returns.
    """

    def __init__(self, job: Callable[[Work], Any], after: Callable[[Work], None]):
        super().__init__(name="course-run", daemon=True)
        self.job, self.after = job, after
        self.result: Any = None
        self.error: BaseException | None = None
        self.asked, self.over, self.in_bar, self.raised = False, False, False, 0.0
        self.began, self.lock = time.monotonic(), threading.Lock()

    def run(self) -> None:
        try:
            self.attempt()
            with self.lock:
                self.over = True
        except KeyboardInterrupt:  # struck just as the job ended; without this the buttons would never come back
            self.over = True
        self.after(self)

    def attempt(self) -> None:
        try:
            self.result = self.job(self)
        except KeyboardInterrupt:
            pass  # stopped where nothing could be returned
        except BaseException as error:
            self.error = error

    def check(self) -> None:
        """Raise KeyboardInterrupt in the thread itself if a stop was asked for and none was raised, or it was lost.

        Lost: an exception that strikes inside a finaliser is dropped by Python.
        """
        with self.lock:
            due = self.asked and time.monotonic() - self.raised > AGAIN
            if due:
                self.raised = time.monotonic()
        if due:
            raise KeyboardInterrupt

    def stop(self, seconds: float = 2.0) -> bool:
        """Interrupt, wait at most `seconds`, and say whether the run is over."""
        until = time.monotonic() + seconds
        first, self.asked = not self.asked, True
        if first and not self.in_bar:
            self.join(min(GRACE, seconds))
        if first:
            self.strike()
        self.join(max(0.0, until - time.monotonic()))
        return not self.is_alive()

    def strike(self) -> None:
        """Raise KeyboardInterrupt in the thread from outside, wherever its Python code is."""
        with self.lock:
            if self.is_alive() and not self.over and not self.raised:
                self.raised = time.monotonic()
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(self.ident), ctypes.py_object(KeyboardInterrupt)
                )


def need_no_panel() -> None:
    """Refuse a cell's own training while one of a panel is going: two at a time share torch's random numbers."""
    need(not going(), "A run of a panel is going: wait for its end or press its Stop, then run this cell again.")


def going() -> list[Work]:
    """The runs that are going in this process."""
    return [t for t in threading.enumerate() if isinstance(t, Work) and t.is_alive()]
