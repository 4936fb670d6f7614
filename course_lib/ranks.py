"""Many processes, one run: who this one is, how they tell each other things, and what happens when one dies.

`accelerate launch` or torchrun starts the processes ("ranks") and says by environment variables who each is. They speak by
torch.distributed: gradients over NCCL where there are GPUs, everything else over gloo, which notices at once when a peer is gone.
With one process nothing here imports torch. What the ranks share out is in lead.py and train/trainers.py.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from course_lib import pulse
from course_lib.errors import CourseError, need
from course_lib.pulse import Pulse

PATIENCE = timedelta(hours=2)  # for a rank that is there and silent; one that died is noticed at once
FAILED = "course: rank 0 has said why"
RESUME = "What had ended is on disk: --resume goes on, with any number of processes."


def count() -> int:
    """How many processes share this run; 1 when none were launched."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def rank() -> int:
    """Which of them this is, from 0."""
    return int(os.environ.get("RANK", "0"))


def lead() -> bool:
    """Is this the one that keeps the run folder, selects and speaks?"""
    return rank() == 0


def everyone(mine: Any) -> list:
    """What every rank brought, in the order of the ranks. All of them must call this."""
    from torch import distributed

    found = [None] * count()
    distributed.all_gather_object(found, mine)
    return found


def told(word: Any = None) -> Any:
    """What rank 0 said; only its `word` counts. All must call this; where rank 0 failed, the others end without a word."""
    from torch import distributed

    said = [word]
    distributed.broadcast_object_list(said, src=0)
    if said[0] == FAILED and not lead():
        raise SystemExit(2)
    return said[0]


def from_lead(make: Callable[[], Any]) -> Any:
    """What rank 0 makes, on every rank."""
    if count() == 1:
        return make()
    return told(make() if lead() else None)


def lead_first(make: Callable[[], Any]) -> Any:
    """Every rank makes its own once rank 0 has: a download is then done once, and a failure said once."""
    if count() == 1:
        return make()
    found = make() if lead() else None
    told()
    return found if lead() else make()


def spread(work: Callable[[list], list], items: list) -> list:
    """work(items), of which each rank does its share; all get the whole, in order. `work` must treat each item by itself."""
    if count() == 1:
        return work(items)
    parts = everyone(work(mine(items)))
    return [parts[i % count()][i // count()] for i in range(len(items))]


def cut() -> bool:
    """Does accelerate cut weights in training into parts, one for each rank?"""
    return any(os.environ.get(f"ACCELERATE_USE_{name}", "").lower() == "true" for name in ("FSDP", "DEEPSPEED"))


def mine(items: list) -> list:
    """This rank's share of what all have."""
    return items[rank() :: count()]


def mean(numbers: list[float]) -> float:
    """The mean of what all ranks have."""
    if count() > 1:
        numbers = [n for each in everyone(numbers) for n in each]
    return sum(numbers) / max(1, len(numbers))


def share(rows: int) -> int:
    """How many of a batch's rows one rank takes."""
    return -(-rows // count())


def add_up_gradients(weights: list) -> None:
    """Each weight's gradient becomes the sum of all ranks' own; one that has none brings zeros."""
    if count() == 1:
        return
    import torch

    for weight in weights:  # one by one: all of them at once would be another copy
        weight.grad = torch.zeros_like(weight) if weight.grad is None else weight.grad
        torch.distributed.all_reduce(weight.grad)


@contextmanager
def together() -> Iterator[None]:
    """Join the other ranks, and end with one sentence when rank 0 fails or one of them is lost."""
    if count() == 1:
        yield
        return
    join()
    once, heart = threading.Lock(), pulse.started(rank(), count())
    watch(once, heart)
    try:
        yield
    except CourseError:
        if lead():
            with suppress(RuntimeError):
                told(FAILED)
        raise
    except RuntimeError as error:
        gone, late = heart.missing(), "imed out" in str(error)
        if gone is None and not late:
            raise
        first = once.acquire(blocking=False)
        heart.leave()
        if first and speaks(gone):
            raise CourseError(goodbye(gone, late)) from error
        raise SystemExit(2) from error
    from torch import distributed

    distributed.destroy_process_group()


def join() -> None:
    """Meet the other ranks; each takes the GPU of its number on this node, where there are GPUs."""
    import torch

    cuda, local = torch.cuda.is_available(), int(os.environ.get("LOCAL_RANK", "0"))
    need(
        cuda or not torch.backends.mps.is_available(), "several processes need CUDA GPUs or plain CPUs: start one here."
    )
    if cuda:
        has = torch.cuda.device_count()
        need(local < has, f"process {local} of this node has no GPU of its own: start at most {has} here.")
        torch.cuda.set_device(local)
    if not torch.distributed.is_initialized():
        torch.distributed.init_process_group("cpu:gloo,cuda:nccl" if cuda else "gloo", timeout=PATIENCE)


def watch(once: threading.Lock, heart: Pulse) -> None:
    """Launchers send SIGTERM to those that are left: say why and end, even while a library waits for the dead."""
    asleep, awake = os.pipe()
    os.set_blocking(awake, False)
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.set_wakeup_fd(awake)

    def end() -> None:
        while os.read(asleep, 1)[0] != signal.SIGTERM:
            pass
        gone = heart.missing()
        heart.leave()
        if once.acquire(blocking=False):
            if speaks(gone):
                print(f"course: {goodbye(gone)}", file=sys.stderr, flush=True)
            os._exit(2)

    threading.Thread(target=end, daemon=True).start()


def speaks(gone: int | None) -> bool:
    """One of those that are left says what happened."""
    return rank() == (1 if gone == 0 else 0)


def goodbye(gone: int | None, late: bool = False) -> str:
    if gone is not None:
        return f"rank {gone} of {count()} has ended or can't be reached, so rank {rank()} ends the run. {RESUME}"
    return f"a rank did not answer within {PATIENCE}. {RESUME}" if late else f"this run was told to stop. {RESUME}"
