"""SPIN seen from inside: what given and own answers gained in a round, and the loss on its way to log 2."""

from __future__ import annotations

import math
from statistics import median

from course_lib.margin import Game
from course_lib.show.picture import Picture
from course_lib.show.plots import lines
from course_lib.show.style import KNOWN, METHOD, PLAIN, label, new_figure
from course_lib.statistics import bootstrap, mean

GAIN = "log π − log π of the opponent, of a whole answer (nats)"
EDGES = [x / 5 for x in range(-12, 9)]  # what a story's gain lies between; longer answers gain and lose more
OUTSIDE = 0.25  # of all gains: what may lie beyond the ends


def games(rounds: list[Game], seed: int = 0, things: str = "stories") -> Picture:
    """One panel a round: what the given answers gained, and the opponent's own, of the stories where the two differ.

    `things` is what the problems are called.
    """
    figure, _ = new_figure(height=1.5 + 1.35 * len(rounds))
    figure.clear()
    panels = figure.subplots(len(rounds), 1, sharex=True, squeeze=False)[:, 0]
    edges = edges_of(rounds)
    for number, (axes, game) in enumerate(zip(panels, rounds, strict=True), 1):
        panel(axes, game, f"round {number}", edges, things)
    panels[0].legend(frameon=False, fontsize=9.5, loc="upper left")
    n = f"of {len(rounds[0].given)} fresh {things}, 1 seed ({seed}); lines: medians (dashed: given); the ends hold all beyond"
    label(figure, panels[-1], GAIN, "", n)
    panels[-1].set_ylabel(things, fontsize=9.5)
    figure.suptitle("given answers and the opponent's own", x=0.01, ha="left", fontsize=11, fontweight="bold")
    return Picture(figure, f"Histograms of {GAIN}, one for each round. {told(rounds)}. {n}")


def edges_of(rounds: list[Game]) -> list[float]:
    """The usual edges, doubled until most gains lie between them."""
    gains, edges = [g for game in rounds for side in differing(game) for g in side if math.isfinite(g)], EDGES
    while sum(not edges[0] <= g <= edges[-1] for g in gains) > OUTSIDE * len(gains):
        edges = [2 * edge for edge in edges]
    return edges


def panel(axes, game: Game, name: str, edges: list[float], things: str) -> None:
    low, high = edges[0], edges[-1]
    given, own = differing(game)
    for word, gains, style, fill in (
        ("given answers", given, PLAIN[2], {"alpha": 0.5}),
        ("the opponent's own", own, PLAIN[0], {"alpha": 0.9, "hatch": "///", "fill": False}),
    ):
        held = [min(high - 1e-6, max(low, g)) for g in gains]
        axes.hist(held, edges, label=word, color=style["color"], edgecolor=style["color"], **fill)
        if gains:
            axes.axvline(
                min(high, max(low, median(gains))), color=style["color"], linestyle=style["linestyle"], linewidth=2,
            )  # fmt: skip
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=9)
    axes.set_ylabel(things, fontsize=9.5)
    axes.set_title(f"{name}: {len(given)} differ{ahead(game)}", loc="right", fontsize=10, fontweight="bold")


def won(game: Game) -> list[float]:
    """Of the stories whose answers differ, 1 where the given one gained more."""
    return [float(given > own) for given, own in zip(*differing(game), strict=True)]


def ahead(game: Game) -> str:
    return f"; given ahead in {mean(found):.0%}" if (found := won(game)) else ""


def differing(game: Game) -> tuple[list[float], list[float]]:
    """The gains of the stories in which the opponent did not write the given answer word for word."""
    rows = [(g, o) for g, o, same in zip(game.given, game.own, game.same, strict=True) if not same]
    return [g for g, _ in rows], [o for _, o in rows]


def one_game(rounds: list[Game], round: int, beta: float, seed: int = 0) -> Picture:
    """One round of them, and the loss that β makes of it."""
    game = rounds[round - 1]
    picture, loss, found = games([game], seed), mean(game.losses(beta)), won(game)
    title = f"round {round}, β = {beta:g}: loss {loss:.3f} (log 2 is 0.693)"
    title += f"\nwhere they differ, the given one gained more in {mean(found):.0%}" if found else "\nnone differ"
    picture.figure.suptitle(title, x=0.01, ha="left", fontsize=10.5, fontweight="bold")
    picture.figure.axes[0].set_title(f"{len(found)} differ", loc="right", fontsize=10, fontweight="bold")
    return Picture(picture.figure, f"{title}. {picture.alt}")


def losses(rounds: list[Game], beta: float, seed: int = 0) -> Picture:
    """The loss on fresh pairs after each round, beside log 2: the loss of one who cannot tell the two apart."""
    each = [g.losses(beta) for g in rounds]
    ends = [bootstrap(values) for values in each]
    xs = list(range(1, len(rounds) + 1))
    series = {
        "loss on fresh pairs": ([mean(v) for v in each], [e[0] for e in ends], [e[1] for e in ends], METHOD),
        "log 2: cannot tell them apart": ([math.log(2)] * len(xs), None, None, KNOWN),
    }
    n = f"n = {len(each[0])} fresh stories, 1 seed ({seed}); band: 95 % (bootstrap)"
    picture = lines(xs, series, "round", f"loss, β = {beta:g} (nats)", n, "loss on fresh pairs, round by round")
    picture.figure.axes[0].set_xticks(xs)
    return picture


def told(rounds: list[Game]) -> str:
    def one(game: Game) -> str:
        given, own = differing(game)
        return f"given {median(given):.2f}, own {median(own):.2f}{ahead(game)}" if given else "none differ"

    return "; ".join(f"round {i}: {one(game)}" for i, game in enumerate(rounds, 1))
