"""Sliders by name: a range (low, high, step), a list of choices, or a dict with `values`, `label` and `start`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from course_lib.controls.widgets import make, row, watch
from course_lib.errors import need

WORDS = {True: "yes", False: "no"}


@dataclass(frozen=True)
class Slider:
    """One setting: `values` is a tuple (low, high, step) or a list of choices; `start` is where it stands at first."""

    name: str
    label: str
    values: tuple | list
    start: Any

    def check(self, value: Any) -> Any:
        """`value` snapped to the nearest step; CourseError if it is none of this slider's values."""
        if isinstance(self.values, list):
            need(value in self.values, f"{self.label} is {value!r}: it must be one of {self.values}.")
            return value
        low, high, step = self.values
        need(low <= value <= high, f"{self.label} is {value}: it must lie between {low} and {high}.")
        snapped = low + round((value - low) / step) * step
        return snapped if whole(self.values) else round(snapped, 10)  # 0.3, never 0.30000000000000004

    def widget(self) -> Any:
        """An ipywidgets slider; a drop-down list for choices that are not numbers."""
        common = {"value": self.start, "description": self.label, "style": {"description_width": "initial"}}
        if isinstance(self.values, list):
            kind = "SelectionSlider" if all(map(is_number, self.values)) else "Dropdown"
            return make(kind, options=[(shown(v), v) for v in self.values], disabled=False, **common)
        low, high, step = self.values
        kind, form = ("IntSlider", "d") if whole(self.values) else ("FloatSlider", f".{decimals(step)}f")
        return make(kind, min=low, max=high, step=step, readout_format=form, disabled=False, **common)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def whole(values: tuple) -> bool:
    return all(isinstance(v, int) for v in values)


def decimals(step: float) -> int:
    text = f"{step:.10f}".rstrip("0")
    return max(1, len(text.partition(".")[2]))


def shown(value: Any) -> str:
    """A value as a person reads it."""
    if isinstance(value, bool):
        return WORDS[value]
    return f"{value:g}" if is_number(value) else str(value)


def read(name: str, spec: tuple | list | dict) -> Slider:
    """A slider from what the author wrote; CourseError if that makes none."""
    spec = spec if isinstance(spec, dict) else {"values": spec}
    values, label = spec.get("values"), spec.get("label", name)
    how = f"slider {name!r}: give (low, high, step) or a list of choices, not {values!r}."
    if isinstance(values, tuple):
        need(len(values) == 3 and all(map(is_number, values)) and values[0] < values[1] and values[2] > 0, how)
    else:
        need(isinstance(values, list) and len(values) > 0, how)
    slider = Slider(name, label, values, spec.get("start", values[0]))
    slider.check(slider.start)
    return slider


class Sliders:
    """Several sliders and where they stand."""

    def __init__(self, specs: dict[str, tuple | list | dict]):
        self.sliders = {name: read(name, spec) for name, spec in specs.items()}
        self.widgets = {name: slider.widget() for name, slider in self.sliders.items()}
        self.box = row(list(self.widgets.values()))

    def values(self) -> dict[str, Any]:
        return {name: self.sliders[name].check(w.value) for name, w in self.widgets.items()}

    def move(self, **values: Any) -> None:
        """Set some of them by name, as a hand would."""
        for name, value in values.items():
            need(name in self.sliders, f"there is no slider {name!r}: there is {', '.join(self.sliders) or 'none'}.")
            self.widgets[name].value = self.sliders[name].check(value)

    def watch(self, react: Callable[[], None]) -> None:
        for widget in self.widgets.values():
            watch(widget, react)

    def disable(self, off: bool) -> None:
        for widget in self.widgets.values():
            widget.disabled = off

    def __str__(self) -> str:
        """The values in words: "K = 8, τ = 0.6"."""
        return ", ".join(f"{self.sliders[n].label} = {shown(v)}" for n, v in self.values().items())
