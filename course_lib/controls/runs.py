"""A Run button, a progress bar, a live picture and Stop, around a real run in one worker thread."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from functools import partial
from html import escape
from typing import Any

from course_lib.controls.bars import Bar
from course_lib.controls.pictures import HTML, TEXT, as_html, bundle, sentence
from course_lib.controls.sliders import Sliders
from course_lib.controls.widgets import make, row, with_twin
from course_lib.controls.work import Work, going
from course_lib.errors import CourseError, need

EVERY = 0.5  # seconds between two pictures
LINES = 12  # lines of text that stay in sight
BUSY = "A run is already going: wait for its end or press Stop, then Run again."
NONE_YET = "Nothing has run here yet. In a live notebook, press Run; Stop ends it early and keeps the finished rounds."
STOPPED = "Stopped after {:.0f} s; what was finished is kept."
STILL = "Stopping: the step that is going has to end first."


def runner(
    start: Callable[..., Any], label: str = "Run", picture: Any = None, **sliders: tuple | list | dict
) -> Runner:
    """A Run button for `start(bar, show, say, **values)`, which runs in a thread and returns the result.

    `bar` is a factory like course_lib.progress.bar, `show(picture)` puts a picture into the live figure, `say(text)`
    adds a line. `picture` is what stands there before a run, and on pages where nothing runs. `sliders`, as in `panel`,
    are the run's settings; they rest while it goes. Let `start` end soon after `improve` has returned: from then on
    a stop has nothing to keep.
    """
    return Runner(start, label, picture, sliders)


class Runner:
    """What `runner` makes. `result` is what `start` returned (None before), `error` what it raised."""

    def __init__(self, start: Callable[..., Any], label: str, picture: Any, sliders: dict[str, tuple | list | dict]):
        self.start, self.sliders, self.work = start, Sliders(sliders), None
        self.result, self.error, self.lines, self.waiting, self.painted = None, None, [], None, 0.0
        self.twin = {TEXT: NONE_YET, HTML: sentence(NONE_YET)} if picture is None else bundle(picture)
        self.go = make("Button", description=f"▶ {label}", button_style="primary", disabled=False)
        self.halt = make("Button", description="■ Stop", disabled=True)
        self.progress = make("FloatProgress", value=0.0, min=0.0, max=1.0)
        self.status, self.text = make("HTML", value=""), make("HTML", value="")
        self.picture = make("HTML", value=as_html(self.twin) if picture is not None else "")
        buttons = row([self.go, self.halt, self.progress, self.status])
        self.box = make("VBox", children=(self.sliders.box, buttons, self.picture, self.text))
        if hasattr(self.go, "on_click"):
            self.go.on_click(lambda _: self.pressed())
            self.halt.on_click(lambda _: self.stop())

    @property
    def going(self) -> bool:
        return self.work is not None and self.work.is_alive()

    def run(self, **values: Any) -> Runner:
        """Start, with sliders set by name. Refused with a sentence while any run of this kernel is going."""
        if self.work is not None and self.work.over:
            self.work.join()  # it may still be giving back the buttons
        need(not going(), BUSY)
        self.sliders.move(**values)
        chosen = self.sliders.values()  # read here: what a run uses cannot change under it
        self.result, self.error, self.lines, self.waiting, self.painted = None, None, [], None, 0.0
        self.text.value = ""
        self.switch(running=True)
        self.work = Work(
            lambda work: self.start(partial(Bar, work, self.paint), self.show, self.say, **chosen), self.after
        )
        self.work.start()
        return self

    def stop(self) -> bool:
        """End the run within 2 s and keep what is finished; says whether it is over. A run left by an earlier cell, too."""
        over = all(map(Work.stop, going()))
        if not over:
            self.status.value = escape(STILL)
        elif self.status.value == escape(BUSY):  # it was another cell's run
            self.status.value = ""
            self.switch(running=False)
        return over

    def wait(self, seconds: float | None = None) -> Any:
        """The result, once there. ■ in the waiting cell stops the run as Stop does."""
        try:
            if self.work is not None:
                self.work.join(seconds)
        except KeyboardInterrupt:
            self.stop()
        if self.error is not None:
            raise self.error
        return self.result

    def pressed(self) -> None:
        """The Run button."""
        try:
            self.run()
        except CourseError as error:
            self.status.value = escape(str(error))
            self.halt.disabled = not going()

    def switch(self, running: bool) -> None:
        self.go.disabled, self.halt.disabled = running, not running
        self.sliders.disable(running)

    def paint(self, share: float, text: str) -> None:
        self.progress.value, self.status.value = min(1.0, share), escape(text)

    def show(self, picture: Any, force: bool = False) -> None:
        """Into the live figure, at most twice a second unless forced; the last one always."""
        self.waiting = picture
        if force or time.monotonic() - self.painted > EVERY:
            self.draw()

    def draw(self) -> None:
        self.twin = bundle(self.waiting)
        self.picture.value = as_html(self.twin)
        self.waiting, self.painted = None, time.monotonic()

    def say(self, text: str) -> None:
        """A line under the picture. Never print: what a thread prints lands in whichever cell runs next."""
        self.lines = [*self.lines, str(text)][-LINES:]
        self.text.value = "<br>".join(map(escape, self.lines))

    def after(self, work: Work) -> None:
        """In the thread, when the run is over: its result, its last picture, how it ended, and the buttons back."""
        self.result, self.error = work.result, work.error
        seconds = time.monotonic() - work.began
        try:
            if self.waiting is not None:
                self.draw()
        finally:
            self.status.value = ending(work, seconds)
            self.switch(running=False)

    def _repr_mimebundle_(self, include=None, exclude=None) -> tuple[dict, dict]:
        return with_twin(
            self.box, self.twin, repr(self), "Call .run() to start, .wait() for the result, .stop() to end it."
        )

    def __repr__(self) -> str:
        settings = f"\n(settings: {self.sliders})" if self.sliders.sliders else ""
        return f"{self.twin[TEXT]}{settings}"


def ending(work: Work, seconds: float) -> str:
    """How a run ended, as HTML; an unforeseen error with its traceback folded."""
    if isinstance(work.error, CourseError):
        return sentence(str(work.error))
    if work.error is not None:
        trace = escape("".join(traceback.format_exception(work.error)))
        line = sentence(f"The run ended with an error ({type(work.error).__name__}: {work.error}).")
        return f"{line}<details><summary>where</summary><pre>{trace}</pre></details>"
    if work.asked:
        return escape(STOPPED.format(seconds))
    return escape(f"Done in {seconds:.0f} s.")
