"""What test_ranks.py starts, alone or under torchrun: `course ARGUMENTS`, with what each rank saw of it written to a folder.

usage: ranks_run.py SEEN [--die | --float32] ARGUMENTS...      SEEN/RANK.json; with --die, rank 1 kills itself in training;
with --float32 a GPU computes as a CPU does
"""

import json
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch

from course_lib import loading, ranks
from course_lib.cli import main as cli
from course_lib.run import experiment
from course_lib.types import Completion, Group, Pair, Problem

BUILD = experiment.build


def world() -> int:
    from torch import distributed

    return distributed.get_world_size() if distributed.is_initialized() else 1


def backend() -> str | None:
    from torch import distributed

    return str(distributed.get_backend_config()) if distributed.is_initialized() else None


def drawn_greedily(policy, problems, turn):
    """The rollout slot at temperature 0."""
    from course_lib.rollout import greedy

    return [list(c.ids) for c in greedy(policy, [p.prompt for p in problems], 60)]


def many_steps(policy, examples) -> list[float]:
    """The norm of the gradient of each step of a training, the last of them short, on rows of unlike length."""
    from accelerate import Accelerator

    from course_lib.train import sft

    clip, norms = Accelerator.clip_grad_norm_, []
    Accelerator.clip_grad_norm_ = lambda *args: norms.append(float(found := clip(*args))) or found
    told = [replace(e, prompt=f"{e.prompt} {i}", completion=e.completion * (1 + i)) for i, e in enumerate(examples[:5])]
    sft(policy, told, **HOW)
    Accelerator.clip_grad_norm_ = clip
    return norms


def squeezed_steps(policy, examples) -> tuple[list[float], list]:
    """The same where rank 1's GPU has hardly any room by arithmetic, and the loads that this rank began with."""
    from course_lib.train import fitting, trainers

    room, first, loads = fitting.room, trainers.first_load, []
    fitting.room = lambda device: 0 if ranks.rank() == 1 else room(device)
    trainers.first_load = lambda *args: loads.append(found := first(*args)) or found
    norms = many_steps(policy, examples)
    fitting.room, trainers.first_load = room, first
    return norms, [(load.rows, load.checkpointing) for load in loads]


def policy_gradients(policy, reference, examples) -> tuple[list[float], str]:
    """The norm of the gradient of each step of a policy gradient held to a reference, and the weights it comes to; in float32."""
    import torch

    from course_lib.policy import weights_hash
    from course_lib.train import policy_gradient

    clip, norms, able = torch.nn.utils.clip_grad_norm_, [], torch.cpu.get_capabilities
    torch.cpu.get_capabilities = dict
    torch.nn.utils.clip_grad_norm_ = lambda *args: norms.append(float(found := clip(*args))) or found
    told = [Group(Problem(str(i), f"{e.prompt} {i}"), answers(e, i), (1.0, 0.0, 0.5)) for i, e in enumerate(examples)]
    how = HOW | {"batch": 6, "beta": 0.1}
    learned = policy_gradient(policy, told[:3], reference=reference, **how)
    torch.nn.utils.clip_grad_norm_, torch.cpu.get_capabilities = clip, able
    return norms, weights_hash(learned.model)


def answers(example, i: int) -> tuple[Completion, ...]:
    return Completion(example.completion * (1 + i)), Completion("No."), Completion("So?")


HOW = {"lr": 1e-4, "epochs": 2, "batch": 3, "seed": 1}


def step_reward_steps(policy, examples) -> list[float]:
    """The same of a reward of steps: the first answer has six labelled lines, each other one or none."""
    from course_lib.step_reward import Marked
    from course_lib.train import step_reward

    marks = [(True, False, True, True, False, True), (True,), (), (False,), (True,)]
    told = [Marked(f"{e.prompt} {i}", "1+1=2\n" * 6, m) for i, (e, m) in enumerate(zip(examples, marks, strict=False))]
    return norms_of(lambda: step_reward(policy, told[:4], **HOW | {"batch": 2}))


def pair_steps(policy, examples) -> list[float]:
    """The same of DPO with the chosen answer's own loss, on answers of very unlike length."""
    from course_lib.train import dpo

    told = [Pair(f"{e.prompt} {i}", e.completion * (1 + 3 * (i % 2)), "No.") for i, e in enumerate(examples[:4])]
    return norms_of(lambda: dpo(policy, told, nll=1.0, **HOW | {"batch": 2}))


def norms_of(train) -> list[float]:
    """The norm of each step's gradient, in float32."""
    import torch
    from accelerate import Accelerator

    clip, norms, able = Accelerator.clip_grad_norm_, [], torch.cpu.get_capabilities
    Accelerator.clip_grad_norm_ = lambda *args: norms.append(float(found := clip(*args))) or found
    torch.cpu.get_capabilities = dict
    train()
    Accelerator.clip_grad_norm_, torch.cpu.get_capabilities = clip, able
    return norms


def spied(method, seen: dict, die: Path | None):
    from course_lib.policy import weights_hash

    def rollout(policy, problems, turn):
        seen.update(
            world=world(),
            backend=backend(),
            sampled=[p.id for p in problems],
            greedy=drawn_greedily(policy, problems, turn),
        )
        return method.rollout(policy, problems, turn)

    def score(policy, groups, turn):
        seen["scored"] = [g.problem.id for g in groups]
        return method.score(policy, groups, turn)

    def train(policy, examples, turn):
        if die and ranks.rank() == 1:
            die.write_text(str(time.time()))
            os.kill(os.getpid(), signal.SIGKILL)
        learned = method.train(policy, examples, turn)
        if "trained" not in seen:  # in the method's arm
            seen.update(trained=weights_hash(learned.model), steps=many_steps(policy, examples))
            seen["squeezed"] = squeezed_steps(policy, examples)
            seen["gradient"] = policy_gradients(policy, replace(policy, weights=None), examples)
            seen["steps of a reward"] = step_reward_steps(policy, examples)
            seen["pairs"] = pair_steps(policy, examples)
        return learned

    return replace(method, rollout=rollout, score=score, train=train)


def main(folder: Path, die: bool, arguments: list[str]) -> int:
    seen = {}
    experiment.build = lambda settings, bar=None: spied(BUILD(settings), seen, folder / "died" if die else None)
    code = cli.main(arguments)
    (folder / f"{ranks.rank()}.json").write_text(json.dumps(seen))
    return code


if __name__ == "__main__":
    where, *rest = sys.argv[1:]
    dies, whole = rest[0] == "--die", rest[0] == "--float32"
    if whole:
        loading.pick_dtype = lambda device: torch.float32
    sys.exit(main(Path(where), dies, rest[dies or whole :]))
