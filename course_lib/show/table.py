"""A run in words: one line a round, and what the gains are worth."""

from __future__ import annotations

from pathlib import Path

from course_lib.show.figure import save_result
from course_lib.types import KEPT_BY_LOT, Round

HEAD = f"{'':22}{'held-out accuracy':>26}{'pass@1':>8}{'pass@16':>8}{'kept':>6}"
HEAD += f"{'distinct':>9}{'entropy':>9}{'KL':>9}{'seconds':>9}"


def row(arm: str, log: list[Round], seconds: float, control: str = "random keep") -> str:
    """One round as a line of the table, under its head when it is the first. `seconds`: what its phases took,
    in whichever session. `control`: what that arm is called.
    """
    last, m = log[-1], log[-1].metrics
    low, high = m["interval"]
    name = "base" if last.round == 0 else f"{'method' if arm == 'method' else control}, round {last.round}"
    cells = f"{name:22}{m['accuracy']:>11.3f} [{low:.3f}, {high:.3f}] {m['pass_at_1']:>7.2f} {m['pass_at_16']:>7.2f}"
    # a space before each, so that the numbers of a large model and of long answers never touch
    cells += f" {last.kept:>5} {m['distinct']:>8.2f} {m['entropy']:>8.2f} {m['kl']:>8.2f} {seconds:>8.1f}"
    return f"{HEAD}\n{cells}" if last.round == 0 and arm == "method" else cells


def summarise(found: dict, folder: Path) -> None:
    """The gains in words, and the figure."""
    names = {"vs_base": "over the base", "vs_control": f"over {found.get('control_is', KEPT_BY_LOT)}"}
    for key, gain in found["gain"].items():
        low, high = gain["interval"]
        verdict = "excludes 0" if low > 0 or high < 0 else "holds 0: no gain shown"
        print(
            f"gain {names[key]}: {100 * gain['value']:+.1f} points, "
            f"95 % interval [{100 * low:+.1f}, {100 * high:+.1f}] ({verdict})"
        )
    print(f"figure: {save_result(found, folder / 'result.png')}")
