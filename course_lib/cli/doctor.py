"""`course doctor`: what machine this is, what will run how fast, and what to mend."""

from __future__ import annotations

import os
import shutil
import sys
import time
from importlib import metadata
from pathlib import Path

from course_lib.errors import CourseError
from course_lib.quiet import hush

GOOD, NOTE, MEND = "ok  ", "note", "mend"  # a note is good to know: the course works without
MEMORY_GB, FREE_GB = 3.5, 1.0  # a machine sold with 4 says a little less; disk beside what is installed


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
    from course_lib.loading import pocket_folder

    pocket = (pocket_folder() / "model.safetensors").exists()
    missing = "pocket model missing: run `make pocket`, or reinstall"
    found = [*computing(), *room(), lab(), walls(), (GOOD, "pocket model found") if pocket else (MEND, missing)]
    return found + (speed() if pocket else [])


def computing() -> list[tuple[str, str]]:
    """Python, torch and what it computes on."""
    import torch

    from course_lib.loading import pick_device
    from course_lib.precision import pick_dtype

    device = pick_device()
    name = torch.cuda.get_device_name() if device == "cuda" else f"{os.cpu_count()} cores"
    return [
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
        *([training()] if device == "cpu" else []),
    ]


def training() -> tuple[str, str]:
    """What a training multiplies in on this processor: the minutes on the notebooks' cards were measured in bfloat16."""
    from course_lib.train.trainers import cpu_has_bf16

    if cpu_has_bf16():
        return GOOD, "training multiplies in bfloat16 here (AVX-512 BF16 or AMX)"
    slower = "a notebook computes some three times as long as its card says"
    return NOTE, f"this processor does not multiply in bfloat16, so training stays in float32: {slower}"


def room() -> list[tuple[str, str]]:
    """Memory and disk. What is needed was measured: docs/class.md has it notebook by notebook, README for `course star`."""
    memory, free = memory_gb(), shutil.disk_usage(Path.cwd()).free / 1e9
    needs = "4 will do: a notebook takes up to 1.5, a run of `course` with the pocket model 1.0"
    kept = "a run keeps a few tens of MB, all notebooks some hundred; the installation itself took about 2 GB"
    told = [] if memory is None else [(GOOD if memory >= MEMORY_GB else MEND, f"{memory:.0f} GB of memory ({needs})")]
    return [*told, (GOOD if free >= FREE_GB else MEND, f"{free:.0f} GB of disk free here ({kept})")]


def lab() -> tuple[str, str]:
    """JupyterLab and its widgets, which `make lab` opens the notebooks in."""
    there = {
        name: version_of(package) for name, package in (("JupyterLab", "jupyterlab"), ("ipywidgets", "ipywidgets"))
    }
    told = ", ".join(f"{name} {version}" if version else f"no {name}" for name, version in there.items())
    advice = ': pip install "jupyterlab>=4.2" "ipywidgets>=7.7,<9", or run `make lab`'
    return (GOOD, told) if all(there.values()) else (MEND, f"{told}, which the notebooks need{advice}")


def version_of(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def walls() -> tuple[str, str]:
    """Do the walls hold that `course grade` and notebook 09b run programs of others behind? One is run, to see."""
    from course_lib import sandbox

    held, why = sandbox.doors(), "use Linux 5.13 or later with Landlock, as it is or in a virtual machine"
    missing = ", ".join(wall for wall in held if not held[wall])
    for_what = "`course grade` then asks for --trust, and notebook 09b leaves out some attempts"
    if missing:
        return NOTE, f"no wall around {missing} here: {for_what}; {why}"
    try:
        ended = sandbox.run("print(6 * 7)", {})
    except (CourseError, OSError) as error:
        return NOTE, f"the walls around programs of others can't be raised here ({error}): {why}"
    if ended.output.strip() != "42":
        return (
            NOTE,
            f"a program behind the walls did not run here ({ended.stopped or ended.errors.strip()[-80:]}): {why}",
        )
    return GOOD, f"walls around programs of others hold: {', '.join(held)} (for `course grade` and notebook 09b)"


def speed() -> list[tuple[str, str]]:
    """What the pocket model does here, from a short trial."""
    from course_lib.loading import load
    from course_lib.rollout import sample
    from course_lib.sampling.decode import Sampling
    from course_lib.tasks.stories import stories

    policy, prompts = load(), [p.prompt for p in stories(64)]
    sample(policy, prompts[:4], 4, Sampling(), 0)
    began = time.perf_counter()
    tokens = sum(c.tokens for group in sample(policy, prompts, 8, Sampling(), 0) for c in group)
    rate = tokens / (time.perf_counter() - began)
    verdict = GOOD if rate > 5000 else NOTE
    advice = (
        "" if rate > 5000 else ": slow; is another program using the cores? OMP_NUM_THREADS=1 helps on a busy machine"
    )
    return [(verdict, f"pocket model samples {rate:,.0f} tokens/s{advice}")]


def main() -> int:
    """Print what was found; exit code 1 where something must be mended, else 0."""
    hush()
    found = examine()
    for verdict, sentence in found:
        print(f"{verdict}  {sentence}")
    return int(any(verdict == MEND for verdict, _ in found))
