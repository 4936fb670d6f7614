"""The whole path on siblings of the pocket model, of several sizes, raised on the same corpus: what this hardware gives.

For each size, in three stages: it is raised; a round of STaR runs beside its control, and on a GPU a training in less memory than
it wants, held to the same training in as much as it wants (train/fitting.py); tokens a second are timed, sampled and trained on.
Writes benchmarks/sizes.json, one row for each size and hardware, its table into docs/hardware.md, and docs/figures/sizes.png:
the gain of each row, with its interval. A larger sibling knows more to begin with and has less to gain: sizes compare hardware
first, and gains only with care.

usage: python benchmarks/sizes.py [--sizes 1.8M 10M 50M 150M 500M] [--steps 1500] [--stages raise round speed]
"""

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from course_lib import progress
from course_lib.claims.table import between_marks
from course_lib.cost import probe
from course_lib.errors import CourseError
from course_lib.loading import load
from course_lib.memory import peak_memory_mb
from course_lib.pocket.raising import SHAPE, YEARS, raise_model
from course_lib.policy import Policy
from course_lib.run import experiment
from course_lib.run.settings import Settings, draw_problems
from course_lib.show.plots import dots, in_percent
from course_lib.show.style import METHOD
from course_lib.tasks.stories import stories
from course_lib.train import sft, trainers
from course_lib.train.fitting import Load
from course_lib.types import Example

ROOT = Path(__file__).parent.parent
SIZES = {"1.8M": (192, 4), "10M": (384, 6), "50M": (768, 8), "150M": (1024, 14), "500M": (1536, 20)}  # width, layers
WIDTH_OF_A_HEAD = 32
STAGES = ["raise", "round", "speed"]


