"""Copies and paths: how many different right solutions K samples hold, and which of K and paths accuracy follows."""

from __future__ import annotations

from collections import Counter

from course_lib.answers import path_of
from course_lib.errors import need
from course_lib.select import passing
from course_lib.show.picture import Picture
from course_lib.show.plots import lines, one_line, span
from course_lib.show.style import BASE, FILLS, KNOWN, METHOD, PLAIN, dressed, label, new_figure
from course_lib.statistics import bootstrap, mean, pass_at_k
from course_lib.types import Group

PATHS, RIGHT = PLAIN[:2]
PLACES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)  # values of K at which the lines are worked out


def paths_by_k(groups: list[Group], k: int) -> Picture:
    """Right answers and distinct right paths a problem, by K; what lies between them are copies. `k` is read off."""
    most = tries(groups)
    need(1 <= k <= most, f"K is {k}, and there are {most} recorded tries a problem: choose from 1 to {most}.")
    ks = sorted({*(n for n in PLACES if n <= most), k, min(2 * k, most), most})
    times = counts(groups)
    right, paths = ([means_at(count, times, most, j) for j in ks] for count in (right_of, paths_of))
    figure, axes = new_figure()
    axes.fill_between(ks, *([m[0] for m in rows] for rows in (paths, right)), label="copies", alpha=0.35, **FILLS[1])
    for name, rows, style in (("right answers", right, RIGHT), ("distinct right paths", paths, PATHS)):
        one_line(axes, ks, *map(list, zip(*rows, strict=True)), name, {**style, "marker": ""})
    found = {j: (r[0], p[0]) for j, r, p in zip(ks, right, paths, strict=True)}
    read_off(axes, k, *found[k])
    title = headline(k, found)
    label(figure, axes, "K, tries a problem", "number a problem", noted(groups), title)
    axes.set_xticks([j for j in ks if j in (1, 4, 8, 16, 24, 32)])
    axes.legend(edgecolor="white", framealpha=0.9, fontsize=10, loc="upper left", handlelength=3)
    told = f"Right answers: {span(ks, [m[0] for m in right])}. Distinct paths: {span(ks, [m[0] for m in paths])}."
    return Picture(figure, f"{title}. Two lines by K; the area between them is copies. {told} {noted(groups)}")


def read_off(axes, k: int, right: float, paths: float) -> None:
    """A line at K, and there the two numbers."""
    axes.axvline(k, color="#1a1a1a", linewidth=1.2, linestyle="--")
    side, offset = ("left", 7) if k <= axes.get_xlim()[1] / 2 else ("right", -7)
    for value, style in ((right, RIGHT), (paths, PATHS)):
        axes.plot([k], [value], linestyle="", markersize=8, color=style["color"], marker=style["marker"])
        box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1}
        where = {"xytext": (offset, 9), "textcoords": "offset points", "ha": side, "bbox": box, "fontsize": 10.5}
        axes.annotate(f"{value:.1f}", (k, value), color=style["color"], fontweight="bold", **where)


def headline(k: int, found: dict[int, tuple[float, float]]) -> str:
    """What K tries give, and what twice as many would add; `found` is K → (right answers, paths)."""
    now = f"K = {k}: {found[k][0]:.1f} right answers a problem, on {found[k][1]:.1f} distinct paths"
    if 2 * k not in found:
        return now
    more = [twice - once for once, twice in zip(found[k], found[2 * k], strict=True)]
    return f"{now}\nK = {2 * k} adds {more[0]:.1f} right answers and {more[1]:.1f} paths"


def paths_by_temperature(by_temperature: dict[float, list[Group]], k: int) -> Picture:
    """Distinct right paths a problem among K tries, by temperature; under each, how many answers are right."""
    found = {t: means_at(paths_of, counts(groups), tries(groups), k) for t, groups in by_temperature.items()}
    best = max(found, key=lambda t: found[t][0])
    columns = tuple(map(list, zip(*found.values(), strict=True)))
    shares = {t: means_at(right_of, counts(groups), tries(groups), 1)[0] for t, groups in by_temperature.items()}
    title = f"K = {k}: the most paths, {found[best][0]:.1f} a problem, at T = {best:g}"
    series = {f"K = {k}": columns}
    note = noted(next(iter(by_temperature.values())))
    picture = lines(
        list(found), series, "temperature, and how many answers are right", "distinct paths a problem", note, title
    )
    axes = picture.figure.axes[0]
    axes.set_ylim(0)
    axes.get_legend().remove()
    axes.set_xticks(list(found), [f"{t:g}\n{100 * shares[t]:.0f} % right" for t in found])
    return picture


