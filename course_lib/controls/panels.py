"""Sliders above a picture. A move draws it again; where nothing moves, the picture at the starting values stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from course_lib.controls.pictures import HTML, TEXT, as_html, bundle, sentence
from course_lib.controls.sliders import Sliders
from course_lib.controls.widgets import make, with_twin
from course_lib.errors import CourseError


def panel(draw: Callable[..., Any], **sliders: tuple | list | dict) -> Panel:
    """Sliders over `draw(**values)`, a pure function that returns a picture, a figure or a table.

    Each slider is name=(low, high, step), name=[choices], or name=dict(values=..., label="τ", start=...). A combination
    that can't be drawn: let `draw` raise CourseError, and its sentence stands in place of the picture.
    """
    return Panel(draw, sliders)


class Panel:
    """What `panel` makes. `values` is where the sliders stand."""

    def __init__(self, draw: Callable[..., Any], sliders: dict[str, tuple | list | dict]):
        self.draw, self.sliders = draw, Sliders(sliders)
        self.twin = self.drawn()  # at once: an error in `draw` shows in the cell that made the panel
        self.picture = make("HTML", value=as_html(self.twin))
        self.box = make("VBox", children=(self.sliders.box, self.picture))
        self.sliders.watch(self.redraw)

    @property
    def values(self) -> dict[str, Any]:
        return self.sliders.values()

    def move(self, **values: Any) -> Panel:
        """Set sliders by name, as a hand would."""
        self.sliders.move(**values)
        self.redraw()
        return self

    def drawn(self) -> dict[str, Any]:
        """The picture at the sliders' values; the sentence where they make none."""
        try:
            return bundle(self.draw(**self.values))
        except CourseError as error:
            return {HTML: sentence(str(error)), TEXT: str(error)}

    def redraw(self) -> None:
        """Draw again. Any other error is named in the picture's place: a callback's traceback reaches no one."""
        try:
            self.twin = self.drawn()
            self.picture.value = as_html(self.twin)
        except Exception as error:
            self.picture.value = sentence(f"This could not be drawn ({type(error).__name__}: {error}).")

    def _repr_mimebundle_(self, include=None, exclude=None) -> tuple[dict, dict]:
        words = f"This is the picture for {self.sliders}; call .move({next(iter(self.values), '')}=...) for another."
        return with_twin(self.box, self.twin, repr(self), words)

    def __repr__(self) -> str:
        return f"{self.twin[TEXT]}\n(sliders: {self.sliders})"
