"""The result of one run: held-out accuracy, the method beside its matched control and the base, with intervals."""

from __future__ import annotations

from pathlib import Path

from course_lib.plural import counted
from course_lib.show.picture import Picture
from course_lib.show.plots import dots, in_percent, one_line, span
from course_lib.show.style import BASE, CONTROL, METHOD, ink, label, marks, new_figure
from course_lib.types import KEPT_BY_LOT

ACCURACY = "held-out problems right, greedy (%)"  # unless the measure names its own axis


def curves(found: dict) -> Picture:
    """Accuracy by round, as `course star --json` prints a run. A run that is still going, or has no control, is drawn too."""
    figure, axes = new_figure()
    rounds, control = found["rounds"], found.get("control", {}).get("rounds", [])
    last = max(r["round"] for r in rounds)
    unmarked = {**BASE, "marker": ""}
    axes.plot([0, last], [percent(rounds[0])] * 2, linewidth=2, label="base: no training", **unmarked)
    curve(axes, control, f"control: {found.get('control_is', KEPT_BY_LOT)}", CONTROL)
    curve(axes, rounds, found["method"], METHOD)
    end_values(axes, [(rounds, METHOD), (control, CONTROL)])
    axes.set_xticks(range(last + 1))
    axes.set_xlim(-0.1, max(1, last) * 1.17)
    label(
        figure,
        axes,
        "round (0: before training)",
        axis(rounds[0]),
        f"{note(found)}; bands: {level(rounds[0])}",
        headline(found),
    )
    handles, names = axes.get_legend_handles_labels()
    order = [2, 1, 0] if control else [1, 0]
    axes.legend([handles[i] for i in order], [names[i] for i in order], frameon=False, fontsize=10, handlelength=3)
    return Picture(figure, told(found))


def curve(axes, rounds: list[dict], name: str, style: dict) -> None:
    """A line with its 95 % band; a first point alone has a whisker."""
    if not rounds:
        return
    lows, highs = ([100 * r["interval"][i] for r in rounds] for i in (0, 1))
    if len(rounds) == 1:
        axes.plot([0, 0], [lows[0], highs[0]], color=style["color"], linewidth=1.5, marker="_")
    one_line(axes, [r["round"] for r in rounds], [percent(r) for r in rounds], lows, highs, name, style)


def axis(row: dict) -> str:
    return row.get("axis", ACCURACY)


def level(row: dict) -> str:
    """The level of a row's interval, and how it was made: Wilson's for a share, unless the measure says otherwise."""
    return f"95 % ({row.get('by', 'Wilson')})"


def percent(row: dict) -> float:
    return 100 * row["accuracy"]


def end_values(axes, arms: list[tuple[list[dict], dict]]) -> None:
    """Each line's last value at its end; where two would collide, they are pushed apart."""
    ends = sorted([(percent(r[-1]), r[-1]["round"], s) for r, s in arms if len(r) > 1], key=lambda e: e[0])
    close = len(ends) == 2 and ends[1][0] - ends[0][0] < 0.06 * (axes.get_ylim()[1] - axes.get_ylim()[0])
    for i, (value, at, style) in enumerate(ends):
        axes.annotate(
            f"{value:.1f} %",
            (at, value),
            xytext=(9, (-7, 7)[i] if close else 0),
            textcoords="offset points",
            va="center",
            color=ink(style["color"]),
            fontsize=10.5,
            fontweight="bold",
        )


def compare(found: dict, title: str = "") -> Picture:
    """Where a run ended: base, control and method as dots with their 95 % intervals, the difference in the title."""
    rows = {"base": (found["rounds"][0], BASE)}
    if "control" in found:
        rows[found.get("control_is", KEPT_BY_LOT).removeprefix("as many ")] = (found["control"]["rounds"][-1], CONTROL)
    if len(found["rounds"]) > 1:
        rows[found["method"]] = (found["rounds"][-1], METHOD)
    points = {name: in_percent(r["accuracy"], r["interval"], style) for name, (r, style) in rows.items()}
    words = title or headline(found)
    return dots(points, axis(found["rounds"][0]), f"{note(found)}; whiskers: {level(found['rounds'][0])}", words)


def measured(found: dict[str, dict], title: str = "", method: str = "") -> Picture:
    """Accuracies side by side: name → what `measure.accuracy` found. The first is what all others began with; `method` names the
    one that the lesson is about."""
    styles = marks(found, BASE) | {method: METHOD}
    points = {name: in_percent(f["accuracy"], f["interval"], styles[name]) for name, f in found.items()}
    first = next(iter(found.values()))
    n = first["n"]
    return dots(points, axis(first), f"n = {n} problems, 1 seed; whiskers: {level(first)}", title)


def note(found: dict) -> str:
    """How many problems and seeds stand behind the numbers."""
    return f"n = {found['rounds'][0]['n']} held-out problems, 1 seed ({found['seed']})"


def headline(found: dict) -> str:
    """The gain over the control, or else over the base, with its paired interval."""
    gains = found.get("gain", {})
    gain = gains.get("vs_control") or gains.get("vs_base")
    if gain is None:
        return f"{found['method']} on {found['model']}"
    twin = "the control" if "control_is" in found else "random keeping"
    against = twin if "vs_control" in gains else "the base"
    low, high = (100 * x for x in gain["interval"])
    last = found["rounds"][-1]["round"]
    points = f"{100 * gain['value']:+.1f} points over {against} [{low:+.1f}, {high:+.1f}]".replace("-", "−")
    return f"{points} after {counted(last, 'round')}"


def told(found: dict) -> str:
    """The figure in words."""
    arms = {
        found["method"]: found["rounds"],
        found.get("control_is", "random keeping"): found.get("control", {}).get("rounds", []),
    }
    lines = [
        f"{name}: {span([r['round'] for r in rows], [percent(r) for r in rows])}" for name, rows in arms.items() if rows
    ]
    return f"{headline(found)}. Lines of {axis(found['rounds'][0])} by round. {'; '.join(lines)}. {note(found)}"


def save_result(found: dict, path: Path) -> Path:
    return curves(found).save(path)
