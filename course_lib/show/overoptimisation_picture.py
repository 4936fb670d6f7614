"""Over-optimisation: proxy and gold against √KL with Gao's fitted form and its peak; and where peaks stand, by reward model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from course_lib.errors import need
from course_lib.gao import Fitted, from_start, highest
from course_lib.show.picture import Picture
from course_lib.show.plots import heading, one_line, span
from course_lib.show.style import CONTROL, GOLD, KNOWN, PROXY, ink, label, marks, new_figure
from course_lib.statistics import MANY, mean, of_mean

DISTANCE = "d = √KL from the policy (√nats)"
DARK = KNOWN["color"]
ROOM = 1.25  # the figure of peaks ends this far above the last d measured, by its share

Rows = Sequence[Sequence[float]]  # a row for each prompt or run, in it a value for each distance


def overoptimised(
    ds: Sequence, golds: Rows, proxies: Rows, fitted: Fitted | None = None, ns: Sequence[int] = (), title: str = "",
    note: str = "", ylabel: str = "proxy and gold, each less its value at d = 0", controls: dict[str, Rows] | None = None,
) -> Picture:  # fmt: skip
    """`golds` and `proxies`: a row for each prompt or run, in it a score for each distance; the first must stand at d = 0.

    Where the distances turn back, the rounds of a run are joined in their order and numbered, with a whisker at each.

    `ds`: one distance for each column, or a row for each run (then points stand at the mean distance of the runs).
    `ns`: for best-of-n, the n of each column, for the axis on top. `fitted`: what `gao.fit_intervals` made of the golds.
    `controls`: name → golds, at the same distances, of what it is compared with, such as the best by gold itself.
    """
    xs = [mean(column) for column in zip(*ds, strict=True)] if hasattr(ds[0], "__len__") else list(ds)
    need(
        len(golds) > 0 and len(golds[0]) == len(xs),
        "overoptimised() needs as many scores in a row as there are distances.",
    )
    figure, axes = new_figure(height=4.4)
    series = {"proxy": (*means(from_start(proxies)), PROXY), "gold": (*means(from_start(golds)), GOLD)}
    for name, style in marks(controls or {}, CONTROL).items():
        series[name] = (*means(from_start(controls[name])), style)
    straight, last = outward(xs), max(xs)
    for name, (ys, lows, highs, style) in series.items():
        (one_line if straight else wandering)(axes, xs, ys, lows, highs, name, style)
    if not straight:
        number(axes, xs, series["gold"][0])
    axes.axhline(0, color="#888888", linewidth=0.8)
    if fitted:
        form(axes, fitted, last)
    if ns:
        axis_of_n(axes, xs, ns)
    many = f"n = {len(golds)} prompts" if ns else f"{len(golds)} runs"
    corner = f"{note or many}; 95 %, {intervals(len(golds), fitted, straight)}"
    measured = max(zip(series["gold"][0], xs, strict=True))[1]
    head = f"{headline(fitted, last)}; highest measured: {measured:.2f}" if fitted else ""
    label(figure, axes, DISTANCE, ylabel, corner, title or head)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.18 * (high - low))  # room for the names above all lines
    axes.legend(framealpha=1, edgecolor="white", fontsize=10, handlelength=3, loc="upper left", ncols=2)
    return Picture(figure, told(xs, series, fitted, title, corner))


def outward(xs: Sequence[float]) -> bool:
    return all(a <= b for a, b in pairwise(xs))


def intervals(rows: int, fitted: Fitted | None, outward: bool) -> str:
    """How the intervals of a figure were made, in words."""
    kind = "bands" if outward else "whiskers"
    by = "Student's t" if rows < MANY else "bootstrap"
    return f"{kind}: {by}" + ("; peak: bootstrap" if fitted and fitted.fit.peak is not None else "")


def wandering(axes, xs, ys, lows, highs, name: str, style: dict) -> None:
    """A line whose band would lie over itself."""
    reach = [[y - low for y, low in zip(ys, lows, strict=True)], [high - y for y, high in zip(ys, highs, strict=True)]]
    axes.plot(xs, ys, label=name, **{"linewidth": 2.2, "markersize": 6.5, **style})
    axes.errorbar(xs, ys, yerr=reach, fmt="none", ecolor=style["color"], elinewidth=1.1, alpha=0.7)


def number(axes, xs: Sequence[float], ys: Sequence[float]) -> None:
    for i, at in enumerate(zip(xs, ys, strict=True)):
        axes.annotate(f"{i}", at, xytext=(5, -11), textcoords="offset points", fontsize=8.5, color=ink(GOLD["color"]))


def means(rows: Rows) -> tuple[list[float], list[float], list[float]]:
    columns = list(zip(*rows, strict=True))
    lows, highs = zip(*map(of_mean, columns), strict=True)
    return [mean(c) for c in columns], list(lows), list(highs)


def form(axes, fitted: Fitted, last: float) -> None:
    """The fitted form as a thin line in its band, and its peak with a whisker; a peak beyond what was measured is not drawn."""
    formula = "d(α − βd)" if fitted.fit.form == "best-of-n" else "d(α − β log d)"
    curve = [fitted.fit.predicted(d) for d in fitted.ds]
    axes.plot(fitted.ds, curve, label=f"fit to gold: {formula}", **KNOWN)
    axes.fill_between(fitted.ds, *fitted.band, color=DARK, alpha=0.10, linewidth=0)
    if fitted.fit.peak is not None and fitted.fit.peak <= last:
        mark_peak(axes, fitted, last)


def mark_peak(axes, fitted: Fitted, last: float) -> None:
    x, (low, high) = fitted.fit.peak, fitted.peak
    y, right = fitted.fit.predicted(x), min(high, last)
    axes.plot([low, right], [y, y], color=DARK, linewidth=2)
    axes.plot([low], [y], "|", color=DARK, markersize=12, markeredgewidth=2)
    axes.plot(
        [right], [y], "|" if high <= last else ">", color=DARK, markersize=12 if high <= last else 8, markeredgewidth=2
    )
    axes.plot([x], [y], "*", color="white", markeredgecolor=DARK, markeredgewidth=1.4, markersize=15, zorder=5)
    axes.axvline(x, color=DARK, linewidth=0.9, linestyle=(0, (2, 3)))


def axis_of_n(axes, xs: list[float], ns: Sequence[int]) -> None:
    """n on top, as many of them as have room."""
    need(len(ns) == len(xs), f"{len(ns)} values of n for {len(xs)} distances: give one for each.")
    shown: list[int] = []
    for i, x in enumerate(xs):
        if not shown or x - xs[shown[-1]] > 0.045 * xs[-1]:
            shown.append(i)
    top = axes.secondary_xaxis("top")
    top.set_xticks([xs[i] for i in shown], [f"{ns[i]:,}" for i in shown])
    top.tick_params(labelsize=9)
    top.set_xlabel("n, of which the best by proxy is kept", fontsize=10)


def headline(fitted: Fitted, last: float) -> str:
    peak = fitted.fit.peak
    if peak is None:
        falls = highest(fitted.fit.alpha, fitted.fit.beta, fitted.fit.form) == 0
        return f"No peak: the fitted curve {'falls from the start' if falls else 'never turns down'}"
    if peak > last:
        return f"No peak up to d = {last:.2f}, the last measured; the fit turns at {peak:.2f} {interval(fitted)}"
    return f"Fitted peak: d = {peak:.2f} {interval(fitted)}"


def interval(fitted: Fitted) -> str:
    low, high = (f"{end:.2f}" if math.isfinite(end) else "no end" for end in fitted.peak)
    return f"[{low}, {high}]" if low != high else f"[{low}]"


def told(xs: list[float], series: dict, fitted: Fitted | None, title: str, corner: str) -> str:
    short = [round(x, 2) for x in xs]
    lines = "; ".join(
        f"{name}: {span(short, ys)} [{lows[-1]:.3g}, {highs[-1]:.3g}]" for name, (ys, lows, highs, _) in series.items()
    )
    return (
        f"{heading(title)}Lines of proxy and gold against {DISTANCE}. {lines}. {fit_in_words(fitted, max(xs))}{corner}"
    )


def fit_in_words(fitted: Fitted | None, last: float) -> str:
    if fitted is None:
        return ""
    (a, b), (c, d) = fitted.alpha, fitted.beta
    coefficients = f"α {fitted.fit.alpha:.3g} [{a:.3g}, {b:.3g}], β {fitted.fit.beta:.3g} [{c:.3g}, {d:.3g}]"
    r2 = "" if fitted.fit.r2 is None else f"r² {fitted.fit.r2:.2f}; "
    return f"{headline(fitted, last)}; {coefficients}; {r2}{fitted.no_peak:.0%} of the draws have no peak. "


def peaks(points: dict[float, Fitted], xlabel: str, title: str = "", note: str = "", log: bool = True) -> Picture:
    """Where the form fitted to gold is highest, by what the reward model had → what `gao.fit_intervals` found.

    What lies beyond the last d measured is a guess of the fitted form: it stands in grey, and no number is written there.
    """
    need(bool(points), "peaks() needs one fit at least.")
    figure, axes = new_figure()
    last = max(f.ds[-1] for f in points.values())
    for x, fitted in points.items():
        whisker(axes, x, fitted, last)
    if log:
        axes.set_xscale("log")
        axes.set_xticks(list(points), [f"{x:,g}" for x in points])
        axes.minorticks_off()
    axes.margins(x=0.12)
    beyond(axes, last)
    corner = f"{note}{'; ' if note else ''}whiskers: 95 % (bootstrap); ▲: further up, or no upper end"
    label(figure, axes, xlabel, "peak of the form fitted to gold, d (√nats)", corner, title)
    return Picture(
        figure, f"{heading(title)}Peaks of the form fitted to gold by {xlabel}. {peaks_in_words(points)}. {corner}"
    )


def beyond(axes, last: float) -> None:
    axes.set_ylim(0, ROOM * last)
    axes.axhspan(last, ROOM * last, color="#e8e8e8", linewidth=0, zorder=0, label="beyond the last d measured")
    axes.legend(frameon=False, fontsize=10, loc="lower right")


def whisker(axes, x: float, fitted: Fitted, last: float) -> None:
    color, top = GOLD["color"], 0.97 * ROOM * last
    low, high = (min(end, top) for end in fitted.peak)
    axes.plot([x, x], [low, high], color=color, linewidth=2.2)
    if low < top:
        axes.plot([x], [low], "_", color=color, markersize=12, markeredgewidth=2)
    axes.plot([x], [high], "_" if high < top else "^", color=color, markersize=12, markeredgewidth=2)
    seen = fitted.fit.peak is not None and fitted.fit.peak <= last
    if seen:
        axes.plot([x], [fitted.fit.peak], GOLD["marker"], color=color, markersize=9)
    unseen = "further out" if fitted.fit.peak is not None else "no peak"
    words, at, place = (f"{fitted.fit.peak:.2f}", fitted.fit.peak, (26, 0)) if seen else (unseen, top, (-40, -17))
    axes.annotate(words, (x, at), xytext=place, textcoords="offset points", va="center", ha="center", color=ink(color),
                  fontsize=10.5, fontweight="bold" if seen else "normal")  # fmt: skip


def peaks_in_words(points: dict[float, Fitted]) -> str:
    def one(x: float, fitted: Fitted) -> str:
        peak, last = fitted.fit.peak, fitted.ds[-1]
        seen = f"{peak:.2f}" if peak is not None and peak <= last else f"no peak up to {last:.2f}"
        return f"{x:g}: {seen} {interval(fitted)}, {fitted.no_peak:.0%} of the draws without a peak"

    return "; ".join(one(x, fitted) for x, fitted in points.items())
