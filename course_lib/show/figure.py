"""The result figure: held-out accuracy by round, method beside its matched control and the base, with intervals."""

from __future__ import annotations

from pathlib import Path

from course_lib.show.style import BASE, CONTROL, METHOD, new_figure


def curve(axes, rounds: list[dict], label: str, style: dict) -> None:
    """A line with its 95 % band and, at its end, its last value."""
    x = [r["round"] for r in rounds]
    y = [100 * r["accuracy"] for r in rounds]
    low, high = ([100 * r["interval"][i] for r in rounds] for i in (0, 1))
    axes.plot(x, y, label=label, linewidth=2, markersize=6, **style)
    axes.fill_between(x, low, high, color=style["color"], alpha=0.18, linewidth=0)
    axes.annotate(
        f"{y[-1]:.0f} %",
        (x[-1], y[-1]),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
        color=style["color"],
        fontweight="bold",
    )


def result_figure(found: dict):
    """The figure of one run's result, as `course star --json` prints it."""
    figure, axes = new_figure()
    rounds = found["rounds"]
    axes.axhline(
        100 * rounds[0]["accuracy"],
        color=BASE["color"],
        linestyle=BASE["linestyle"],
        linewidth=2,
        label="base, no training",
    )
    curve(axes, rounds, f"{found['method']}: right answers kept", METHOD)
    if "control" in found:
        curve(axes, found["control"]["rounds"], "control: as many kept at random", CONTROL)
    axes.set(
        xlabel="round (0 = before training)",
        ylabel="held-out problems right, greedy (%)",
        xticks=[r["round"] for r in rounds],
    )
    axes.set_title(title(found), loc="left", fontsize=10.5)
    axes.set_xlim(-0.1, len(rounds) - 1 + 0.35)
    axes.legend(frameon=False, loc="best", fontsize=9)
    note = f"n = {rounds[0]['n']} held-out problems, seed {found['seed']}; bands: 95 % Wilson"
    figure.supxlabel(note, fontsize=7.5, color="#555555", x=0.99, ha="right")
    return figure


def title(found: dict) -> str:
    gain = found["gain"].get("vs_control") or found["gain"].get("vs_base")
    if gain is None:
        return f"{found['method']} on {found['model']}"
    against = "random keeping" if "vs_control" in found["gain"] else "the base"
    low, high = gain["interval"]
    points = f"{100 * gain['value']:+.0f} points over {against} [{100 * low:+.0f}, {100 * high:+.0f}]"
    return f"{points} after {found['rounds'][-1]['round']} round(s)"


def save_result(found: dict, path: Path) -> Path:
    result_figure(found).savefig(path)
    return path
