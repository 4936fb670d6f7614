"""A search over workflows: what each one scored, by which chance the next parent is chosen, and what calls buy."""

from __future__ import annotations

from collections.abc import Sequence

from course_lib.errors import need
from course_lib.methods.aflow import Tried, candidates, mixture, winner
from course_lib.show.picture import Picture
from course_lib.show.plots import dots, in_percent, lines, shares
from course_lib.show.style import CONTROL, METHOD, PROXY, label, marks, new_figure
from course_lib.statistics import mean, wilson

REFUSED = {"color": "#777777", "marker": "x", "linestyle": "none"}
ROOM = 44  # letters of a workflow beside a figure


def searched(tried: Sequence[Tried], title: str = "", seed: int = 0) -> Picture:
    """The score of each workflow in the order they were tried, the best so far as a line; refused ones stand at the bottom."""
    need(len(tried) > 0, "no workflow was tried: run the search first.")
    figure, axes = new_figure()
    scores = [100 * t.score for t in tried]
    seen = [(i, s) for i, (s, t) in enumerate(zip(scores, tried, strict=True), 1) if not t.refused]
    refused = [i for i, t in enumerate(tried, 1) if t.refused]
    bottom = min(s for _, s in seen) - 6
    axes.plot(
        *zip(*seen, strict=True), linestyle="none", marker="o", markersize=6.5, color=METHOD["color"], label="tried"
    )
    best = [max(scores[: i + 1]) for i in range(len(scores))]
    axes.step(
        range(1, len(best) + 1), best, where="post", color=PROXY["color"], linestyle="-.", label="the best so far"
    )
    if refused:
        axes.plot(refused, [bottom] * len(refused), markersize=7, label="refused: too many calls", **REFUSED)
    note = f"n = {len(tried[0].outcomes)} validation stories, 1 seed ({seed})"
    label(figure, axes, "workflows carried out", "validation stories right (%)", note, title)
    axes.legend(frameon=False, fontsize=10, loc="lower right", bbox_to_anchor=(1.01, 0.98), ncols=3, columnspacing=1)
    top = winner(tried)
    told = f"{len(tried)} workflows, {len(refused)} of them refused; the best is {top.workflow} with {100 * top.score:.1f} %."
    return Picture(figure, f"{title or 'A search over workflows'}. {told} {note}")


def parents(scores: Sequence[float], names: Sequence[str], lam: float, alpha: float, best: int) -> Picture:
    """The chance of each candidate to be the next parent, beside the chance of each were all alike."""
    places = candidates(scores, best)
    chances = [100 * c for c in mixture([100 * scores[i] for i in places], lam, alpha)]
    figure, axes = new_figure(height=1.5 + 0.5 * len(places))
    ys = range(len(places), 0, -1)
    axes.barh(list(ys), chances, 0.55, color=METHOD["color"], edgecolor="#1a1a1a", linewidth=0.7)
    axes.axvline(100 / len(places), color=CONTROL["color"], linestyle="--", label="all alike (λ = 1)")
    axes.set_yticks(list(ys), [f"{short(names[i])}\n{100 * scores[i]:.1f} %" for i in places])
    axes.set_xlim(0, 105)
    for y, c in zip(ys, chances, strict=True):
        axes.annotate(f"{c:.0f}", (c, y), xytext=(4, 0), textcoords="offset points", va="center", fontsize=10)
    label(
        figure,
        axes,
        "chance to be the next parent (%)",
        "",
        f"λ = {lam:g}, α = {alpha:g}, the first and the best {best}",
    )
    axes.legend(frameon=False, fontsize=10, loc="lower right", bbox_to_anchor=(1.01, 0.98))
    told = "; ".join(f"{names[i]} ({100 * scores[i]:.1f} %): {c:.0f} %" for i, c in zip(places, chances, strict=True))
    return Picture(
        figure, f"The chance of each workflow to be the next parent, with λ = {lam:g} and α = {alpha:g}. {told}."
    )


