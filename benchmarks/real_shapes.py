"""What a real model's shape costs on this GPU: Qwen2.5's, with random numbers in place of its weights.

Random weights write nonsense and never stop, so every answer is as long as it may be: what `hardware.py` computes, measured.
A batch of samples, with recorded steps and without, a batch of greedy answers, a training, and the same with gradient
checkpointing; a round's minutes are added up from these. Writes benchmarks/real_shapes.json, a row for each shape, precision
and card.

usage: python benchmarks/real_shapes.py [--models Qwen2.5-0.5B Qwen2.5-1.5B] [--dtypes bfloat16 float16]
"""

import argparse
import json
import math
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import hardware
import torch
from sizes import noted_loads

from course_lib import loading
from course_lib.cost import plan_of
from course_lib.lesson.budget import HUB
from course_lib.lesson.school import USUAL
from course_lib.measure import SAMPLES
from course_lib.methods import star
from course_lib.policy import Policy, frozen
from course_lib.rollout import PROMPTS, ROWS, greedy, sample
from course_lib.sampling import decode
from course_lib.sampling.decode import Sampling
from course_lib.train import sft, trainers
from course_lib.train.fitting import Load
from course_lib.types import Example

ROOT = Path(__file__).parent.parent
K, BATCH = 8, 32  # of course_lib's defaults: samples a problem, rows a step
STEPS = 4  # of a training, that are timed
FEW = 48  # tokens of a batch without recorded steps
DEVICE = "cuda"


def policy_of(name: str, dtype: torch.dtype) -> Policy:
    """The shape with random numbers on the GPU, behind the pocket model's tokenizer."""
    from transformers import Qwen2ForCausalLM

    pocket, config = loading.load("pocket", device="cpu"), hardware.shape(name).config
    config.eos_token_id, config.pad_token_id = pocket.tokenizer.eos_token_id, pocket.tokenizer.pad_token_id
    torch.manual_seed(0)
    with torch.device(DEVICE):
        model = Qwen2ForCausalLM(config).to(dtype)
    return replace(pocket, name=name, base=frozen(model), copies=type(pocket.copies)())


def prompts(policy: Policy, count: int) -> list[str]:
    """Each of `hardware.PROMPT` tokens in the chat template, or one or two more or less, and each another."""
    shell = len(policy.tokenizer(policy.chat(""), add_special_tokens=False).input_ids)
    return [numbers(policy, i, hardware.PROMPT - shell) for i in range(count)]


def numbers(policy: Policy, seed: int, tokens: int) -> str:
    """A text of that many tokens."""
    ids = policy.tokenizer(" ".join(str(17 * seed + 7 * j) for j in range(tokens)), add_special_tokens=False).input_ids
    return policy.tokenizer.decode(ids[:tokens])


def timed(work: Callable[[], Any]) -> dict:
    """Seconds, and the most bytes it took beside what was there before."""
    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    before, began = torch.cuda.memory_allocated(), time.monotonic()
    work()
    torch.cuda.synchronize()
    return {"seconds": time.monotonic() - began, "peak_bytes": torch.cuda.max_memory_allocated() - before}


def one_by_one(work: Callable[[], Any]) -> dict:
    """The same without recorded steps (course_lib/sampling/cuda_graph.py)."""
    can_record, decode.can_record = decode.can_record, lambda *args: False
    try:
        return timed(work) | {"tokens": FEW}
    finally:
        decode.can_record = can_record


def trained(policy: Policy, load: Load, steps: int) -> dict:
    """Of so many steps begun with that load, and the load that they ended with."""
    examples = [Example(p, numbers(policy, i, USUAL)) for i, p in enumerate(prompts(policy, BATCH * steps))]
    first, trainers.first_load = trainers.first_load, lambda *args: load
    try:
        with noted_loads() as loads:
            found = timed(lambda: sft(policy, examples, lr=1e-5, epochs=1, batch=BATCH, seed=0))
    finally:
        trainers.first_load = first
    return found | {"rows": loads[-1].rows, "checkpointed": loads[-1].checkpointing, "steps": steps}


def added_up(sampling: float, measuring: float, a_step: float) -> float:
    """Minutes of a round of STaR as hardware.py counts it: samples in batches of 512, its retries and what it measures in
    batches counted as if they were as large, greedy answers in batches of 128, steps of 32 rows."""
    plan = plan_of(star())
    full = sum(
        math.ceil(n * k / ROWS) for n, k in [(HUB.problems, plan.k), (HUB.problems, plan.more), (HUB.sampled, SAMPLES)]
    )
    steps = plan.passes * math.ceil(HUB.problems * plan.kept / BATCH)
    return (full * sampling + math.ceil(HUB.fresh / PROMPTS) * measuring + steps * a_step) / 60


def measured(name: str, dtype: torch.dtype) -> dict:
    """One row."""
    policy = policy_of(name, dtype)
    asked = prompts(policy, PROMPTS)
    sample(policy, asked[:2], 2, Sampling(max_tokens=4), 0)  # the first call loads kernels
    draw = partial(sample, policy, asked[: ROWS // K], K, Sampling(max_tokens=USUAL), 0)
    found = {
        "weights_bytes": policy.base.get_memory_footprint(),
        "one_by_one": one_by_one(partial(sample, policy, asked[: ROWS // K], K, Sampling(max_tokens=FEW), 0)),
        "sampling": timed(draw),
        "measuring": timed(partial(greedy, policy, asked, USUAL)),
    }
    trained(policy, Load(BATCH), 1)  # Triton compiles
    one, many = (trained(policy, Load(BATCH), n) for n in (1, 1 + STEPS))
    a_step = (many["seconds"] - one["seconds"]) / STEPS
    thin = trained(policy, Load(BATCH, True), 1 + STEPS)
    minutes = added_up(found["sampling"]["seconds"], found["measuring"]["seconds"], a_step)
    return {
        "model": name,
        "hardware": torch.cuda.get_device_name(),
        "dtype": str(dtype).removeprefix("torch."),
        "torch": torch.__version__,
        **found,
        "sampled_per_second": ROWS * USUAL / found["sampling"]["seconds"],
        "training": many,
        "seconds_a_step": a_step,
        "checkpointed": thin,
        "minutes": minutes,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", choices=list(hardware.SHAPES), default=list(hardware.SHAPES))
    parser.add_argument("--dtypes", nargs="+", choices=("bfloat16", "float16"), default=["bfloat16", "float16"])
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/real_shapes.json")
    args = parser.parse_args()
    rows = json.loads(args.out.read_text(encoding="utf-8")) if args.out.exists() else []
    for name, dtype in ((m, d) for m in args.models for d in args.dtypes):
        row = measured(name, getattr(torch, dtype))
        print(json.dumps(row), flush=True)
        same = ("model", "hardware", "dtype")
        rows = [row, *(r for r in rows if [r[k] for k in same] != [row[k] for k in same])]
        args.out.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
