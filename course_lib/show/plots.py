"""Three plain pictures that most figures of the course are made of: lines with bands, dots with whiskers, stacked bars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import wrap

from course_lib.errors import need
from course_lib.show.picture import Picture
from course_lib.show.style import FILLS, PLAIN, cycle, ink, label, new_figure
from course_lib.statistics import mean, wilson

WIDE, NARROW = 76, 30  # letters of a title: above all of a figure, less those of the names beside it; at least
FEW = 12  # whole numbers on an axis that each get a tick
THIN = 0.06  # of the highest bar: a layer with no room for its number
PLATE = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}  # under a number on a hatched layer


def lines(
    x: Sequence[float], series: dict[str, tuple], xlabel: str, ylabel: str, note: str, title: str = "", alt: str = ""
) -> Picture:
    """One line for each series: name → (ys, lows, highs, style); lows, highs and style may be None, or left away.

    A series without a style takes one of style.PLAIN, in which no mark has a meaning.
    """
    figure, axes = new_figure()
    for (name, given), fallback in zip(series.items(), cycle(PLAIN), strict=False):
        ys, lows, highs, style = (*given, None, None, None)[:4]
        need(len(ys) == len(x), f"{name!r} has {len(ys)} values for {len(x)} places on the x axis: give as many.")
        one_line(axes, x, ys, lows, highs, name, style or fallback)
    label(figure, axes, xlabel, ylabel, note, title)
    if len(x) <= FEW and all(isinstance(place, int) for place in x):
        axes.set_xticks(list(x))  # there is nothing at half a step
    axes.legend(frameon=False, fontsize=10, handlelength=3)
    told, flat = "; ".join(f"{name}: {span(x, given[0])}" for name, given in series.items()), ylabel.replace("\n", "; ")
    return Picture(figure, alt or f"{heading(title)}Lines of {flat} by {xlabel}. {told}. {note}")


def one_line(axes, x, ys, lows, highs, name: str, style: dict) -> None:
    axes.plot(x, ys, label=name, **{"linewidth": 2.2, "markersize": 6.5, **style})
    if lows is not None and highs is not None:
        axes.fill_between(x, lows, highs, color=style["color"], alpha=0.18, linewidth=0)


def span(x: Sequence[float], ys: Sequence[float]) -> str:
    """A line in words: where it starts and where it ends."""
    if not len(ys):
        return "no values"
    return f"{ys[0]:.3g} at {x[0]:g}" + (f", {ys[-1]:.3g} at {x[-1]:g}" if len(ys) > 1 else "")


def short(value: float) -> str:
    """Three digits, and from a thousand on whole numbers: 0.25, 42.1, 1,284."""
    return f"{value:,.0f}" if abs(value) >= 999.5 else f"{value:.3g}"


def heading(title: str) -> str:
    return f"{title}. " if title else ""


def dots(
    points: dict[str, tuple], xlabel: str, note: str, title: str = "", alt: str = "", zero: float | None = None
) -> Picture:
    """One dot with whiskers for each name: name → (value, low, high, style), the first on top; `zero` draws a line there."""
    shown = folded(title, points)
    tallest, more = 1 + max(name.count("\n") for name in points), shown.count("\n") + xlabel.count("\n")
    figure, axes = new_figure(height=1.35 + 0.2 * more + max(0.5, 0.22 * tallest) * len(points))
    for y, (value, low, high, style) in zip(range(len(points), 0, -1), points.values(), strict=True):
        one_dot(axes, y, value, low, high, style)
    axes.set_yticks(range(len(points), 0, -1), list(points))
    axes.set_ylim(0.4, len(points) + 0.6)
    axes.margins(x=0.12)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.grid(axis="y", visible=False)
    if zero is not None:
        axes.axvline(zero, color="#333333", linewidth=1)
    label(figure, axes, xlabel, "", note, shown)
    axes.tick_params(axis="y", length=0, labelsize=11)
    told = "; ".join(f"{name}: {v:.3g} [{low:.3g}, {high:.3g}]" for name, (v, low, high, _) in points.items())
    return Picture(figure, alt or f"{heading(title)}{xlabel}, with 95 % intervals. {told}. {note}")


def folded(title: str, names: Iterable[str]) -> str:
    """The title in lines that fit above the axes: long names beside them leave less room."""
    room = WIDE - max(len(line) for name in names for line in name.split("\n"))
    return "\n".join(part for line in title.split("\n") for part in wrap(line, max(NARROW, room)) or [""])


def in_percent(value: float, interval: Sequence[float], style: dict) -> tuple:
    """A dot of `dots` from a share and its interval."""
    return (100 * value, *(100 * x for x in interval), style)


def shares(rows: Sequence[Sequence[int]]) -> tuple[list[float], list[float], list[float]]:
    """A line of `lines` from rows of 0 and 1: percent, with the ends of each Wilson interval."""
    ends = [wilson(sum(row), len(row)) for row in rows]
    return [100 * mean(row) for row in rows], [100 * low for low, _ in ends], [100 * high for _, high in ends]


def one_dot(axes, y: float, value: float, low: float, high: float, style: dict) -> None:
    color, inside = style["color"], style.get("markerfacecolor", style["color"])
    ends = [[value - low], [high - value]]
    bar = axes.errorbar(value, y, xerr=ends, fmt="", marker=style["marker"], color=color, mfc=inside, markersize=9)
    bar[2][0].set(linestyle=style["linestyle"], linewidth=2.2)
    axes.plot([low, high], [y, y], "|", color=color, markersize=11, markeredgewidth=2)
    axes.annotate(
        f"{value:.1f}", (value, y), xytext=(0, 8), textcoords="offset points", ha="center", color=ink(color), fontsize=10.5,
        fontweight="bold", bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
    )  # fmt: skip


def stacked(
    categories: Sequence[str], series: dict[str, Sequence[float]], xlabel: str, ylabel: str, note: str, title: str = "",
    alt: str = "", fills: Sequence[dict] = FILLS,
) -> Picture:  # fmt: skip
    """A bar for each category, in layers: name → one height for each category, the first layer at the bottom. Layers carry
    their heights, and bars their sums unless all are 100 (%)."""
    figure, axes = new_figure()
    under, least = [0.0] * len(categories), THIN * max(map(sum, zip(*series.values(), strict=False)), default=1)
    for (name, heights), fill in zip(series.items(), cycle(fills), strict=False):
        need(len(heights) == len(categories), f"{name!r} has {len(heights)} heights for {len(categories)} bars.")
        layer = axes.bar(
            range(len(categories)), heights, 0.62, under, label=name, edgecolor="#1a1a1a", linewidth=0.7, **fill
        )
        for bar, height, below in zip(layer, heights, under, strict=True):
            if height > least:
                axes.text(*middle(bar, below), short(height), ha="center", va="center", fontsize=9, bbox=PLATE)
        under = [a + b for a, b in zip(under, heights, strict=True)]
    axes.set_xticks(range(len(categories)), [str(c) for c in categories])
    axes.set_ylim(0, 1.1 * max(under, default=1) or 1)  # room for the sums
    for x, top in enumerate(under if any(abs(top - 100) > 1e-6 for top in under) else []):
        axes.annotate(short(top), (x, top), xytext=(0, 3), textcoords="offset points", ha="center", fontsize=10)
    label(figure, axes, xlabel, ylabel, note, title)
    handles, names = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], names[::-1], frameon=False, fontsize=10, loc="center left", bbox_to_anchor=(1, 0.5))
    told = "; ".join(f"{name}: {', '.join(map(short, heights))}" for name, heights in series.items())
    bars = ", ".join(map(str, categories))
    return Picture(figure, alt or f"{heading(title)}Stacked bars of {ylabel} by {xlabel} ({bars}). {told}. {note}")


def middle(bar, below: float) -> tuple[float, float]:
    return bar.get_x() + bar.get_width() / 2, below + bar.get_height() / 2


def histogram(
    values: dict[str, Sequence[float]], xlabel: str, ylabel: str, note: str, title: str = "", alt: str = "",
    edges: Sequence[float] = tuple(i / 10 for i in range(11)), cut: tuple[float, str] | None = None,
) -> Picture:  # fmt: skip
    """Counts of values between `edges`, one layer for each name; `cut` = (value, word) draws a line there.

    A value on an edge counts below it, so what stands right of the line is above it.
    """
    figure, axes = new_figure()
    low, *rest = edges
    bins = [low, *(edge + 1e-9 for edge in rest)]
    fills = [f for f, _ in zip(cycle(FILLS), values, strict=False)]
    _, _, layers = axes.hist(
        list(values.values()), bins, stacked=True, label=list(values), edgecolor="#1a1a1a", linewidth=0.7
    )
    for layer, fill in zip(layers if len(values) > 1 else [layers], fills, strict=True):
        for bar in layer:
            bar.set(**fill)
    if cut is not None:
        axes.axvline(cut[0], color="#1a1a1a", linewidth=2.2, linestyle="--", label=cut[1])
    label(figure, axes, xlabel, ylabel, note, title)
    axes.legend(frameon=False, fontsize=10)
    told = "; ".join(f"{name}: {len(v)} values, mean {sum(v) / max(1, len(v)):.3g}" for name, v in values.items())
    line = f" A line at {cut[0]:.3g}: {cut[1]}." if cut else ""
    return Picture(figure, alt or f"{heading(title)}Histogram of {xlabel}. {told}.{line} {note}")
