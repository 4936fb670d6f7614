"""Ways to go on, side by side: each begins where one run ended, in one live figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from course_lib import show
from course_lib.controls import Runner, runner
from course_lib.controls.work import need_no_panel
from course_lib.lesson import costs, gauges
from course_lib.lesson.room import Room
from course_lib.lesson.runs import Run
from course_lib.run.experiment import unfinished
from course_lib.sealed import finished
from course_lib.show.picture import Picture
from course_lib.show.remedies_picture import remedies
from course_lib.types import Method, Problem

ANEW = 1_000  # added to the seed: going on would draw the lots of the first rounds again
Draw = Callable[[dict, dict[str, dict]], Picture]


@dataclass(frozen=True)
class Ways:
    """The run that came to a stand, and name → the run that went on from its last policy. The first is the control."""

    before: Run
    after: dict[str, Run] = field(default_factory=dict)
    picture: Draw = remedies

    def drawn(self, **going: dict) -> Picture:
        """What is finished, and what of one more there is so far."""
        return self.picture(self.before.found, {name: run.found for name, run in self.after.items()} | going)

    def _repr_mimebundle_(self, **kwargs):
        return self.drawn()._repr_mimebundle_(**kwargs)

    def __repr__(self) -> str:
        return repr(self.drawn())


def go_on(
    room: Room, before: Run, ways: dict[str, tuple[Method, list[Problem]]], rounds: int, draw=None, say=print, bar=None
) -> Ways:
    """From the last policy of `before`, for each name a method and what it is trained on, `rounds` more rounds.

    With a real model it begins by telling what that will cost at most. The same settings again: a way that was stopped goes on, a
    finished one is read. A stop keeps what is finished.
    """
    if draw is None:  # a cell's own, no panel's
        need_no_panel()
    found, stand = Ways(before), replace(room, policy=before.policy, seed=room.seed + ANEW)
    if draw is None and room.policy.name != "pocket" and not all(ended(stand, *way, rounds) for way in ways.values()):
        show.put(costs.told("it", lambda: costs.of_ways(stand, ways, rounds)))
    draw, measure = draw or show.live().draw, gauges.first_kept(stand, bar)
    for name, (method, problems) in ways.items():
        here = replace(stand, train=problems, live=lambda going, name=name: found.drawn(**{name: going}))
        run = here._run(method, measure, rounds, control=False, draw=draw, say=say)
        if run.found["rounds"]:
            found.after[name] = run
        if unfinished([row["kept"] for row in run.found["rounds"]], rounds):
            break
    return found


def ended(stand: Room, method: Method, problems: list[Problem], rounds: int) -> bool:
    """Did this way come to its end before?"""
    return finished(replace(stand, train=problems)._place(method, rounds, False, None) / "result.json")


def dials(room: Room, before: Run, make: Callable[..., dict], shown: Ways, rounds: int, **sliders) -> Runner:
    """A Run button for the ways that `make(**values)` names, as `go_on` takes them. Until then the figure shows `shown`."""

    def start(bar, draw, say, **values):
        return go_on(room, before, make(**values), rounds, draw, say, bar)

    return runner(start, picture=shown, **sliders)
