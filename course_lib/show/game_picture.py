"""SPIN seen from inside: what given and own answers gained in a round, and the loss on its way to log 2."""

from __future__ import annotations

import math

from course_lib.margin import Game
from course_lib.show.picture import Picture
from course_lib.show.plots import lines
from course_lib.show.style import BASE, CONTROL, METHOD, label, new_figure
from course_lib.statistics import bootstrap, mean

GAIN = "log π − log π of the opponent, of a whole answer (nats)"
EDGES = [x / 2 for x in range(-12, 7)]


def games(rounds: list[Game], seed: int = 0) -> Picture:
    """One panel a round: the gains of the given answers over those of the opponent's own."""
    figure, _ = new_figure(height=1.5 + 1.35 * len(rounds))
    figure.clear()
    panels = figure.subplots(len(rounds), 1, sharex=True, squeeze=False)[:, 0]
    for number, (axes, game) in enumerate(zip(panels, rounds, strict=True), 1):
        panel(axes, game, number)
    panels[0].legend(frameon=False, fontsize=9.5, loc="upper left")
    n = f"n = {len(rounds[0].given)} fresh stories, 1 seed ({seed}); ends of the axis hold all beyond"
    label(figure, panels[-1], GAIN, "", n)
    panels[0].set_title("the two slide into each other", loc="left", fontsize=11, fontweight="bold")
    return Picture(figure, f"Histograms of {GAIN}, one for each round. {told(rounds)}. {n}")


def panel(axes, game: Game, number: int) -> None:
    low, high = EDGES[0], EDGES[-1]
    for name, gains, style, fill in (
        ("given answer", game.given, METHOD, {"alpha": 0.55}),
        ("opponent's own", game.own, CONTROL, {"alpha": 0.9, "hatch": "///", "fill": False}),
    ):
        held = [min(high - 1e-6, max(low, g)) for g in gains]
        axes.hist(held, EDGES, label=name, color=style["color"], edgecolor=style["color"], **fill)
        axes.axvline(mean(held), color=style["color"], linestyle=style["linestyle"], linewidth=2)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=9)
    axes.set_ylabel("stories", fontsize=9.5)
    axes.annotate(f"round {number}", (0.99, 0.82), xycoords="axes fraction", ha="right", fontsize=10, fontweight="bold")


def one_game(rounds: list[Game], round: int, beta: float, seed: int = 0) -> Picture:
    """One round of them, and what β makes of it: the share of the loss that is left."""
    game = rounds[round - 1]
    picture = games([game], seed)
    loss, won = mean(game.losses(beta)), mean([float(a > b) for a, b in zip(game.given, game.own, strict=True)])
    title = (
        f"round {round}: loss {loss:.3f} at β = {beta:g} (log 2 is 0.693); the given answer gained more in {won:.0%}"
    )
    axes = picture.figure.axes[0]
    axes.set_title(
        f"{title},\nthe two are one and the same in {mean([float(s) for s in game.same]):.0%}",
        loc="left",
        fontsize=10.5,
    )
    for text in list(axes.texts):
        text.remove()
    return Picture(picture.figure, f"{title}. {picture.alt}")


def losses(rounds: list[Game], beta: float, seed: int = 0) -> Picture:
    """The loss on fresh pairs after each round, beside log 2: the loss of one who cannot tell the two apart."""
    each = [g.losses(beta) for g in rounds]
    ends = [bootstrap(values) for values in each]
    xs = list(range(1, len(rounds) + 1))
    series = {
        "loss on fresh pairs": ([mean(v) for v in each], [e[0] for e in ends], [e[1] for e in ends], METHOD),
        "log 2: cannot tell them apart": ([math.log(2)] * len(xs), None, None, BASE | {"marker": ""}),
    }
    n = f"n = {len(each[0])} fresh stories, 1 seed ({seed}); band: 95 % (bootstrap)"
    picture = lines(xs, series, "round", f"loss, β = {beta:g} (nats)", n, "each round wins by less")
    picture.figure.axes[0].set_xticks(xs)
    return picture


def told(rounds: list[Game]) -> str:
    return "; ".join(f"round {i}: given {mean(g.given):.2f}, own {mean(g.own):.2f}" for i, g in enumerate(rounds, 1))
