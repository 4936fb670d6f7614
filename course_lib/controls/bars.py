"""The progress bar of a run: what course_lib.progress.bar gives, drawn into a widget."""

from __future__ import annotations

import time
from collections.abc import Callable

from course_lib.controls.work import Work

EVERY = 0.2  # seconds between two drawings


class Bar:
    """Counts to `total` and says so through `paint(share, text)`. Every move is also where a stop can strike."""

    def __init__(self, work: Work, paint: Callable[[float, str], None], title: str, total: int, unit: str):
        self.work, self.paint, self.title, self.total, self.unit = work, paint, title, total, unit
        self.n, self.note, self.began, self.painted = 0, "", time.monotonic(), 0.0

    @property
    def format_dict(self) -> dict:
        return {"n": self.n, "total": self.total, "elapsed": time.monotonic() - self.began}

    def __enter__(self) -> Bar:
        self.work.check()
        self.work.in_bar = True
        self.draw()
        return self

    def __exit__(self, kind, error, trace) -> None:
        self.work.in_bar = False
        if kind is None:
            self.draw()

    def update(self, k: int = 1) -> None:
        self.n += k
        if time.monotonic() - self.painted > EVERY:
            self.draw()
        self.work.check()

    def set_postfix_str(self, text: str = "", refresh: bool = True) -> None:
        self.note = text
        if refresh:
            self.draw()

    def draw(self) -> None:
        self.painted = time.monotonic()
        words = (self.title, f"{self.n} of {self.total} {self.unit}", self.note)
        self.paint(self.n / max(1, self.total), " · ".join(w for w in words if w))
