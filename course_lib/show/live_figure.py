"""A figure that changes while a run goes on: one place on the page, drawn anew in place."""

from __future__ import annotations

import sys
import time
from typing import Any

from course_lib.show.picture import Picture

PAUSE = 0.5  # seconds between two drawings at least: a drawing takes a tenth of a second from the run


class Live:
    """Draws figures into one display. Outside a notebook it prints a line of text for each instead."""

    def __init__(self) -> None:
        self.handle: Any = None
        self.drawn = -PAUSE

    def draw(self, figure: Any, force: bool = False) -> None:
        """Show a Picture or a matplotlib figure; skipped within half a second of the last, unless `force`."""
        now = time.monotonic()
        if not force and now - self.drawn < PAUSE:
            return
        self.drawn = now
        self._put(figure if hasattr(figure, "_repr_mimebundle_") else Picture(figure, words(figure)))

    def _put(self, picture: Any) -> None:
        if not in_notebook():
            print(picture, flush=True)
        elif self.handle is None:
            from IPython.display import display

            self.handle = display(picture, display_id=True)
        else:
            self.handle.update(picture)


def live() -> Live:
    """A place for a figure that changes: draw() into it as often as you like."""
    return Live()


def put(thing: Any) -> None:
    """Show something at once, in the middle of a cell. Outside a notebook its text is printed."""
    if not in_notebook():
        print(thing, flush=True)
        return
    from IPython.display import display

    display(thing)


def in_notebook() -> bool:
    """Does a notebook's kernel run this, rather than a terminal?"""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None


def words(figure: Any) -> str:
    """What a bare figure says of itself: its titles and axis names."""
    found = [
        text for a in figure.axes for text in (a.get_title(loc="left"), a.get_title(), a.get_ylabel(), a.get_xlabel())
    ]
    return "Figure: " + ", ".join(text for text in found if text)
