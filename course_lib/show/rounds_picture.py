"""What a run measured beside accuracy, round by round: a judge's worth, the blind spot, the length of answers."""

from __future__ import annotations

from course_lib.show.figure import KEPT_BY_LOT, note
from course_lib.show.picture import Picture
from course_lib.show.plots import lines
from course_lib.show.style import BLIND, CONTROL, METHOD, PROXY

ROUND = "round (0: before training)"


def together(found: dict) -> Picture:
    """Writing, judging and the blind spot of one model over the rounds (a run of `lesson.gauges.writing_and_judging`)."""
    rounds = found["rounds"]
    series = {
        "writes: right": (*bands([whole(r) for r in rounds]), METHOD),
        "judges: right beats wrong": (*bands([r["judge"] for r in rounds]), PROXY),
        "writes, dozen stories: right": (*bands([r["dozen_right"] for r in rounds]), BLIND),
        "judges: wrong dozen beats right": (
            *bands([r["dozen"] for r in rounds]),
            BLIND | {"linestyle": ":", "marker": "X"},
        ),
    }
    n = f"n = {rounds[0]['n']} stories, {rounds[0]['judge']['n']} pairs of solutions, 1 seed ({found['seed']})"
    xs = [r["round"] for r in rounds]
    picture = lines(xs, series, ROUND, "share (%)", f"{n}; bands: 95 %", "one model that writes and judges")
    picture.figure.axes[0].set_xticks(xs)
    return picture


def by_round(found: dict, what: str, ylabel: str, title: str = "") -> Picture:
    """One measured number (a dict of value and interval) by round, the method beside its control."""
    arms = {found["method"]: (found["rounds"], METHOD)}
    if found.get("control"):
        arms[f"control: {found.get('control_is', KEPT_BY_LOT)}"] = (found["control"]["rounds"], CONTROL)
    least = min(len(rows) for rows, _ in arms.values())
    series = {name: (*bands([r[what] for r in rows[:least]], 1), style) for name, (rows, style) in arms.items()}
    xs = [r["round"] for r in found["rounds"][:least]]
    picture = lines(xs, series, ROUND, ylabel, f"{note(found)}; bands: 95 %", title)
    picture.figure.axes[0].set_xticks(xs)
    return picture


def whole(row: dict) -> dict:
    return {"value": row["accuracy"], "interval": row["interval"]}


def bands(rows: list[dict], scale: float = 100) -> tuple[list[float], list[float], list[float]]:
    """Values with the ends of their intervals, in percent unless `scale` says otherwise."""
    return (
        [scale * r["value"] for r in rows],
        [scale * r["interval"][0] for r in rows],
        [scale * r["interval"][1] for r in rows],
    )
