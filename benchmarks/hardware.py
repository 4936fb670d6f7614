"""Which model fits which hardware, and how long a round takes there: measured where there was such hardware, else computed.

Memory is footprint.py's arithmetic on the shapes of Qwen2.5, whose weights are not needed. Minutes are arithmetic too, on the
work that cost.py counts for a round of STaR with a notebook's budget, and on the assumptions below. What real_shapes.py has
measured on a card stands beside it. Writes the tables into docs/hardware.md and the README.

usage: python benchmarks/hardware.py [--print]
"""

import argparse
import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from course_lib.claims.table import between_marks
from course_lib.cost import plan_of, work_of
from course_lib.footprint import Memory, halved, linear, memory_of
from course_lib.lesson.budget import HUB
from course_lib.lesson.school import USUAL
from course_lib.measure import SAMPLES
from course_lib.methods import star
from course_lib.policy import Lora
from course_lib.rollout import PROMPTS, ROWS
from course_lib.sampling.cuda_graph import AHEAD, RECORDING

ROOT = Path(__file__).parent.parent
PROMPT = 150  # tokens of a GSM8K question in Qwen's chat template, assumed
COMPUTE, BANDWIDTH = 0.3, 0.6  # shares of the peaks that are reached, assumed
PER_LAYER = 1e-3  # seconds of Python and kernel launches for a layer of a step that is not recorded, assumed
PER_TOKEN = 1e-3  # the same for drawing a token, and for starting a recorded step, assumed
TRAFFIC = 68  # bytes moved a logit in drawing a token: to float32, log-softmax, to float64, exp, cumsum, each read and written
DOUBLES = 40  # operations in float64 a logit: its exp
T4_FLOAT32 = 8.1  # TFLOP/s
FOUR_BITS = 4.127  # bits a number, its block's scale included (arXiv 2305.14314, §3)
PASSES = 6  # floating-point operations a parameter and trained token: 2 forward, 2 again for checkpointing, 2 back to the adapter

