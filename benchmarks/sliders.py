"""How long a reader waits for the next picture after a slider has moved: the panels of notebooks 00 to 03, on recorded samples.

usage: python benchmarks/sliders.py [--moves 9] [--out benchmarks/sliders.json]

A move is a slider set as the front end sets it; what the browser takes to show the picture is not in it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

from course_lib import show
from course_lib.controls import panel
from course_lib.controls.panels import Panel
from course_lib.recordings import TEMPERATURES, recorded

K = {"values": [1, 2, 4, 8, 16, 32], "start": 4}
TAU = {"values": (0.0, 0.95, 0.05), "start": 0.6}


def panels() -> dict[str, tuple[Panel, str]]:
    """Name → a panel and the slider of it that is moved."""
    noise = {"values": (0.0, 0.5, 0.05)}
    return {
        "00: a checker that errs": (panel(lambda noise: show.checker_noise(recorded(1.0, 8), noise), noise=noise), "noise"),
        "01: problems without a right answer": (panel(lambda k: show.unsolved(recorded(1.0), k), k=K), "k"),
        "02: paths by K": (panel(lambda k: show.paths_by_k(recorded(1.0), k), k=K), "k"),
        "02: paths by temperature": (
            panel(lambda k: show.paths_by_temperature({t: recorded(t) for t in TEMPERATURES}, k), k=K), "k",
        ),
        "03: a threshold": (panel(lambda tau: show.threshold(recorded(1.0), tau), tau=TAU), "tau"),
        "03: two rewards": (panel(lambda tau: show.two_rewards(recorded(1.0), tau), tau=TAU), "tau"),
    }  # fmt: skip


def waits(moved: Panel, slider: str, moves: int) -> list[float]:
    """Seconds from each of `moves` moves to its picture, near the slider's lower end."""
    widget, found = moved.sliders.widgets[slider], []
    for i in range(moves):
        began = time.perf_counter()
        widget.value = places(widget)[1 + i % 5]
        found.append(time.perf_counter() - began)
    return found


def places(widget) -> list:
    """Where a slider can stand, from its lower end."""
    if hasattr(widget, "options"):
        return [value for _, value in widget.options]
    return [widget.min + i * widget.step for i in range(6)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=9, help="of each slider (default: 9)")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "sliders.json")
    args = parser.parse_args()
    rows = {}
    for name, (moved, slider) in panels().items():
        found = waits(moved, slider, args.moves)
        rows[name] = {"median": statistics.median(found), "min": min(found), "max": max(found)}
        print(f"{name}: {rows[name]['median']:.2f} s ({rows[name]['min']:.2f} to {rows[name]['max']:.2f})", flush=True)
    args.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
