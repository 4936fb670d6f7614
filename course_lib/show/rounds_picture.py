"""What a run measured beside accuracy, round by round: a judge's worth, the blind spot, the length of answers."""

from __future__ import annotations

from course_lib.errors import need
from course_lib.show.figure import note
from course_lib.show.picture import Picture
from course_lib.show.plots import heading, lines, one_line, span
from course_lib.show.style import BLIND, CONTROL, METHOD, PLAIN, label, marks, new_figure
from course_lib.types import KEPT_BY_LOT

ROUND = "round (0: before training)"


def together(found: dict) -> Picture:
    """Writing, judging and the blind spot of one model over the rounds (a run of `lesson.gauges.writing_and_judging`)."""
    rounds = found["rounds"]
    series = {
        "writes: right": (*bands([whole(r) for r in rounds]), METHOD),
        "judges: right beats wrong": (*bands([r["judge"] for r in rounds]), PLAIN[0]),
        "writes, dozen stories: right": (*bands([r["dozen_right"] for r in rounds]), BLIND),
        "judges: wrong dozen beats right": (
            *bands([r["dozen"] for r in rounds]),
            BLIND | {"marker": PLAIN[0]["marker"]},
        ),
    }
    n = f"n = {rounds[0]['n']} stories, {rounds[0]['judge']['n']} pairs of solutions, 1 seed ({found['seed']})"
    xs = [r["round"] for r in rounds]
    picture = lines(xs, series, ROUND, "share (%)", f"{n}; bands: 95 %", "one model that writes and judges")
    picture.figure.axes[0].set_xticks(xs)
    return picture


def by_round(found: dict, what: str, ylabel: str, title: str = "", scale: float = 1) -> Picture:
    """One measured number (a dict of value and interval) by round, the method beside its control; `scale` 100 for percent."""
    arms = {found["method"]: (found["rounds"], METHOD)}
    if found.get("control"):
        arms[f"control: {found.get('control_is', KEPT_BY_LOT)}"] = (found["control"]["rounds"], CONTROL)
    least = min(len(rows) for rows, _ in arms.values())
    series = {name: (*bands([r[what] for r in rows[:least]], scale), style) for name, (rows, style) in arms.items()}
    xs = [r["round"] for r in found["rounds"][:least]]
    picture = lines(xs, series, ROUND, ylabel, f"{note(found)}; bands: 95 %", title)
    picture.figure.axes[0].set_xticks(xs)
    ends = "; ".join(f"{name} {ys[-1]:.3g} [{lo[-1]:.3g}, {hi[-1]:.3g}]" for name, (ys, lo, hi, _) in series.items())
    return Picture(picture.figure, f"{picture.alt} In the end, with 95 % intervals: {ends}.")


def several(
    runs: dict[str, list[dict]], what: str, ylabel: str, title: str = "", scale: float = 100, of: str = "values",
    xlabel: str = ROUND,
) -> Picture:  # fmt: skip
    """One measured number (a dict of value and interval) by round, a line for each run: name → the rows of its rounds.

    Runs may have come to different rounds. Values are shares, shown in percent, unless `scale` says otherwise. `of` names
    what a value is a mean of.
    """
    need(any(runs.values()), "no run has been measured yet: run one first.")
    figure, axes = new_figure()
    told, styles = [], marks(runs)
    for name, rows in runs.items():
        xs, (ys, lows, highs) = [r["round"] for r in rows], bands([r[what] for r in rows], scale)
        if rows:
            one_line(axes, xs, ys, lows, highs, name, styles[name])
            told.append(f"{name}: {span(xs, ys)} [{lows[-1]:.3g}, {highs[-1]:.3g}]")
    first = next(rows for rows in runs.values() if rows)
    n = f"n = {first[0][what]['n']} {of} a point, 1 seed; bands: 95 %"
    label(figure, axes, xlabel, ylabel, n, title)
    axes.set_xticks(range(max(r["round"] for rows in runs.values() for r in rows) + 1))
    axes.legend(frameon=False, fontsize=10, handlelength=3)
    return Picture(
        figure,
        f"{heading(title)}Lines of {ylabel} by {xlabel.partition(' (')[0]}, the last with its interval. {'; '.join(told)}. {n}",
    )


def whole(row: dict) -> dict:
    return {"value": row["accuracy"], "interval": row["interval"]}


def bands(rows: list[dict], scale: float = 100) -> tuple[list[float], list[float], list[float]]:
    """Values with the ends of their intervals, in percent unless `scale` says otherwise."""
    return (
        [scale * r["value"] for r in rows],
        [scale * r["interval"][0] for r in rows],
        [scale * r["interval"][1] for r in rows],
    )