SHAPES = {
    "Qwen2.5-0.5B": {"hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24, "num_attention_heads": 14},
    "Qwen2.5-1.5B": {
        "hidden_size": 1536,
        "intermediate_size": 8960,
        "num_hidden_layers": 28,
        "num_attention_heads": 12,
    },
}


@dataclass(frozen=True)
class Card:
    """By its maker's data sheet: GB, TFLOP/s in half precision on tensor cores and in float64, GB/s. A GB is left to CUDA."""

    name: str
    memory: int
    half: float
    double: float
    bandwidth: int

    def room(self) -> int:
        return (self.memory - 1) * 10**9


CARDS = [
    Card("T4", 16, 65, 0.25, 320),
    Card("L4", 24, 121, 0.47, 300),
    Card("A100, 40 GB", 40, 312, 9.7, 1555),
    Card("H100, 80 GB", 80, 989, 34, 3350),
    Card("H200, 141 GB", 141, 989, 34, 4800),
]


def shape(name: str):
    """The model without its numbers, in two bytes a number."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    sizes = {"vocab_size": 151_936, "num_key_value_heads": 2, "tie_word_embeddings": True} | SHAPES[name]
    with torch.device("meta"):
        return Qwen2ForCausalLM(Qwen2Config(**sizes)).to(torch.float16)


def memory(model) -> Memory:
    return memory_of(model, Lora(), ROWS, PROMPT + USUAL)


def answers_at_once(found: Memory, card: Card) -> int:
    return halved(ROWS, (found.cache + found.logits) / ROWS, found.left(card.room()))


def minutes(model, found: Memory, card: Card) -> float:
    """Of one round of STaR, and what it measures at its end, without a control; every answer as long as it may be."""
    plan = plan_of(star(max_tokens=USUAL))
    asked = [(HUB.problems, plan.k), (HUB.problems, plan.more), (HUB.fresh, 1), (HUB.sampled, SAMPLES)]  # (prompts, K)
    most = answers_at_once(found, card)
    sampling = sum(steps(prompts, k, most) * step(model, rows(prompts, k, most), card) for prompts, k in asked)
    one, two = (work_of(plan, HUB.problems, 0, n, PROMPT, USUAL, control=False).trained for n in (1, 2))
    training = (two - one) * PASSES * model.num_parameters() / (COMPUTE * card.half * 1e12)
    return (sampling + training) / 60


def rows(prompts: int, k: int, most: int) -> int:
    """How many rows a batch of the sampler has."""
    return min(prompts, PROMPTS, max(1, most // k)) * k


def steps(prompts: int, k: int, most: int) -> int:
    return math.ceil(prompts * k / rows(prompts, k, most)) * USUAL


def step(model, rows: int, card: Card) -> float:
    """Seconds for a token of every row, with a cache that is half filled."""
    config, speed = model.config, BANDWIDTH * card.bandwidth * 1e9
    cache = memory_of(model, Lora(), rows, PROMPT + USUAL // 2).cache
    logits = rows * config.vocab_size
    moved = (model.dtype.itemsize * model.num_parameters() + cache + TRAFFIC * logits) / speed
    counted = rows * 2 * model.num_parameters() / (COMPUTE * card.half * 1e12) + DOUBLES * logits / (card.double * 1e12)
    return moved + counted + PER_TOKEN + RECORDING * PER_LAYER * config.num_hidden_layers / AHEAD


def in_four_bits(model, found: Memory) -> Memory:
    """The same with one copy of the base, its linear layers in four bits."""
    few = sum(m.in_features * m.out_features for m in linear(model))
    weights = few * FOUR_BITS / 8 + 2 * (model.num_parameters() - few)
    return replace(found, weights=round(weights), copies=1)


def in_float32(card: Card) -> Card:
    """The same card where no tensor core helps."""
    return replace(card, half=T4_FLOAT32)


def cells(name: str, found: Memory, card: Card, took: str) -> list[str]:
    left, one = found.left(card.room()), answers_at_once(found, card)
    each = (found.cache + found.logits) / ROWS
    return [
        name,
        card.name,
        "computed",
        took,
        f"{found.weights / 1e9:.1f} GB",
        f"{found.adapter / 1e9:.1f} GB",
        f"{left / 1e9:.1f} GB",
        f"{one} ({one * each / 1e9:.1f} GB)",
        f"{found.row / 1e9:.2f} GB; {left // found.row} fit",
        f"{found.thin / 1e9:.2f} GB; {left // found.thin} fit",
    ]


def on_cards() -> list[dict]:
    """What real_shapes.py has measured."""
    file = ROOT / "benchmarks/real_shapes.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else []


def measured(row: dict) -> list[str]:
    """The same columns; a copy's weights, and per row what a step of 32 took at its peak, adapter and optimiser with it."""
    whole, thin = (row[kind]["peak_bytes"] / row[kind]["rows"] / 1e9 for kind in ("training", "checkpointed"))
    return [
        f"{row['model']}, random numbers",
        next((card.name for card in CARDS if card.name.split(",")[0] in row["hardware"]), row["hardware"]),
        f"measured, {row['dtype']}",
        short_time(row["minutes"]),
        f"{row['weights_bytes'] / 1e9:.1f} GB a copy",
        "in the rows",
        "–",
        f"{ROWS} ({row['sampling']['peak_bytes'] / 1e9:.1f} GB)",
        f"{whole:.2f} GB; {row['training']['rows']} at once",
        f"{thin:.2f} GB; {row['checkpointed']['rows']} at once",
    ]


def short_time(minutes: float) -> str:
    return f"{minutes:.0f}" if minutes >= 2 else f"{minutes:.1f}"


HEAD = [
    "model", "hardware", "figures", "minutes a round", "weights", "adapter, optimiser", "left of the card", "answers at once",
    "a row in training", "a row, checkpointed",
]  # fmt: skip


def pocket() -> list[str]:
    """As `make bench` and `make seeds` measured it."""
    peak = json.loads((ROOT / "benchmarks/results.json").read_text(encoding="utf-8"))["peak_memory_mb"]["median"]
    seeds = json.loads((ROOT / "data/runs/star_seeds.json").read_text(encoding="utf-8"))["rows"]
    took = median(r["seconds"] for row in seeds for r in row["rounds"][1:])
    nothing = ["–"] * 5
    return ["pocket", "a CPU core", "measured", f"{took / 60:.1f}", f"all of it {peak / 1e3:.1f} GB", *nothing]


def table(rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in [rows[0], ["---"] * len(rows[0]), *rows[1:]])


def every() -> list[list[str]]:
    rows = [HEAD, pocket()]
    for name in SHAPES:
        model, whole = shape(name), shape(name).float()
        found, twice, t4 = memory(model), memory(whole), in_float32(CARDS[0])
        rows += [cells(name, found, card, short_time(minutes(model, found, card))) for card in CARDS]
        rows += [cells(f"{name}, float32", twice, t4, short_time(minutes(whole, twice, t4)))]
        rows += [measured(row) for row in sorted(on_cards(), key=lambda r: r["hardware"]) if row["model"] == name]
    return [*rows, cells(f"{name}, four bits", in_four_bits(model, found), CARDS[0], "–")]


def short(found: list[list[str]]) -> list[list[str]]:
    """The README's: the pocket model, what a free T4 does, and what was measured on a card."""
    chosen = [
        row for row in found if (row[1] in ("hardware", "a CPU core", "T4") or "measured" in row[2]) and row[3] != "–"
    ]
    return [[row[i] for i in (0, 1, 2, 3, 4, 7, 9)] for row in chosen]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--print", action="store_true", help="print the table and write nothing")
    found = every()
    if parser.parse_args().print:
        print(table(found))
        return
    between_marks("hardware", table(found), ROOT / "docs/hardware.md")
    between_marks("hardware", table(short(found)), ROOT / "README.md")


if __name__ == "__main__":
    main()
