"""One visual language: a mark (colour, line style and marker) means one thing in every figure, in greyscale as well.

BASE grey dots, square       what there was before: the policy before training, drafts before refining
METHOD blue, disc            the method that the lesson is about
CONTROL orange dashes, ▲     what the method must be compared with
PROXY vermillion, ▼          the score that a run is trained on
GOLD green, diamond          what is wanted, which the run does not see
BLIND pink, plus             stories with a dozen, where the model believes what is false
HERE black, open disc        what was measured on this page, beside what was measured before
VOTE black dots, open mark   the most frequent of several answers
KNOWN thin and black         worked out and not measured: a formula, a limit
PLAIN violet, dark to light  everything else, in the order given
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

BASE = {"color": "#555555", "linestyle": ":", "marker": "s"}
METHOD = {"color": "#0072B2", "linestyle": "-", "marker": "o"}
CONTROL = {"color": "#E69F00", "linestyle": "--", "marker": "^"}
PROXY = {"color": "#D55E00", "linestyle": "-.", "marker": "v"}
GOLD = {"color": "#009E73", "linestyle": "-", "marker": "D"}
BLIND = {"color": "#CC79A7", "linestyle": (0, (5, 1, 1, 1)), "marker": "P"}
HERE = {"color": "#1a1a1a", "linestyle": "-", "marker": "o", "markerfacecolor": "white"}
VOTE = {"color": "#000000", "linestyle": (0, (1.2, 0.8)), "marker": "h", "markerfacecolor": "white"}
KNOWN = {"color": "#1a1a1a", "linestyle": "-", "linewidth": 1.1}
PLAIN = (  # steps of one hue, for series in an order, such as lengths; solid apart, no line style and no marker is another's
    {"color": "#2B1159", "linestyle": "-", "marker": "X"},
    {"color": "#6848AB", "linestyle": (0, (3.2, 1, 1, 1, 1, 1)), "marker": "*"},
    {"color": "#8869C2", "linestyle": (0, (8, 1.5)), "marker": ">"},
    {"color": "#A085D0", "linestyle": (0, (1.8, 0.9)), "marker": "<"},
    {"color": "#432780", "linestyle": (0, (8, 2, 2, 2)), "marker": "p"},
    {"color": "#6E50AE", "linestyle": (0, (4, 1, 1, 1, 1, 1, 1, 1)), "marker": (6, 2, 0)},
)

FILLS = (  # areas side by side, in the hue of PLAIN: neighbours differ in lightness and in hatch
    {"facecolor": "#432780", "hatch": ""},
    {"facecolor": "#937AC8", "hatch": "///"},
    {"facecolor": "#C9BBE8", "hatch": ""},
    {"facecolor": "#F3F0FA", "hatch": "..."},
    {"facecolor": "#7D5FBB", "hatch": "xx"},
    {"facecolor": "#D8CCEF", "hatch": "\\\\"},
    {"facecolor": "#AE98DA", "hatch": "--"},
)
INK = {  # darker twins of the light colours, for words on white: contrast of 4.5 or more
    "#E69F00": "#8F6200",
    "#CC79A7": "#A04477",
    "#D55E00": "#B34F00",
    "#009E73": "#007A59",
    "#8869C2": "#6E50AE",
    "#A085D0": "#7D5FBB",
}


def cycle(styles: Sequence[dict]) -> Iterator[dict]:
    while True:
        yield from styles


def marks(names: Iterable[str], first: dict | None = None) -> dict[str, dict]:
    """Name → its mark: that of what the name says it is, else `first` for the first of them, and PLAIN for the rest."""
    left = cycle(PLAIN)
    return {name: named(name) or (first if i == 0 else None) or next(left) for i, name in enumerate(names)}


def named(name: str) -> dict | None:
    """The mark of a series whose name says that it is the control, the base or a vote."""
    if "control" in name:
        return CONTROL
    if name.startswith("a vote"):
        return VOTE
    return BASE if name in ("base", "before") else None


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
    return figure, dressed(figure.subplots())


def dressed(axes):
    """Axes in the usual dress: no frame above and to the right, pale lines behind the data."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.tick_params(labelsize=10)
    axes.set_axisbelow(True)
    return axes


def label(figure, axes, xlabel: str, ylabel: str, note: str, title: str = "") -> None:
    """Axis names with their units, the title, and in the lower right corner n and seeds."""
    axes.set_xlabel(xlabel, fontsize=10.5)
    axes.set_ylabel(ylabel, fontsize=10.5)
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold")
    figure.supxlabel(note, fontsize=8.5, color="#444444", x=0.99, ha="right")
