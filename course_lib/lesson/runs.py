"""A run of a notebook: live figure, kept on disk phase by phase, gone on with after a stop or a restart of the kernel."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from course_lib import show
from course_lib.errors import need
from course_lib.policy import Policy
from course_lib.record import read_adapter, read_group, read_kept, read_lines, rounds_of
from course_lib.run.experiment import both_arms, came_to_end, control_named, result
from course_lib.sealed import finished, locked, seal_of, write
from course_lib.show.picture import Picture
from course_lib.types import Example, Group, Method, Problem, Round

BEGUN = "*/*/*.sha256"
ELSEWHERE = (
    "A new run. Unfinished beside it: {others}, begun with other settings, an older course, or on another kind of machine. To go "
    "on with one of them, go back to what it was begun with. For another machine's, set COURSE_PRECISION before the first cell "
    "to what that one multiplies in: a T4 float16, an L4 or newer bfloat16, a CPU float32."
)
STOPPED_EARLY = "Stopped before the base was measured, so there is nothing to show yet. Run the cell again to go on."


@dataclass(frozen=True)
class Run:
    """What a run gave: `found` as `course star --json` prints it, the last policies, and every round's groups."""

    found: dict
    policy: Policy
    twin: Policy | None
    folder: Path
    picture: Callable[[dict], Picture] = show.compare

    def rounds(self, arm: str = "method") -> list[tuple[list[Group], list[Example]]]:
        """(groups after revising, examples kept) of each round that got as far as selecting."""
        folders = [p for p in rounds_of(self.folder / arm) if finished(p / "select.jsonl")]
        return [
            (read_lines(p / "revise.jsonl", read_group), read_lines(p / "select.jsonl", read_kept)) for p in folders
        ]

    def measured(self, round: int = -1, arm: str = "method") -> dict:
        """All that was measured after a round (0: before the first), each problem's outcome too; by default after the last.

        Of a run that ended before this round: after its last one. Raises CourseError where nothing was measured of this arm.
        """
        found = [p for folder in rounds_of(self.folder / arm) if finished(p := folder / "measure.json")]
        need(found, f"This run was stopped before its {arm} was measured: run its cell again, and it goes on.")
        return json.loads(found[min(round, len(found) - 1)].read_text(encoding="utf-8"))

    def policies(self, arm: str = "method") -> list[Policy]:
        """The policy after each finished round, read from disk."""
        marks = [p / "adapter" / "done.json" for p in rounds_of(self.folder / arm)]
        return [read_adapter(self.policy, mark) for mark in marks if finished(mark)]

    def _repr_mimebundle_(self, **kwargs):
        if not self.found["rounds"]:
            return {"text/plain": STOPPED_EARLY}
        return self.picture(self.found)._repr_mimebundle_(**kwargs)

    def __repr__(self) -> str:
        return repr(self.picture(self.found)) if self.found["rounds"] else STOPPED_EARLY


def run(
    policy: Policy,
    method: Method,
    problems: list[Problem],
    measure: Callable[[Policy], dict],
    folder: Path,
    *,
    rounds: int,
    seed: int,
    with_control: bool,
    twin: Method | None = None,
    live: Callable[[dict], Picture] = show.curves,
    end: Callable[[dict], Picture] = show.compare,
    draw: Callable[..., None] | None = None,
    say=print,
) -> Run:
    """Run the method beside its control. The same settings again: a stopped run goes on, a finished one is read.

    `live` and `end` picture the run as it goes and when it is over; `draw(picture, force=...)` puts it up (default: a live figure
    on the page) and may skip what is not forced.
    """
    say_what_is_there(folder, say)
    draw, logs = draw or show.live().draw, {}
    named = control_named(method, twin)

    def drawn(arm: str, log: list[Round]) -> None:
        logs[arm] = log
        draw(live(result(method.name, policy.name, seed, logs, folder) | named))

    with locked(folder):
        found = both_arms(
            policy, method, problems, measure, folder, rounds=rounds, seed=seed, with_control=with_control, twin=twin,
            show=drawn, say=say,
        )  # fmt: skip
        logs = {arm: log for arm, (_, log) in found.items()}
        told = result(method.name, policy.name, seed, logs, folder) | named
        if told["rounds"]:
            draw(live(told), force=True)
        if came_to_end(told, rounds, with_control):
            write(folder / "result.json", json.dumps(told))
    return Run(told, found["method"][0], found["control"][0] if "control" in found else None, folder, end)


def say_what_is_there(folder: Path, say) -> None:
    if finished(folder / "result.json"):
        say(f"These settings ran to their end before; read from {folder}. Delete that folder to run anew.")
    elif any(folder.glob(BEGUN)):
        say(f"A run with these settings was stopped before its end; going on with it in {folder}.")
    elif others := unfinished_beside(folder):
        say(ELSEWHERE.format(others=", ".join(p.name for p in others)))


def unfinished_beside(folder: Path) -> list[Path]:
    """Runs of the same method that were begun and have no end: with other settings, other code, or on another kind of machine."""
    name = folder.name.rpartition("-")[0]
    begun = [
        p for p in sorted(folder.parent.glob(f"{name}-*")) if p.name.rpartition("-")[0] == name and any(p.glob(BEGUN))
    ]
    return [p for p in begun if not seal_of(p / "result.json").exists()]