def short(name: str) -> str:
    return name if len(name) <= ROOM else f"{name[: ROOM - 1]}…"


def found(
    arms: dict[str, tuple[float, Sequence[float]]], chosen: Tried | None, seed: int = 0, title: str = ""
) -> Picture:
    """`arms`: name → calls for one story and 0 or 1 for each fresh story; the method first. `chosen`: where it was chosen."""
    styles = marks(arms, METHOD)
    points = {
        f"{name}\n{calls:.1f} calls": in_percent(mean(row), wilson(sum(row), len(row)), styles[name])
        for name, (calls, row) in arms.items()
    }
    if chosen is not None:
        n = len(chosen.outcomes)
        points[f"found: its score where it was chosen\n{n} validation stories"] = in_percent(
            mean(chosen.outcomes), wilson(sum(chosen.outcomes), n), PROXY
        )
    n = len(next(iter(arms.values()))[1])
    return dots(points, "stories right (%)", f"n = {n} fresh stories, 1 seed ({seed}); whiskers: 95 % (Wilson)", title)


def by_calls(kinds: dict[str, Sequence[tuple[float, Sequence[float]]]], seed: int = 0, title: str = "") -> Picture:
    """`kinds`: name → for each workflow of a kind its calls for one story and its outcomes, in the order of calls."""
    figure, axes = new_figure()
    styles, words = marks(kinds, METHOD), []
    for name, told in kinds.items():
        ys, lows, highs = shares([row for _, row in told])
        xs, style = [calls for calls, _ in told], styles[name]
        axes.plot(xs, ys, label=name, linewidth=2.2, markersize=6.5, **style)
        axes.fill_between(xs, lows, highs, color=style["color"], alpha=0.16, linewidth=0)
        words.append(f"{name}: {ys[0]:.1f} % at {xs[0]:.1f} calls, {ys[-1]:.1f} % at {xs[-1]:.1f}")
    n = len(next(iter(kinds.values()))[0][1])
    note = f"n = {n} fresh stories, the same for all, 1 seed ({seed}); bands: 95 % (Wilson)"
    label(figure, axes, "calls of the model for one story, on average", "stories right (%)", note, title)
    axes.legend(frameon=False, fontsize=10, handlelength=3, loc="lower right")
    return Picture(figure, f"{title}. {'; '.join(words)}. {note}")


def grown(
    lessons: Sequence[int], arms: dict[str, Sequence[Sequence[float]]], things: str, seed: int = 0, title: str = ""
) -> Picture:
    """`arms`: name → for each number of lessons 0 or 1 for every long story; the method first."""
    n, styles = len(next(iter(arms.values()))[0]), marks(arms, METHOD)
    series = {name: (*shares(rows), styles[name]) for name, rows in arms.items()}
    note = f"n = {n} stories, 1 seed ({seed}); bands: 95 % (Wilson)"
    picture = lines(list(lessons), series, "lessons: short stories answered", f"{things} solved (%)", note, title)
    axes = picture.figure.axes[0]
    axes.set_ylim(-3, 105)
    axes.legend(frameon=False, fontsize=10, handlelength=3, loc="center right", bbox_to_anchor=(1, 0.6))
    return picture


def solved(arms: dict[str, dict[str, Sequence[float]]], seed: int = 0, title: str = "") -> Picture:
    """`arms`: kind of story → name of an arm → 0 or 1 for each story. The first arm of a kind is the method."""
    points = {}
    for kind, by_name in arms.items():
        styles = marks(by_name, METHOD)
        for name, row in by_name.items():
            points[f"{kind}:\n{name}"] = in_percent(mean(row), wilson(sum(row), len(row)), styles[name])
    n = len(next(iter(next(iter(arms.values())).values())))
    return dots(points, "stories solved (%)", f"n = {n} of each kind, 1 seed ({seed}); whiskers: 95 % (Wilson)", title)
