"""One visual language: Okabe–Ito colours, each with its own line style, so that greyscale reads as well."""

from __future__ import annotations

BASE = {"color": "#555555", "linestyle": ":", "marker": "s"}
METHOD = {"color": "#0072B2", "linestyle": "-", "marker": "o"}
CONTROL = {"color": "#E69F00", "linestyle": "--", "marker": "^"}
ALSO = {"color": "#555555", "linestyle": "--", "marker": "^"}  # another comparison of the same experiment
PROXY = {"color": "#D55E00", "linestyle": "-.", "marker": "v"}
GOLD = {"color": "#009E73", "linestyle": "-", "marker": "D"}
BLIND = {"color": "#CC79A7", "linestyle": (0, (5, 1, 1, 1)), "marker": "P"}
LINES = (METHOD, CONTROL, PROXY, GOLD, BLIND, BASE)  # the order in which unstyled series take them

FILLS = (  # areas side by side: neighbours differ in lightness and in hatch; the first three are steps of one scale
    {"facecolor": "#0072B2", "hatch": ""},
    {"facecolor": "#7DBFE8", "hatch": "///"},
    {"facecolor": "#DCEEF9", "hatch": ""},
    {"facecolor": "#D55E00", "hatch": "xx"},
    {"facecolor": "#F0E442", "hatch": "..."},
    {"facecolor": "#009E73", "hatch": "\\\\"},
    {"facecolor": "#dddddd", "hatch": "--"},
)
INK = {  # darker twins of the light colours, for words on white: contrast of 4.5 or more
    "#E69F00": "#8F6200",
    "#CC79A7": "#A04477",
    "#D55E00": "#B34F00",
    "#009E73": "#007A59",
}


def ink(color: str) -> str:
    """The colour for words about a line of this colour."""
    return INK.get(color, color)


def new_figure(width: float = 6.8, height: float = 4.0):
    """A figure (inches, 160 pixels each) and its axes, white behind so that it reads on dark pages too.

    Outside pyplot's global state: nothing to close, and safe in a thread.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=160, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.tick_params(labelsize=10)
    axes.set_axisbelow(True)
    return figure, axes


def label(figure, axes, xlabel: str, ylabel: str, note: str, title: str = "") -> None:
    """Axis names with their units, the title, and in the lower right corner n and seeds."""
    axes.set_xlabel(xlabel, fontsize=10.5)
    axes.set_ylabel(ylabel, fontsize=10.5)
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold")
    figure.supxlabel(note, fontsize=8.5, color="#444444", x=0.99, ha="right")
