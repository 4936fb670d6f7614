"""What test_ranks.py starts under torchrun: trainings cut into parts by DeepSpeed, on GPUs or CPUs.

usage: ranks_deepspeed.py SEEN MODEL STAGE      writes SEEN/RANK.json
"""

import json
import os
import sys
from pathlib import Path

import torch
from ranks_fsdp import HOW, examples, learned


def rewarded(policy) -> float:
    """The sum of the sizes of a reward model's weights; transformers makes such a model anew."""
    from course_lib.train import reward_model
    from course_lib.types import Pair

    found = reward_model(policy, [Pair(e.prompt, e.completion, "No.") for e in examples()], **HOW)
    return sum(float(p.abs().sum()) for p in found.model.parameters())


def main(folder: Path, model: str) -> None:
    from course_lib import ranks
    from course_lib.loading import load
    from course_lib.policy import weights_hash
    from course_lib.train import trainers

    trainers.cpu_has_bf16 = lambda: True  # DeepSpeed then trains in it, as it would on a GPU
    whole, stages = trainers.whole, []

    def spy(trainer):
        stages.append(trainer.model_wrapped.zero_optimization_stage())
        return whole(trainer)

    trainers.whole = spy
    with ranks.together():
        full, adapted = load(model, None), load(model)
        before = weights_hash(full.base)
        seen = {"full": learned(full), "adapter": learned(adapted), "reward": rewarded(full), "stages": stages}
        after = [weights_hash(p.base) for p in (full, adapted, load(model))]
        (folder / f"{ranks.rank()}.json").write_text(json.dumps(seen | {"same": after == [before] * 3}))


if __name__ == "__main__":
    os.environ |= {"ACCELERATE_USE_DEEPSPEED": "true", "ACCELERATE_DEEPSPEED_ZERO_STAGE": sys.argv[3]}
    if not torch.cuda.is_available():
        os.environ["DS_ACCELERATOR"] = "cpu"
    main(Path(sys.argv[1]), sys.argv[2])
