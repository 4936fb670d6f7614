"""STaR and its matched control over seeds, with the command line's defaults: `make seeds`. Resumable; one row a seed.

Writes data/runs/star_seeds.json, and from it the README's table and its figure, which is that of the first seed.

usage: python benchmarks/star_seeds.py [--seeds 0 1 2 ...] [--out data/runs/star_seeds.json]
"""

import argparse
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from course_lib.claims.table import between_marks
from course_lib.loading import load
from course_lib.methods import star
from course_lib.policy import weights_hash
from course_lib.run.experiment import run
from course_lib.run.fingerprint import fingerprint
from course_lib.show.figure import save_result

COMMAND = "OMP_NUM_THREADS=1 course star --seed SEED --json"


def one_seed(seed: int) -> dict:
    """Run one seed in a process of its own, as a user would, and keep its result."""
    command = [sys.executable, "-m", "course_lib", "star", "--seed", str(seed), "--json"]
    one_thread = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=one_thread)
    if done.returncode:
        raise SystemExit(f"seed {seed} ended with exit code {done.returncode}: run {' '.join(command)} to see why")
    return json.loads(done.stdout)


def excludes_zero(gain: dict) -> bool:
    return gain["interval"][0] > 0


def table(rows: list[dict]) -> dict:
    rows = sorted(rows, key=lambda r: r["seed"])
    held = {key: sum(excludes_zero(r["gain"][key]) for r in rows) for key in ("vs_base", "vs_control")}
    return {"command": COMMAND, "made_by": "make seeds", "seeds": len(rows), "gain_excludes_0": held, "rows": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(10)))
    parser.add_argument("--out", type=Path, default=Path("data/runs/star_seeds.json"))
    parser.add_argument("--readme", type=Path, default=Path("README.md"))
    parser.add_argument("--workers", type=int, default=2, help="runs at a time, one thread each (default: 2)")
    args = parser.parse_args()
    rows = json.loads(args.out.read_text(encoding="utf-8"))["rows"] if args.out.exists() else []
    now = fingerprint(weights_hash(load(device="cpu").base), run, star())
    rows = [r for r in rows if r.get("made_with") == now]  # another model or other code starts the table anew
    missing = [seed for seed in args.seeds if seed not in {r["seed"] for r in rows}]
    with ThreadPoolExecutor(args.workers) as workers:
        for row in workers.map(one_seed, missing):
            rows.append(row | {"made_with": now})
            args.out.write_text(json.dumps(table(rows), indent=1) + "\n", encoding="utf-8")
            print(line(row), flush=True)
    found = table(rows)
    between_marks("seeds", markdown(found), args.readme)
    save_result(found["rows"][0], args.readme.parent / "docs/figures/star.png")


def line(row: dict) -> str:
    return f"seed {row['seed']}: {', '.join(f'{key} {points(g)}' for key, g in row['gain'].items())}"


def points(gain: dict) -> str:
    low, high = (100 * x for x in gain["interval"])
    return f"{100 * gain['value']:+.1f} [{low:+.1f}, {high:+.1f}]"


def markdown(found: dict) -> str:
    """The table as the README shows it, and under it for how many seeds the interval excludes 0."""
    lines = [
        "| seed | base | STaR, round 3 | random keep, round 3 | gain over the base | gain over random keeping |",
        "|---|---|---|---|---|---|",
    ]
    for r in found["rows"]:
        ends = (r["rounds"][0], r["rounds"][-1], r["control"]["rounds"][-1])
        cells = [f"{100 * end['accuracy']:.1f} %" for end in ends] + [points(g) for g in r["gain"].values()]
        lines.append(f"| {r['seed']} | {' | '.join(cells)} |")
    held, n = found["gain_excludes_0"], found["seeds"]
    told = f"over the base for {held['vs_base']} of {n} seeds, over random keeping for {held['vs_control']} of {n}"
    return "\n".join([*lines, "", f"The interval excludes 0 {told}."])


if __name__ == "__main__":
    main()
