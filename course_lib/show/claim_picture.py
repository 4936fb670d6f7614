"""A claim's evidence: the difference with its interval, each seed's under it, and what else the experiment compares."""

from __future__ import annotations

from textwrap import fill

from course_lib.show.picture import Picture
from course_lib.show.plots import dots, in_percent
from course_lib.show.style import ALSO, BASE, GOLD, METHOD

TIED = "\N{NO-BREAK SPACE}"  # a number stands on no line of its own
WIDE, LONG, BOLD = 34, 50, 42  # characters of a name beside the figure, of a line under it, and above it


def claim(row: dict, here: dict | None = None) -> Picture:
    """`row` of data/claims.json; `here` is a gain {value, interval} measured on this page, in the same unit."""
    points = {"all seeds": in_percent(row["effect"], row["interval"], METHOD)}
    if here:
        points["here, now"] = in_percent(here["value"], here["interval"], GOLD)
    for other in row["also"]:
        points[also(other)] = in_percent(other["effect"], other["interval"], ALSO)
    verdict = "holds" if row["holds"] else "does not hold at this scale"
    mine, other = (f"{row[arm]['what']}:{TIED}{points_of(row[arm]['value'])}" for arm in ("treatment", "control"))
    arms = f"{row['id']} {verdict}: {mine}", f"against {other}"
    title = "\n".join(fill(line, BOLD) for line in arms)
    note = f"n = {row['n']} a seed, {len(row['seeds'])} seeds (squares); whiskers: 95 % (bootstrap over seeds and problems)"
    picture = dots(
        points, fill(f"difference in points (hundredths); all seeds: {row['unit']}", LONG), note, title, zero=0.0
    )
    seeds = [100 * s["effect"] for s in row["seeds"]]
    under = [len(points) - 0.3] * len(seeds)  # the first row is the highest
    picture.figure.axes[0].plot(seeds, under, linestyle="", markersize=4, color=BASE["color"], marker=BASE["marker"])
    told = f"{picture.alt} Single seeds: {', '.join(f'{x:.3g}' for x in seeds)}."
    return Picture(picture.figure, told.replace(TIED, " "))


def also(other: dict) -> str:
    """The name of another comparison, with the two means that are compared."""
    treated, control = map(points_of, other["means"])
    return fill(f"also: {other['what']}", WIDE) + f"\n({treated} against {control})"


def points_of(value: float) -> str:
    return f"{100 * value:.3g}".replace("-", "−")
