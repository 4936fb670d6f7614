"""`course doctor`: what machine this is, what will run how fast, and what to mend."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

GOOD, MEND = "ok  ", "mend"


def matmul_gflops(device: str, size: int = 1024, seconds: float = 0.5) -> float:
    """Measured float32 matrix-multiply rate in GFLOP/s."""
    import torch

    a = torch.randn(size, size, device=device)
    (a @ a).sum().item()
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        (a @ a).sum().item()
        count += 1
    return 2 * size**3 * count / (time.perf_counter() - began) / 1e9


def memory_gb() -> float | None:
    """Physical memory in GB, None where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (AttributeError, ValueError, OSError):
        return None


def examine() -> list[tuple[str, str]]:
    """(verdict, sentence) for each thing looked at."""
    import torch

    from course_lib.loading import pick_device, pick_dtype, pocket_folder

    device = pick_device()
    name = torch.cuda.get_device_name() if device == "cuda" else f"{os.cpu_count()} cores"
    found = [
        (
            GOOD if (3, 11) <= sys.version_info < (3, 14) else MEND,
            f"Python {sys.version.split()[0]} (3.11 to 3.13 are tested)",
        ),
        (
            GOOD,
            f"torch {torch.__version__} on {device} ({name}), {str(pick_dtype(device)).removeprefix('torch.')}, "
            f"{torch.get_num_threads()} threads",
        ),
        (GOOD, f"matrix multiply, float32: {matmul_gflops(device):.0f} GFLOP/s"),
    ]
    memory, free = memory_gb(), shutil.disk_usage(Path.cwd()).free / 1e9
    if memory is not None:
        found.append(
            (GOOD if memory >= 3 else MEND, f"{memory:.0f} GB of memory (a run of the pocket model takes 1.5)")
        )
    found.append((GOOD if free >= 1 else MEND, f"{free:.0f} GB of disk free here (a run takes a few tens of MB)"))
    pocket = (pocket_folder() / "model.safetensors").exists()
    found.append(
        (
            GOOD if pocket else MEND,
            "pocket model found" if pocket else "pocket model missing: run `make pocket`, or reinstall",
        )
    )
    return found + (speed() if pocket else [])


def speed() -> list[tuple[str, str]]:
    """What the pocket model does here, from a short trial."""
    from course_lib.decode import Sampling
    from course_lib.loading import load
    from course_lib.rollout import sample
    from course_lib.tasks.stories import stories

    policy, prompts = load(), [p.prompt for p in stories(64)]
    sample(policy, prompts[:4], 4, Sampling(), 0)
    began = time.perf_counter()
    tokens = sum(c.tokens for group in sample(policy, prompts, 8, Sampling(), 0) for c in group)
    rate = tokens / (time.perf_counter() - began)
    verdict = GOOD if rate > 5000 else MEND
    advice = (
        "" if rate > 5000 else ": slow; is another program using the cores? OMP_NUM_THREADS=1 helps on a busy machine"
    )
    return [(verdict, f"pocket model samples {rate:,.0f} tokens/s{advice}")]


def main() -> int:
    for verdict, sentence in examine():
        print(f"{verdict}  {sentence}")
    return 0
