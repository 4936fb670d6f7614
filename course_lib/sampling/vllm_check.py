"""Whether vLLM can sample here, and a sentence where it can't."""

from __future__ import annotations

from importlib import metadata

from course_lib import ranks
from course_lib.errors import CourseError
from course_lib.policy import Lora

TESTED = "0.31"  # whose source was read; TRL 1.16 takes none above
CAPABILITY = (8, 0)  # bfloat16 and FlashAttention; on a T4 (7.5) several releases are reported to fail
RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)  # what vLLM's max_lora_rank may be
TEMPERATURES = (0.01, 2.0)  # it takes no others
INSTEAD = "take --backend transformers, which samples everywhere."


def installed() -> str | None:
    """vLLM's version, None where it is not installed. Does not import it."""
    try:
        return metadata.version("vllm")
    except metadata.PackageNotFoundError:
        return None


def capability() -> tuple[int, int] | None:
    """The GPU's compute capability, None without CUDA."""
    import torch

    return torch.cuda.get_device_capability() if torch.cuda.is_available() else None


def trouble(
    lora: Lora | None, temperature: float, processes: int, gpu: tuple[int, int] | None, version: str | None
) -> str | None:
    """Why vLLM can't sample, in one sentence, or None. What nothing mends here is said before what an installation would."""
    low, high = TEMPERATURES
    if lora is None:
        return f"vLLM loads adapters, and --full trains all weights: leave --full away, or {INSTEAD}"
    if lora.rank > RANKS[-1]:
        return f"rank is {lora.rank}: vLLM loads adapters of up to {RANKS[-1]}; lower it, or {INSTEAD}"
    if not low <= temperature <= high:
        return f"temperature is {temperature}: vLLM samples at {low} to {high}; change it, or {INSTEAD}"
    if processes > 1:
        return f"vLLM samples for one process here, and these are {processes}: start one, or {INSTEAD}"
    if gpu is None:
        return f"vLLM needs an NVIDIA GPU, and this machine shows none: {INSTEAD}"
    if gpu < CAPABILITY:
        return f"vLLM is offered from compute capability 8.0 on, and this GPU has {gpu[0]}.{gpu[1]}: {INSTEAD}"
    if version is None:
        return f"vLLM is not installed: pip install -e '.[vllm]' in a checkout, with an environment of its own, or {INSTEAD}"
    if not version.startswith(f"{TESTED}."):
        return f'vLLM {version} is installed, and the course speaks to {TESTED}: pip install "vllm=={TESTED}.*", or {INSTEAD}'
    return None


def check(lora: Lora | None, temperature: float = 1.0) -> None:
    """Raise CourseError with the sentence of `trouble`, if there is any on this machine."""
    found = trouble(lora, temperature, ranks.count(), capability(), installed())
    if found is not None:
        raise CourseError(found)
