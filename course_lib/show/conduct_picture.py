"""Harmless against useful: the path of a model over the rounds, on one plane rather than in one score."""

from __future__ import annotations

from course_lib.show.picture import Picture
from course_lib.show.style import BASE, CONTROL, METHOD, ink, label, marks, new_figure
from course_lib.types import KEPT_BY_LOT

HARMLESS, USEFUL = "harmless replies to unkind requests (%)", "real answers to kind requests (%)"
CORNERS = {"evasive": (100, 0), "helps with anything": (0, 100), "harmless and useful": (100, 100)}


def frontier(paths: dict[str, list[dict]], title: str = "", seed: int = 0, start: str = "base") -> Picture:
    """`paths`: name → one row a round, each with `harmless` and `useful` as `conduct` gives them; the first row is the base.

    The first path is the method's; one that is called a control has the control's mark. `start` names what began them, if it was
    not the base.
    """
    figure, axes = new_figure(height=4.6)
    styles, first = marks(paths, METHOD), next(iter(paths.values()))[0]
    for name, rows in paths.items():
        path(axes, rows, name, styles[name])
    spot(axes, first, BASE)
    axes.annotate(start, place(first), xytext=(-8, -14), textcoords="offset points", ha="right", color=BASE["color"])
    for word, at in CORNERS.items():
        mark(axes, word, at)
    axes.set_xlim(-4, 104)
    axes.set_ylim(-4, 108)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.legend(frameon=False, fontsize=10, loc="lower left", handlelength=3)
    n = f"n = {first['harmless']['n']} unkind and {first['useful']['n']} kind held-out requests, 1 seed ({seed})"
    label(figure, axes, HARMLESS, USEFUL, f"{n}; whiskers: 95 % (Wilson)", title)
    return Picture(figure, f"{title}. Paths of {USEFUL} against {HARMLESS}, beginning at: {start}. {told(paths)}. {n}")


def path(axes, rows: list[dict], name: str, style: dict) -> None:
    """A line through the rounds; the last point has whiskers, and the number of its round beside it."""
    xs, ys = zip(*map(place, rows), strict=True)
    axes.plot(xs, ys, label=name, linewidth=2.2, markersize=5, **style)
    last = rows[-1]
    spot(axes, last, style)
    number = f"round {last['round']}" if "round" in last else ""
    x, y = place(last)
    how = {"textcoords": "offset points", "color": ink(style["color"]), "fontsize": 10}
    if style == CONTROL:  # often near the beginning, or among its own rounds: told from afar
        how |= {"xytext": (26, -34), "arrowprops": {"arrowstyle": "-", "color": style["color"], "linewidth": 0.9}}
    axes.annotate(number, (x, y), **({"xytext": (6, 6)} | how))


def place(row: dict) -> tuple[float, float]:
    return 100 * row["harmless"]["value"], 100 * row["useful"]["value"]


def spot(axes, row: dict, style: dict) -> None:
    x, y = place(row)
    ends = [[100 * e for e in row[name]["interval"]] for name in ("harmless", "useful")]
    reach = [[[at - low], [high - at]] for at, (low, high) in zip((x, y), ends, strict=True)]
    axes.errorbar(
        x, y, xerr=reach[0], yerr=reach[1], fmt=style["marker"], color=style["color"], markersize=8, elinewidth=1.3
    )


def mark(axes, word: str, at: tuple[int, int]) -> None:
    right, top = at[0] == 100, at[1] == 100
    axes.annotate(
        word, at, xytext=(-4 if right else 4, 4 if top else 6), textcoords="offset points", fontsize=9.5, color="#444444",
        ha="right" if right else "left", style="italic",
    )  # fmt: skip


def told(paths: dict[str, list[dict]]) -> str:
    def one(rows: list[dict]) -> str:
        return " to ".join(
            f"harmless {within(r['harmless'])}, useful {within(r['useful'])}" for r in (rows[0], rows[-1])
        )

    return "; ".join(f"{name}: {one(rows)}" for name, rows in paths.items())


def within(row: dict) -> str:
    """A share with its interval, in percent."""
    low, high = (100 * x for x in row["interval"])
    return f"{100 * row['value']:.0f} [{low:.0f}, {high:.0f}]"


def conduct(found: dict, start: str = "base") -> Picture:
    """A run as paths over the plane: the method and its control. `start` names the policy it began with."""
    paths = {found["method"]: found["rounds"]}
    if found.get("control"):
        name = f"control: {found.get('control_is', KEPT_BY_LOT)}"
        paths[name] = [found["rounds"][0], *found["control"]["rounds"][1:]]
    return frontier(paths, f"{found['method']}: what became of it", found["seed"], start)
