"""A cache of keys and values with room for the tokens to come; what it holds is transformers' DynamicCache."""

from __future__ import annotations

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

GROW = 64  # positions a cache buffer grows by


class RoomyLayer(DynamicLayer):
    """A cache layer that writes new positions into spare room, where the stock layer copies the whole cache every token."""

    def update(self, key_states, value_states, *args, **kwargs):
        used, new = self.get_seq_length(), key_states.shape[-2]
        if used == 0 or self.keys_room.shape[-2] < used + new:
            self.make_room(key_states, value_states, used)
        self.keys_room[:, :, used : used + new] = key_states
        self.values_room[:, :, used : used + new] = value_states
        self.is_initialized = True
        self.keys = self.keys_room[:, :, : used + new]
        self.values = self.values_room[:, :, : used + new]
        return self.keys, self.values

    def make_room(self, key_states, value_states, used: int) -> None:
        B, H, T, D = key_states.shape
        self.dtype, self.device = key_states.dtype, key_states.device
        rooms = [t.new_empty(B, H, used + T + GROW, D) for t in (key_states, value_states)]
        if used:
            rooms[0][:, :, :used], rooms[1][:, :, :used] = self.keys, self.values
        self.keys_room, self.values_room = rooms

    def pick(self, rows: torch.Tensor) -> None:
        """Keep these rows of the batch, in this order; a row may be named more than once."""
        used = self.get_seq_length()
        self.keys_room, self.values_room = self.keys_room[rows], self.values_room[rows]
        self.keys, self.values = self.keys_room[:, :, :used], self.values_room[:, :, :used]


def new_cache(model) -> DynamicCache:
    """A cache whose ordinary layers have spare room; layers of another kind (sliding window) stay as they are."""
    cache = DynamicCache(config=model.config)
    cache.layers = [RoomyLayer() if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache


def pick_rows(cache: DynamicCache, rows: torch.Tensor) -> None:
    for layer in cache.layers:
        layer.pick(rows) if isinstance(layer, RoomyLayer) else layer.batch_select_indices(rows)
