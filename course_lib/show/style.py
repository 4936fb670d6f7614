"""One visual language: Okabe–Ito colours, each with its own line style, so that greyscale reads as well."""

from __future__ import annotations

BASE = {"color": "#555555", "linestyle": ":", "marker": "s"}
METHOD = {"color": "#0072B2", "linestyle": "-", "marker": "o"}
CONTROL = {"color": "#E69F00", "linestyle": "--", "marker": "^"}
PROXY = {"color": "#D55E00", "linestyle": "-.", "marker": "v"}
GOLD = {"color": "#009E73", "linestyle": "-", "marker": "D"}
BLIND = {"color": "#CC79A7", "linestyle": (0, (5, 1, 1, 1)), "marker": "P"}


def new_figure(width: float = 7.2, height: float = 4.2):
    """A figure and its axes, white behind so that it reads on dark pages too, outside pyplot's global state."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=150, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    return figure, axes
