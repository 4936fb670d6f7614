"""A question with options to choose from: for predictions, made before a number is shown."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from course_lib.controls.pictures import HTML, TEXT, as_html, bundle, sentence
from course_lib.controls.widgets import make, watch, with_twin
from course_lib.errors import CourseError, need
from course_lib.plural import counted


def choose(question: str, options: list[str], on_choice: Callable[[str], Any] = lambda option: None) -> Choice:
    """Radio buttons for `question`. `on_choice(option)` is called at each choice; what it returns is shown below."""
    need(len(options) >= 2, f"the question {question!r} has {counted(len(options), 'option')}: give at least two.")
    return Choice(question, list(options), on_choice)


class Choice:
    """What `choose` makes. `value` is the option chosen, None before."""

    def __init__(self, question: str, options: list[str], on_choice: Callable[[str], Any]):
        self.question, self.options, self.on_choice = question, options, on_choice
        layout = {"width": "auto"}  # options are sentences
        self.radio = make("RadioButtons", options=options, value=None, layout=layout)
        self.reply = make("HTML", value="")
        asked = make("HTML", value=f"<b>{escape(question)}</b>")
        self.box = make("VBox", children=(asked, self.radio, self.reply))
        watch(self.radio, self.chosen)

    @property
    def value(self) -> str | None:
        return self.radio.value

    def choose(self, option: str) -> Choice:
        """Choose by hand of a program, or where there are no widgets."""
        need(option in self.options, f"{option!r} is not an option: choose one of {self.options}.")
        before, self.radio.value = self.radio.value, option
        if not hasattr(self.radio, "observe") or before == option:
            self.chosen()
        return self

    def chosen(self) -> None:
        if self.value is None:
            return
        try:
            said = self.on_choice(self.value)
            self.reply.value = "" if said is None else as_html(bundle(said))
        except CourseError as error:
            self.reply.value = sentence(str(error))

    def _repr_mimebundle_(self, include=None, exclude=None) -> tuple[dict, dict]:
        items = "".join(f"<li>{escape(o)}</li>" for o in self.options)
        twin = {HTML: f"<p><b>{escape(self.question)}</b></p><ul>{items}</ul>", TEXT: self.question}
        return with_twin(self.box, twin, repr(self), "Call .choose(option) with one of these.")

    def __repr__(self) -> str:
        return "\n".join([self.question, *(f"  ( ) {o}" for o in self.options)])
