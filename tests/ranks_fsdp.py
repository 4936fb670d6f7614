"""What test_ranks.py starts under torchrun: a training cut into parts by FSDP2, on GPUs, or CPUs that accelerate takes for such.

usage: ranks_fsdp.py SEEN MODEL      writes SEEN/RANK.json
"""

import json
import os
import sys
from pathlib import Path

import torch

HOW = {"lr": 5e-3, "epochs": 2, "batch": 3, "seed": 0}


def examples():
    from course_lib.types import Example

    return [Example(f"What is {i}+1?", f"{i}+1={i + 1}\n#### {i + 1}") for i in range(7)]


def learned(policy) -> list[float]:
    """The examples' log-probabilities after a full fine-tuning on them."""
    from course_lib.measure import logprobs
    from course_lib.train import sft

    after = sft(policy, examples(), **HOW)
    return logprobs(after, after.model, [e.prompt for e in examples()], [e.completion for e in examples()])


def main(model: str, folder: Path) -> None:
    from accelerate.state import PartialState
    from accelerate.utils import DistributedType

    from course_lib import loading, ranks
    from course_lib.train import trainers

    if not torch.cuda.is_available():
        PartialState._prepare_backend = lambda self, *args: ("gloo", DistributedType.MULTI_GPU)
    loading.pick_dtype = lambda device: torch.float32
    whole, kinds = trainers.whole, []

    def spy(trainer):
        kinds.extend(type(p).__name__ for p in trainer.model_wrapped.parameters())
        return whole(trainer)

    trainers.whole = spy
    with ranks.together():
        found = learned(loading.load(model, None))
        (folder / f"{ranks.rank()}.json").write_text(json.dumps({"kinds": sorted(set(kinds)), "learned": found}))


if __name__ == "__main__":
    if not torch.cuda.is_available():
        os.environ["ACCELERATE_TORCH_DEVICE"] = "cpu"
    os.environ |= {"ACCELERATE_USE_FSDP": "true", "FSDP_VERSION": "2"}
    os.environ |= {"FSDP_STATE_DICT_TYPE": "FULL_STATE_DICT", "FSDP_AUTO_WRAP_POLICY": "TRANSFORMER_BASED_WRAP"}
    main(sys.argv[2], Path(sys.argv[1]))
