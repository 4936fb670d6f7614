"""The loop picture: one drawing for the whole course, with the slots a method changes filled in."""

from __future__ import annotations

from collections.abc import Iterable

from course_lib.errors import need
from course_lib.show.picture import Picture
from course_lib.show.style import METHOD

SLOTS = {
    "rollout": "K answers\na problem",
    "score": "a number\neach",
    "revise": "hint, critique,\nor nothing",
    "select": "what is\nkept",
    "train": "weights, memory\nor nothing",
    "measure": "held-out gold,\nnever trained on",
}
WIDTH, GAP = 1.6, 0.35


def loop(*slots: str) -> Picture:
    """The loop, with these slots coloured: the ones that the method at hand changes."""
    for slot in slots:
        need(slot in SLOTS, f"{slot!r} is no slot of the loop: name some of {', '.join(SLOTS)}.")
    colour = f" Coloured: {', '.join(slots)}." if slots else ""
    order = ", ".join(SLOTS)
    return Picture(loop_picture(slots), f"The loop: {order}, and back with the policy that was trained.{colour}", 1000)


def loop_picture(filled: Iterable[str] = ()):
    """The loop as six boxes and the way back; `filled` names the slots to colour."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.6, 2.12), dpi=150, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-0.2, 6 * (WIDTH + GAP) + 0.05), ylim=(-0.95, 1.4), aspect="equal")
    axes.axis("off")
    filled = set(filled)
    for i, (name, what) in enumerate(SLOTS.items()):
        box(axes, i * (WIDTH + GAP), name, what, name in filled)
    for i in range(5):
        arrow(axes, (i * (WIDTH + GAP) + WIDTH + 0.04, 0.6), ((i + 1) * (WIDTH + GAP) - 0.04, 0.6))
    last = 5 * (WIDTH + GAP) + WIDTH / 2
    axes.plot([last, last, WIDTH / 2], [-0.04, -0.5, -0.5], color="#333333", linewidth=1.6)
    arrow(axes, (WIDTH / 2, -0.5), (WIDTH / 2, -0.04))
    axes.text(
        (last + WIDTH / 2) / 2,
        -0.62,
        "next round, with the policy that was trained",
        ha="center",
        va="top",
        fontsize=11,
        color="#333333",
    )
    return figure


def box(axes, x: float, name: str, what: str, filled: bool) -> None:
    from matplotlib.patches import FancyBboxPatch

    face = METHOD["color"] if filled else "#f2f2f2"
    shape = FancyBboxPatch(
        (x, 0),
        WIDTH,
        1.2,
        boxstyle="round,pad=0.02,rounding_size=0.12",
        facecolor=face,
        edgecolor="#333333",
        linewidth=1.6,
    )
    axes.add_patch(shape)
    ink = "white" if filled else "#111111"
    axes.text(x + WIDTH / 2, 0.88, name, ha="center", va="center", fontsize=14, fontweight="bold", color=ink)
    axes.text(x + WIDTH / 2, 0.38, what, ha="center", va="center", fontsize=10.5, color=ink)


def arrow(axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate(
        "",
        end,
        start,
        arrowprops={"arrowstyle": "-|>", "color": "#333333", "linewidth": 1.6, "shrinkA": 0, "shrinkB": 0},
    )