def paths_against_accuracy(row: dict) -> Picture:
    """`row` of claim C08: the same accuracies against K, against distinct paths, and against the problems solved at all."""
    seeds = [s["beside"] for s in row["seeds"]]
    ks = sorted(map(int, seeds[0]["accuracy_by_k"]))
    accuracy = [[100 * s["accuracy_by_k"][str(k)] for k in ks] for s in seeds]
    paths = [[s["distinct_by_k"][str(k)] for k in ks] for s in seeds]
    shares = [[100 * s["problems_by_k"][str(k)] for k in ks] for s in seeds]
    figure, three = panels(3)
    told = against(three[0], [ks] * len(seeds), accuracy, "K", "K, tries a problem")
    told += against(three[1], paths, accuracy, "paths", "paths, distinct and right, a problem")
    told += against(three[2], shares, accuracy, "problems solved", "problems solved (%)")
    all_paths, solved_at_all = averages(paths)[-1], averages(shares)[-1]
    places = (ks[-1], all_paths, solved_at_all), (ks[-1], solved_at_all / 100, solved_at_all)
    told += sets_beside(three, seeds, *places)
    three[0].set_xticks(ks)
    base = 100 * mean([s["base"] for s in seeds])
    for axes in three:
        axes.axhline(base, linewidth=2, label="base: no training", **{**BASE, "marker": ""})
    figure.legend(
        *three[1].get_legend_handles_labels(), frameon=False, fontsize=9.5, loc="outside upper center", ncols=4
    )
    note = f"n = {row['n']} stories a seed, {len(seeds)} seeds; pale: one seed; thin: the straight line of best fit"
    label(figure, three[0], three[0].get_xlabel(), f"{row['unit']} (%)", note, three[0].get_title(loc="left"))
    return Picture(
        figure,
        f"{row['id']}: {row['unit']} in percent, drawn three times; the base has {base:.1f}. {told}{note}",
        width=980,
    )


def sets_beside(three, seeds: list[dict], copies: tuple, one_each: tuple) -> str:
    """Two more sets of the largest K, each at its place on the three axes: with its copies, and with one path of each problem.

    Returns them in words.
    """
    k = copies[0]
    times = mean([s["examples_with_duplicates"] / max(1, s["examples_distinct"]) for s in seeds])
    marks = {
        f"K = {k} with its copies: {times:.1f} × the examples": (copies, "accuracy_with_duplicates", PLAIN[0]),
        f"K = {k}, one path of each problem": (one_each, "accuracy_with_one_each", PLAIN[1]),
    }
    told = ""
    for name, (places, key, style) in marks.items():
        y = 100 * mean([s[key] for s in seeds])
        for axes, place in zip(three, places, strict=True):
            axes.plot([place], [y], label=name, **{**style, "linestyle": "", "markersize": 10})
        told += f"{name}: {y:.1f} at {places[1]:.2f} paths. "
    return told


def panels(n: int) -> tuple:
    """A figure with `n` axes of one height, in the usual dress."""
    figure, one = new_figure(3.3 * n, 4.2)
    one.remove()
    found = figure.subplots(1, n, sharey=True)
    for axes in found:
        dressed(axes).tick_params(labelleft=True)
    return figure, found


def against(axes, xs: list[list[float]], ys: list[list[float]], name: str, xlabel: str) -> str:
    """A thin line for each seed, the mean of all, and the straight line that fits it best. Returns it in words."""
    for x, y in zip(xs, ys, strict=True):
        axes.plot(x, y, color=METHOD["color"], alpha=0.35, linewidth=1)
    x, y = averages(xs), averages(ys)
    one_line(axes, x, y, None, None, "mean over seeds", METHOD)
    slope, start, share = straight(x, y)
    axes.plot([x[0], x[-1]], [start + slope * x[0], start + slope * x[-1]], **KNOWN)
    axes.set_xlabel(xlabel, fontsize=10.5)
    axes.set_title(f"against {name}\nstraight line: R² = {share:.2f}", loc="left", fontsize=11, fontweight="bold")
    return f"Against {xlabel}: {span(x, y)}; a straight line has R² {share:.2f}. "


def straight(x: list[float], y: list[float]) -> tuple[float, float, float]:
    """Slope, start and R² of the straight line of least squares: R² is the share of y's variance that it accounts for."""
    mx, my = mean(x), mean(y)
    sxx, syy = sum((a - mx) ** 2 for a in x), sum((b - my) ** 2 for b in y)
    sxy = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True))
    slope = sxy / sxx if sxx else 0.0
    return slope, my - slope * mx, sxy**2 / (sxx * syy) if sxx and syy else 0.0


def averages(rows: list[list[float]]) -> list[float]:
    """The mean of each column."""
    return [mean(column) for column in zip(*rows, strict=True)]


def tries(groups: list[Group]) -> int:
    """How many completions each group has; at least one."""
    need(bool(groups), "there are no groups to count paths in: sample some problems first.")
    return min(len(g.completions_G) for g in groups)


def counts(groups: list[Group]) -> list[list[int]]:
    """For each problem, how often each of its distinct right paths was sampled."""
    paths = [[path_of(g.completions_G[i].text) for i in passing(g, 0.5)] for g in groups]
    return [list(Counter(of_problem).values()) for of_problem in paths]


def right_of(times: list[int], n: int, k: int) -> float:
    """Right answers expected among `k` of a problem's `n` completions; its paths were sampled `times`."""
    return k * sum(times) / n


def paths_of(times: list[int], n: int, k: int) -> float:
    """Distinct right paths expected among `k` of `n` completions: for each path the chance that it is drawn at all."""
    return sum(pass_at_k(n, often, k) for often in times)


def means_at(count, times: list[list[int]], n: int, k: int) -> tuple[float, float, float]:
    """Mean of `count` over problems at K = k, with its 95 % interval."""
    values = [count(of_problem, n, k) for of_problem in times]
    return (mean(values), *bootstrap(values))


def noted(groups: list[Group]) -> str:
    return f"{len(groups)} recorded stories; bands: 95 % (bootstrap over stories)"
