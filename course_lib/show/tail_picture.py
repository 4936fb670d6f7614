"""The tail of a vocabulary going dark: a light for every word, from common to rare, by generation, for two or three diets."""

from __future__ import annotations

from collections.abc import Sequence

from course_lib.errors import need
from course_lib.show.picture import Picture
from course_lib.show.plots import heading
from course_lib.show.style import new_figure
from course_lib.statistics import mean, of_mean

NIGHT, DIM, LIT = "#0d1021", "#b3830f", "#F0E442"  # lighter at every step, in greyscale too
MOST = 1500  # lights of a generation: beyond that, words of like rank share one


def tail(
    counts: dict[str, Sequence], title: str = "", note: str = "", words: Sequence[str] = (), seed: int | None = None,
    dark: str = "gone",
) -> Picture:  # fmt: skip
    """`counts`: diet → [generation][word], how often a word was said; or [run][generation][word] of several runs, of which the
    first is drawn and all are counted.

    Generation 0 is real text. Words go from the commonest to the rarest; `words`, their spellings, name some of the rows;
    `dark` says what a light that is out means.
    """
    said = {name: as_runs(rows) for name, rows in counts.items()}
    sizes = sorted({rows.shape[1:] for rows in said.values()})
    need(len(sizes) == 1, f"diets have (generations, words) of {sizes}: give two or three diets of one size.")
    generations, size = sizes[0]
    figure, panels = grid(len(said))
    for axes, (name, rows) in zip(panels, said.items(), strict=True):
        axes.set_title(f"{name}\n{ending(rows)}", loc="left", fontsize=10.5)
        wide = city(axes, rows[0])
        generations_named(axes, rows, wide)
    ranks_named(panels[0], size, across(generations, size), words)
    legend(figure, size, dark)
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold")
    corner = f"{note}{'; ' if note else ''}{seeds(said, seed)}"
    figure.supxlabel(corner, fontsize=8.5, color="#444444", x=0.99, ha="right")
    return Picture(figure, f"{heading(title)}{told(said)} {corner}", width=980)


def as_runs(rows: Sequence):
    """Which words are said at all, (runs, generations, words)."""
    import numpy as np

    said = np.asarray(rows) > 0
    need(said.ndim in (2, 3), "counts are rows of words for each generation, or that for each of several runs.")
    return said if said.ndim == 3 else said[None]


def grid(columns: int):
    figure, axes = new_figure(width=1.2 + 3.9 * columns, height=5.4)
    axes.remove()
    return figure, figure.subplots(1, columns, sharey=True, squeeze=False)[0]


def across(generations: int, size: int) -> int:
    """Lights side by side in one generation, so that a light is about as wide as it is high."""
    return max(1, round((0.85 * min(size, MOST) / generations) ** 0.5))


def city(axes, said) -> int:
    """`said` (generations, words) as blocks of lights, common words on top. Returns a block's width in lights, with its gap."""
    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap

    generations, size = said.shape
    lights = np.stack([part.mean(1) for part in np.array_split(said, min(size, MOST), 1)], 1)
    wide = across(generations, size)
    gap = 1 if wide < 12 else 2
    lights = np.pad(lights, ((0, 0), (0, -lights.shape[1] % wide)), constant_values=np.nan)
    blocks = np.pad(lights.reshape(generations, -1, wide), ((0, 0), (0, 0), (0, gap)), constant_values=np.nan)
    image = blocks.transpose(1, 0, 2).reshape(blocks.shape[1], -1)[:, :-gap]
    night = LinearSegmentedColormap.from_list("night", (NIGHT, DIM, LIT))
    axes.pcolormesh(image, cmap=night, vmin=0, vmax=1, edgecolors="white", linewidth=0.3)
    axes.set_facecolor("white")
    axes.set_ylim(len(image), 0)
    axes.grid(visible=False)
    axes.tick_params(length=0, labelsize=9.5)
    return wide + gap


def generations_named(axes, rows, wide: int) -> None:
    """Every generation by its number, and under some how many words are left."""
    last = rows.shape[1] - 1
    left, step = rows[0].sum(1), -(-last // 5) or 1
    names = [f"{g}\n{left[g]:,}" if g % step == 0 or g == last else f"{g}\n" for g in range(last + 1)]
    axes.set_xticks([(g + 0.5) * wide - 0.5 for g in range(last + 1)], names)
    axes.set_xlabel("generation (0: the beginning), and words left", fontsize=10)


def ranks_named(axes, size: int, wide: int, words: Sequence[str]) -> None:
    """Ranks along the left edge, or the words of these ranks."""
    steps = 8 if words else 4
    ranks = [max(1, round(i * size / steps)) for i in range(steps + 1)]
    per_row = wide * size / min(size, MOST)
    axes.set_yticks([(r - 1) // per_row + 0.5 for r in ranks], [words[r - 1] if words else f"{r:,}" for r in ranks])
    axes.set_ylabel("words, from common to rare" if words else "rank of the word, from common to rare", fontsize=10)


def legend(figure, size: int, dark: str) -> None:
    from matplotlib.patches import Patch

    shared = -(-size // MOST)
    words = f"{shared} words of like rank" if shared > 1 else "a word"
    patches = [Patch(facecolor=LIT, edgecolor=NIGHT, label=f"{words} still said")]
    patches += [Patch(facecolor=DIM, edgecolor=NIGHT, label="half of them")] if shared > 1 else []
    patches += [Patch(facecolor=NIGHT, label=dark)]
    figure.legend(handles=patches, frameon=False, fontsize=10, ncols=3, loc="outside upper right")


def ending(rows) -> str:
    """What is left of the rarer half in the last generation; with its interval where there are several runs."""
    shares = (100 * rows[:, -1, rows.shape[2] // 2 :].mean(1)).tolist()
    low, high = of_mean(shares)
    within = f" [{max(low, 0):.0f}, {min(high, 100):.0f}]" if len(shares) > 1 else ""
    return f"{mean(shares):.0f} %{within} of the rarer half still said"


def seeds(said: dict, seed: int | None) -> str:
    runs = max(len(rows) for rows in said.values())
    if runs > 1:
        return f"drawn: 1 of {runs} seeds; percent: mean of all [95 %, Student's t over seeds]"
    return "1 seed" if seed is None else f"1 seed ({seed})"


def told(said: dict) -> str:
    def one(name: str, rows) -> str:
        left = rows[0].sum(1)
        return f"{name}: {left[0]:,} words at generation 0, {left[-1]:,} at {len(left) - 1}, {ending(rows)}"

    each = "; ".join(one(name, rows) for name, rows in said.items())
    return f"Lights for words, from common (top) to rare, by generation (left to right), dark where a word is gone. {each}."