def shape(size: str) -> dict:
    """The pocket model's shape in another size: a third of its heads, or a quarter, are key heads."""
    width, layers = SIZES[size]
    heads = width // WIDTH_OF_A_HEAD
    keys = heads // 3 if heads % 3 == 0 else heads // 4
    sizes = {"hidden_size": width, "intermediate_size": 8 * width // 3, "num_hidden_layers": layers}
    return SHAPE | sizes | {"num_attention_heads": heads, "num_key_value_heads": keys}


def hardware() -> str:
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else f"CPU, {torch.get_num_threads()} threads"


def narrower(size: str) -> float:
    """What a learning rate is multiplied by: a wider model takes smaller steps."""
    return SIZES["1.8M"][0] / SIZES[size][0]


def raised(size: str, steps: int, work: Path) -> Path:
    """The model's folder; it is raised unless it lies there already."""
    out, year = work / f"{size}-{steps}", YEARS[0]
    if not (out / "tokenizer.json").exists():
        rate, warmup = year.learning_rate * narrower(size), min(year.warmup, steps // 5)
        year = replace(year, steps=steps, warmup=warmup, learning_rate=rate)
        raise_model(out, work / f"{size}-{steps}-raising", (year,), shape=shape(size))
    return out


def round_of(size: str, folder: Path, work: Path, problems: int, held_out: int) -> dict:
    """What a round of STaR and its control come to."""
    policy, lr = load(str(folder)), 2e-3 * narrower(size)
    settings = Settings(model=policy.name, rounds=1, problems=str(problems), held_out=held_out, lr=lr)
    forget_peak()
    began, run = time.monotonic(), work / f"{size}-run-{time.strftime('%Y%m%d-%H%M%S')}"
    found = experiment.run(policy, settings, draw_problems(settings), run, progress.quiet, say=print)
    return {
        "problems": problems,
        "held_out": held_out,
        "parameters": policy.base.num_parameters(),
        "dtype": str(policy.base.dtype).removeprefix("torch."),
        "round_seconds": time.monotonic() - began,
        "peak_memory_mb": peak_memory_mb(),
        "base": found["rounds"][0]["accuracy"],
        "after": found["rounds"][-1]["accuracy"],
        "gain": found["gain"],
        "squeezed": squeezed(policy, lr),
    }


def speed_of(folder: Path) -> dict:
    """Tokens a second."""
    policy, settings = load(str(folder)), Settings()
    train, _ = draw_problems(settings)
    speed = probe(policy, [p.prompt for p in train], settings.k)
    return {"sampled_per_second": speed.sampled, "trained_per_second": speed.trained}


def forget_peak() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()


def squeezed(policy: Policy, lr: float) -> dict | None:
    """On a GPU: how far the weights of a training in too little memory lie from those of the same one in enough."""
    import torch

    if policy.base.device.type != "cuda":
        return None
    examples = [Example(p.prompt, "\n".join([p.prompt] * 4)) for p in stories(256, (8,), 3)]
    how = {"lr": lr, "epochs": 1, "batch": 64, "seed": 0}
    torch.cuda.reset_peak_memory_stats()
    held, whole = torch.cuda.memory_allocated(), sft(policy, examples, **how)
    peak, total = torch.cuda.max_memory_allocated(), torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction((held + 0.5 * (peak - held)) / total)
    try:
        with noted_loads() as loads:
            parts = sft(policy, examples, **how)
    except CourseError as error:
        return {"peak_bytes": peak - held, "failed": str(error)}
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    away = max(float((whole.weights[k] - parts.weights[k]).abs().max()) for k in whole.weights)
    learned = max(float(w.abs().max()) for w in whole.weights.values())
    found = {"peak_bytes": peak - held, "largest_difference": away, "largest_weight": learned}
    return found | {"rows": loads[-1].rows, "checkpointed": loads[-1].checkpointing}


@contextmanager
def noted_loads() -> Iterator[list[Load]]:
    """The loads that trainings try meanwhile (train/fitting.py), the one that fits last."""
    loads, until = [], trainers.until_it_fits
    trainers.until_it_fits = lambda train, *rest: until(lambda load: loads.append(load) or train(load), *rest)
    try:
        yield loads
    finally:
        trainers.until_it_fits = until


def picture(rows: list[dict]):
    """The gain over the control by size, each with where it ran and how many answers were right before."""
    shown = sorted((r for r in rows if "gain" in r), key=lambda r: r["parameters"])
    gains = {f"{r['size']}, {place(r['hardware'])}, from {r['base']:.0%}": r["gain"]["vs_control"] for r in shown}
    points = {name: in_percent(g["value"], g["interval"], METHOD) for name, g in gains.items()}
    note = f"one round of STaR, 1 seed, raised for {shown[0]['steps']:,} steps; whiskers: 95 % (paired bootstrap)"
    return dots(points, "right, against as many kept at random (points)", note, "gain by size", zero=0.0)


HEAD = [
    "parameters",
    "where",
    "tokens/s sampled",
    "peak memory of a round",
    "right before",
    "after",
    "over random keeping",
]


def table(rows: list[dict]) -> str:
    """The rows that have run, as Markdown."""
    shown = sorted((r for r in rows if "gain" in r), key=lambda r: r["parameters"])
    lines = [HEAD, ["---"] * len(HEAD), *map(cells, shown)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cells(row: dict) -> list[str]:
    gain, speed = row["gain"]["vs_control"], row.get("sampled_per_second")
    value, low, high = (f"{100 * x:+.1f}" for x in (gain["value"], *gain["interval"]))
    return [
        f"{row['parameters'] / 1e6:.1f}M",
        f"{place(row['hardware'])}, {row['dtype']}",
        f"{speed:,.0f}" if speed else "–",
        f"{row['peak_memory_mb']:,} MB",
        f"{row['base']:.1%}",
        f"{row['after']:.1%}",
        f"{value} [{low}, {high}]",
    ]


def place(hardware: str) -> str:
    """A card's name without its maker and memory, or CPU."""
    return hardware.removeprefix("NVIDIA ").split(",")[0].split(" ")[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", choices=list(SIZES), default=list(SIZES))
    parser.add_argument("--steps", type=int, default=1500, help="steps of raising, 24 rows each (default: 1500)")
    parser.add_argument("--stages", nargs="*", choices=STAGES, default=STAGES, help="none: draw the figure again")
    parser.add_argument("--problems", type=int, default=256)
    parser.add_argument("--held-out", type=int, default=600)
    parser.add_argument("--work", type=Path, default=ROOT / "build/sizes")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/sizes.json")
    parser.add_argument("--figure", type=Path, default=ROOT / "docs/figures/sizes.png")
    parser.add_argument("--page", type=Path, default=ROOT / "docs/hardware.md", help="where the table goes")
    args = parser.parse_args()
    rows = json.loads(args.out.read_text(encoding="utf-8")) if args.out.exists() else []
    for size in args.sizes if args.stages else []:
        folder, row = raised(size, args.steps, args.work), {"size": size, "hardware": hardware(), "steps": args.steps}
        if "round" in args.stages:
            row |= round_of(size, folder, args.work, args.problems, args.held_out)
        if "speed" in args.stages:
            row |= speed_of(folder)
        print(json.dumps(row), flush=True)
        rows = with_row(rows, row)
        args.out.write_text(
            json.dumps(rows, indent=1), encoding="utf-8"
        )  # after each: a run that is stopped keeps its rows
    if any("gain" in row for row in rows):
        picture(rows).save(args.figure)
        between_marks("sizes", table(rows), args.page)


def with_row(rows: list[dict], row: dict) -> list[dict]:
    """The rows with what is new of this size on this hardware, which comes first."""
    same = [r for r in rows if (r["size"], r["hardware"]) == (row["size"], row["hardware"])]
    return [(same[0] if same else {}) | row, *(r for r in rows if r not in same)]


if __name__ == "__main__":
    main()
