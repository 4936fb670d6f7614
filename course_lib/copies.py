"""The merged models of one base's policies: the last few, for each is as large as the base.

A policy is its adapter. What runs is the base with the adapter merged in, made when it is asked for. A notebook may then hold ten
policies of a model of which a GPU holds two, and merging anew takes less than one answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

ROOM = 2**26  # bytes of merged models that are kept: nine pocket models, and always the last one


class Copies:
    """Merged models by the weights that were merged, the one used last at the end."""

    def __init__(self, room: int = ROOM) -> None:
        self.room = room
        # id of the weights: the weights, which keep that id theirs, and the model
        self.kept: dict[int, tuple[dict, Any]] = {}

    def of(self, weights: dict, make: Callable[[], Any]) -> Any:
        """The model of these weights: one that is kept, or what `make` makes, once there is room for it."""
        key = id(weights)
        if key not in self.kept:
            self.let_go()
            self.kept[key] = (weights, make())
        self.kept[key] = self.kept.pop(key)
        return self.kept[key][1]

    def held(self) -> int:
        """Bytes of the models that are kept."""
        return sum(size(model) for _, model in self.kept.values())

    def let_go(self) -> None:
        """Forget the models that were used longest ago until another one as large fits."""
        while self.kept and (len(self.kept) + 1) * size(next(iter(self.kept.values()))[1]) > self.room:
            self.kept.pop(next(iter(self.kept)))


def size(model) -> int:
    """Bytes of a model's parameters."""
    return sum(p.numel() * p.element_size() for p in model.parameters())
