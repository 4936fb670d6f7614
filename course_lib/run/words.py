"""A run in words, for readers who have not seen it: its problems, its rounds beside the control's, its gains, its command."""

from __future__ import annotations

import shlex
from dataclasses import fields
from pathlib import Path

from course_lib.run.experiment import build
from course_lib.run.log import RunLog
from course_lib.run.settings import Settings, source, usual
from course_lib.statistics import paired_gain
from course_lib.tasks import hub
from course_lib.types import KEPT_BY_LOT, Round


def known_as(model: str) -> str:
    """A model's name as others may read it: of a folder on this disk, its last part."""
    return Path(model).resolve().name if Path(model).exists() else model


def problems(s: Settings) -> str:
    return f"{s.problems} stories of the pocket town" if s.problems.isdecimal() else f"`{problems_as(s.problems)}`"


def problems_as(problems: str) -> str:
    """The setting as others may read it: of a file or folder on this disk, its last part."""
    name, most = source(problems)
    name = name if problems.isdecimal() or name in hub.NAMED else Path(name).resolve().name
    return name if most is None else f"{name}:{most}"


def held_out(s: Settings) -> str:
    name = source(s.problems)[0]
    if s.problems.isdecimal():
        return f"stories of {spoken(s.measured_levels)} steps"
    if name in hub.NAMED:
        return "of GSM8K's test split" if name == "gsm8k" else "of the other half of MATH-500"
    if Path(name).is_dir() or not (Path(name).exists() or Path(name).suffix):
        return "of the same set: its test split, or, if it has one split, its other half"
    return "the last fifth of the file"


def about_control(told: RunLog) -> str:
    if "control" not in told.logs:
        return "This run has no control, so nobody can say what of a gain is due to what was kept."
    did = "was stopped before its end; it does" if told.stopped("control") else "did"
    twin = build(told.settings).twin
    due = "what was kept" if twin == KEPT_BY_LOT else "the scores"
    return f"The control {did} the same with {twin}: a gain over it is due to {due}."


def rounds(told: RunLog) -> str:
    """The log of both arms, a row a round."""
    method, twin = told.logs["method"], told.logs.get("control", [])
    head = "| round | kept | accuracy |" + (" kept by the control | the control's accuracy |" if twin else "")
    rows = [head, "|---|" + "---|" * (4 if twin else 2)]
    for i in range(max(len(method), len(twin))):
        cells = [f"{i}{', before' if i == 0 else ''}", *cells_of(method, i), *(cells_of(twin, i) if twin else [])]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def cells_of(log: list[Round], i: int) -> list[str]:
    if i >= len(log):
        return ["", ""]
    low, high = log[i].metrics["interval"]
    return [
        str(log[i].kept) if i else "",
        f"{100 * log[i].metrics['accuracy']:.1f} % [{100 * low:.1f}, {100 * high:.1f}]",
    ]


def gains(logs: dict[str, list[Round]], arm: str, round: int) -> str:
    """This model against the base and against the other arm's of the same round, on the same problems."""
    other = "control" if arm == "method" else "method"
    against = {"the model it began with": logs[arm][0], f"the {other}": dict(enumerate(logs.get(other, []))).get(round)}
    mine = logs[arm][round].metrics["outcomes"]
    lines = [f"- over {name}: {points(mine, row)}" for name, row in against.items() if row]
    return f"After round {round}, in points of accuracy:\n\n" + "\n".join(lines)


def points(mine: list[float], row: Round) -> str:
    found = paired_gain(mine, row.metrics["outcomes"])
    low, high = found["interval"]
    verdict = "" if low > 0 or high < 0 else " (holds 0: no difference shown)"
    return f"{100 * found['value']:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]{verdict}"


def spoken(levels: tuple[int, ...]) -> str:
    *first, last = map(str, levels)
    return f"{', '.join(first)} and {last}" if first else last


def command(s: Settings) -> str:
    """The command of a run with these settings; what is at its default is left away."""
    switches = {"full": " --full", "four_bit": " --four-bit", "control": " --no-control"}
    text = f"course {s.method} --rounds {s.rounds} --seed {s.seed}"
    default = Settings(**usual(s.method, s.model, s.full))
    for name in (f.name for f in fields(Settings) if f.name not in ("method", "rounds", "seed", "measured_levels")):
        value = getattr(s, name)
        if value == getattr(default, name):
            continue
        text += switches.get(name) or f" --{name.replace('_', '-')} {spelled(name, value)}"
    return text


def spelled(name: str, value) -> str:
    as_told = {"model": known_as, "problems": problems_as}
    value = as_told[name](value) if name in as_told else value
    return " ".join(shlex.quote(str(v)) for v in (value if isinstance(value, tuple) else (value,)))
