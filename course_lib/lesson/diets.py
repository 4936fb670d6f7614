"""Generations side by side: the same beginning, another diet each, one live figure of what is left."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from course_lib import show
from course_lib.controls import Runner, runner
from course_lib.controls.work import need_no_panel
from course_lib.lesson import costs, gauges
from course_lib.lesson.room import Room
from course_lib.methods.generations import generations
from course_lib.policy import Policy
from course_lib.record import read_group, read_lines, rounds_of
from course_lib.run.experiment import rows
from course_lib.run.experiment import unfinished as interrupted
from course_lib.run.fingerprint import fingerprint
from course_lib.sealed import finished, locked
from course_lib.show.picture import Picture
from course_lib.tasks.passages import WORDS, by_frequency
from course_lib.types import Round

Draw = Callable[[dict[str, list[dict]]], Picture]
GENERATION = "generation (0: the first model)"
LEFT: Draw = partial(show.several, what="tail", ylabel=gauges.ALIVE, of="rare words", xlabel=GENERATION)


@dataclass(frozen=True)
class Fed:
    """What `feed` gave: for each diet the rows of its rounds, its last policy, and its folder."""

    rounds: dict[str, list[dict]] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    folders: dict[str, Path] = field(default_factory=dict)
    picture: Draw = LEFT

    def texts(self, diet: str, round: int) -> list[str]:
        """What a generation (from 1) of this diet wrote, before anything was chosen or mixed in."""
        groups = read_lines(self.folders[diet] / f"{round:02d}" / "rollout.jsonl", read_group)
        return [c.text for g in groups for c in g.completions_G]

    def last(self, diet: str) -> dict:
        """All that was measured after this diet's last round, each outcome too."""
        found = [p for folder in rounds_of(self.folders[diet]) if finished(p := folder / "measure.json")]
        return json.loads(found[-1].read_text(encoding="utf-8"))

    def words(self, diet: str) -> list[list[int]]:
        """How often each word was written, from the commonest of the true language to the rarest, generation by generation."""
        places = [(slot, WORDS[slot].index(word)) for slot, word in by_frequency()]
        return [[row["words"][slot][i] for slot, i in places] for row in self.rounds[diet]]

    def _repr_mimebundle_(self, **kwargs):
        return self.picture(self.rounds)._repr_mimebundle_(**kwargs)

    def __repr__(self) -> str:
        return repr(self.picture(self.rounds))


def feed(
    room: Room, diets: dict[str, dict[str, Any]], rounds: int = 8, picture: Draw = LEFT, draw=None, say=print, bar=None
) -> Fed:
    """Run `generations` once for each name, with the settings given for it (diet, keep, temperature, from_base …).

    With a real model it begins by telling what that will cost at most. The same settings again: a stopped run goes on, a finished
    one is read. A stop keeps what is finished.
    """
    if draw is None:  # a cell's own, no panel's
        need_no_panel()
    fed = Fed(folders={name: place(room, name, how, rounds) for name, how in diets.items()}, picture=picture)
    if draw is None and room.policy.name != "pocket" and any(unfinished(fed, name, rounds) for name in diets):
        show.put(costs.told("it", lambda: costs.of_diets(room, diets, rounds)))
    draw, measure = draw or show.live().draw, gauges.first_kept(room, bar)
    for name, how in diets.items():

        def shown(log: list[Round], name=name) -> None:
            fed.rounds[name] = rows(log, fed.folders[name])
            draw(picture(fed.rounds))

        common = {"n": len(room.train), "rounds": rounds, "measure": measure, "lr": room.lr, "seed": room.seed}
        watched = {"folder": fed.folders[name], "show": shown, "say": say} | ({"bar": bar} if bar else {})
        with locked(fed.folders[name]):
            fed.policies[name], log = generations(room.policy, **common, **watched, **how)
        if interrupted([r.kept for r in log], rounds):
            break
    if fed.rounds:
        draw(picture(fed.rounds), force=True)
    return fed


def place(room: Room, name: str, how: dict[str, Any], rounds: int) -> Path:
    """The folder of a diet: its name holds all that decides its numbers."""
    made_of = fingerprint(generations, how, rounds, room.gauge, room.begun_with(), room.lr, room.problems())
    return room.folder / f"{name.replace(' ', '-')}-{made_of}"


def unfinished(fed: Fed, diet: str, rounds: int) -> bool:
    return not finished(fed.folders[diet] / f"{rounds:02d}" / "measure.json")


def dials(room: Room, make: Callable[..., dict[str, dict]], shown: Fed, rounds: int, **sliders) -> Runner:
    """A Run button for the diets that `make(**values)` names. Until then the figure shows `shown`."""

    def start(bar, draw, say, **values):
        return feed(room, make(**values), rounds, shown.picture, draw, say, bar)

    return runner(start, picture=shown, **sliders)
