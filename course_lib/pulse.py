"""Which of many processes are still there: each says so twice a second, in the store that the launcher keeps for all.

A broken connection does not tell who broke it: gloo closes all of a process's connections when one of them fails, or when a
look at one times out. A count that no longer moves does.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

BEAT, PATIENCE = 0.5, 5.0  # seconds: between two beats, and until a process that is silent is taken for dead


@dataclass(frozen=True)
class Pulse:
    """What rank `rank` of `count` can tell of the others. `store` counts the beats of each."""

    rank: int
    count: int
    store: Any

    def missing(self, patience: float = PATIENCE) -> int | None:
        """The first rank that no longer beats and has not left in good order, None when all do or did."""
        waiting = {other: self.beats(other) for other in range(self.count) if other != self.rank}
        until = time.monotonic() + patience
        while waiting and time.monotonic() < until:
            time.sleep(BEAT / 5)
            waiting = {other: n for other, n in waiting.items() if self.beats(other) == n and not self.left(other)}
        return min(waiting, default=None)

    def beats(self, rank: int) -> int | None:
        """How often a rank has said that it is there; None when the store, which may be rank 0's, can't be asked."""
        with suppress(RuntimeError):
            return self.store.add(f"beats-{rank}", 0)
        return None

    def left(self, rank: int) -> bool:
        with suppress(RuntimeError):
            return self.store.add(f"left-{rank}", 0) > 0
        return False

    def leave(self) -> None:
        """Say that this rank ends because it was told to, or because another is missing."""
        with suppress(RuntimeError):
            self.store.add(f"left-{self.rank}", 1)


def started(rank: int, count: int) -> Pulse:
    """This rank's pulse, which beats from now on and until Python ends.

    A thread that still waited for the store then would be torn out of C++, and would take a finished run down with an abort.
    """
    from torch.distributed import TCPStore

    where = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
    beating, asking = (TCPStore(*where, is_master=False) for _ in range(2))  # one waits for nothing the other does

    over = threading.Event()

    def beat() -> None:
        with suppress(RuntimeError):
            while not over.is_set():
                beating.add(f"beats-{rank}", 1)
                over.wait(BEAT)

    def stop() -> None:
        over.set()
        beater.join(PATIENCE)

    beater = threading.Thread(target=beat, daemon=True)
    beater.start()
    atexit.register(stop)
    return Pulse(rank, count, asking)
