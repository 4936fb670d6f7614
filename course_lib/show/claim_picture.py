"""A claim's evidence: both arms seed by seed, beside them the difference with its interval (an estimation plot: Gardner and
Altman 1986, BMJ 292)."""

from __future__ import annotations

import math
from textwrap import fill

from course_lib.claims.scale import difference, drawn, named, of_arms, signed, value
from course_lib.claims.verdict import verdict
from course_lib.show.picture import Picture
from course_lib.show.plots import heading
from course_lib.show.style import BASE, CONTROL, HERE, METHOD, dressed, ink, label, new_figure

ARM, LINE = 20, 34  # characters of an arm's name under its column, and of a line beside the axis
ARMS = (("control", CONTROL), ("treatment", METHOD))  # from left to right
ROOM, WIDE = 0.45, 0.8  # beside the outer columns; right of the last one, for its number
WHISKERS = "95 % (bootstrap over seeds and problems)"
TIED = "\N{NO-BREAK SPACE}"  # a unit stands on no line of its own


def claim(row: dict, here: dict | None = None) -> Picture:
    """`row` of data/claims.json; `here` is a gain {value, interval} measured on this page, in the same unit."""
    figure, one = new_figure(height=3.8)
    one.remove()
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    for axes in (left, right):
        dressed(axes).tick_params(axis="x", length=0)
    told = arms(left, row) + gains(right, row, here)
    title = f"{row['id']}, {verdict(row)}: {difference(row)} {named(row['scale'])}"
    note = f"n = {row['n']} a seed, {len(row['seeds'])} seeds (thin lines, squares); whiskers: {WHISKERS}"
    unit = f"({of_arms(row)})".replace(" ", TIED)
    label(figure, left, "", fill(f"{row['unit']}{TIED}{unit}", LINE), note)
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    right.set_ylabel(f"difference ({named(row['scale'])})", fontsize=10.5)
    return Picture(figure, f"{heading(title)}{told}{note}.")


def arms(axes, row: dict) -> str:
    """The control's and the treatment's outcome, a thin line for each seed, the means large. Returns it in words."""
    for seed in row["seeds"]:
        ends = [drawn(seed[arm], row["scale"]) for arm, _ in ARMS]
        axes.plot([0, 1], ends, color="#999999", linewidth=0.9, marker=".", markersize=4)
    for x, (arm, style) in enumerate(ARMS):
        mean = row[arm]["value"]
        axes.plot(x, drawn(mean, row["scale"]), marker=style["marker"], color=style["color"], markersize=10)
        number(axes, x, drawn(mean, row["scale"]), value(mean, row["scale"]), style, right=bool(x))
    axes.set_xticks([0, 1], [fill(row[arm]["what"], ARM) for arm, _ in ARMS])
    axes.set_xlim(-ROOM, 1 + ROOM)
    axes.margins(y=0.12)
    return (
        "; ".join(f"{row[arm]['what']}: {value(row[arm]['value'], row['scale'])}" for arm, _ in reversed(ARMS)) + ". "
    )


def number(axes, x: float, y: float, told: str, style: dict, right: bool = True) -> None:
    """A number beside its mark."""
    aside = {"xytext": (11 if right else -11, 0), "textcoords": "offset points", "ha": "left" if right else "right"}
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
    axes.annotate(
        told, (x, y), va="center", color=ink(style["color"]), fontsize=10.5, fontweight="bold", bbox=box, **aside
    )


def gains(axes, row: dict, here: dict | None) -> str:
    """The difference over all seeds with its interval, each seed's beside it, and what this page found. In words too."""
    seeds = [drawn(seed["effect"], row["scale"]) for seed in row["seeds"]]
    square = {"marker": BASE["marker"], "color": BASE["color"], "markeredgecolor": "white", "markeredgewidth": 0.6}
    aside = [-0.18 - 0.07 * step for step in steps_aside(seeds)]
    axes.plot(aside, seeds, linestyle="", markersize=5, **square)
    points = {"all seeds": (row["effect"], row["interval"], METHOD)}
    if here:
        points["here, now"] = (here["value"], here["interval"], HERE)
    for x, (effect, interval, style) in enumerate(points.values()):
        whisker(axes, x, drawn(effect, row["scale"]), [drawn(end, row["scale"]) for end in interval], style)
        number(axes, x, drawn(effect, row["scale"]), signed(effect, row["scale"]), style)
    axes.axhline(0, color="#333333", linewidth=1)
    axes.set_xticks(range(len(points)), list(points))
    axes.set_xlim(min(-ROOM, min(aside) - 0.06), len(points) - 1 + WIDE)
    axes.margins(y=0.12)
    told = f"Single seeds: {', '.join(f'{x:.3g}' for x in seeds)}. "
    if here:
        told += f"Here, now: {difference({**here, 'effect': here['value'], 'scale': row['scale']})}. "
    return told


def steps_aside(values: list[float]) -> list[int]:
    """How many steps each mark moves aside, so that those of nearly one height all show: to the first column with room."""
    near = 0.04 * (max(0.0, *values) - min(0.0, *values))
    tops, steps = [-math.inf] * len(values), [0] * len(values)
    for i in sorted(range(len(values)), key=values.__getitem__):
        steps[i] = next(step for step, top in enumerate(tops) if values[i] - top > near or top == -math.inf)
        tops[steps[i]] = values[i]
    return steps


def whisker(axes, x: float, y: float, interval: list[float], style: dict) -> None:
    low, high = interval
    look = {"fmt": style["marker"], "color": style["color"], "markerfacecolor": style.get("markerfacecolor")}
    bar = axes.errorbar(x, y, [[y - low], [high - y]], **look, markersize=10, capsize=5)
    bar[2][0].set(linestyle=style["linestyle"], linewidth=2.2)
