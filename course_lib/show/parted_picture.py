"""Proxy and gold on one figure: what the checker sees, what is true, and the round in which they part."""

from __future__ import annotations

from course_lib.errors import need
from course_lib.show.figure import note
from course_lib.show.picture import Picture
from course_lib.show.plots import lines
from course_lib.show.rounds_picture import ROUND, bands, whole
from course_lib.show.style import CONTROL, GOLD, PROXY


def parted(
    found: dict, title: str = "", gold: str = "right (gold)", ylabel: str = "fresh problems (% of the full score)",
    scale: float = 100,
) -> Picture:  # fmt: skip
    """A run measured by `lesson.gauges.checked` or `liked`, whose method bears the name of the checker it was trained on.

    `gold` names what is wanted; values are shares, shown in percent, unless `scale` says otherwise. A thin line marks the round
    in which gold stood highest, where it has fallen since.
    """
    rounds, control, name = found["rounds"], (found.get("control") or {}).get("rounds", []), found["method"]
    known = rounds[0].get("checks", {})
    need(
        name in known,
        f"nothing was measured by {name!r}: name the method after one of {', '.join(known) or 'no checker'}.",
    )
    xs = [r["round"] for r in rounds]
    series = {
        f"score: {name}": (*bands([r["checks"][name] for r in rounds], scale), PROXY),
        gold: (*bands([whole(r) for r in rounds], scale), GOLD),
    }
    if len(control) == len(rounds):
        twin = name_of_twin(gold, found.get("control_is", "control"))
        series[twin] = (*bands([whole(r) for r in control], scale), CONTROL)
    picture = lines(xs, series, ROUND, ylabel, f"{note(found)}; bands: 95 %", title)
    axes = picture.figure.axes[0]
    axes.set_xticks(xs)
    best = max(rounds, key=lambda r: r["accuracy"])["round"]
    words = mark(axes, best) if best != xs[-1] else ""
    d = 1 if scale == 100 else 2  # decimals
    ends = "; ".join(f"{k} {ys[-1]:.{d}f} [{lo[-1]:.{d}f}, {hi[-1]:.{d}f}]" for k, (ys, lo, hi, _) in series.items())
    return Picture(picture.figure, f"{picture.alt} In the end, with 95 % intervals: {ends}.{words}")


def name_of_twin(gold: str, control: str) -> str:
    """What is wanted, in the control; one that bears its name was rewarded by it."""
    return (
        f"control: {gold} is the reward" if control == gold else f"{gold.removesuffix(' (gold)')}, control: {control}"
    )


def mark(axes, best: int) -> str:
    axes.axvline(best, color="#777777", linewidth=1, linestyle=(0, (1, 3)))
    axes.annotate(
        "gold at its best",
        (best, axes.get_ylim()[0]),
        xytext=(4, 4),
        textcoords="offset points",
        fontsize=9,
        color="#444444",
    )
    return f" Gold stood highest after round {best}."
