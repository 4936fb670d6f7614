"""Token by token on a GPU: a step's kernels are recorded once, and from then on started all together (a CUDA graph).

A step of a small model is hundreds of short kernels, and to start each takes the processor longer than the GPU takes to run it.
A recording reads and writes the same memory every time. So the cache is given room ahead, a tensor says where the next position
is written, and attention looks at all the room, through a mask. When the room is full or rows leave, it is recorded anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import torch
from transformers.cache_utils import DynamicLayer

from course_lib.memory import settled
from course_lib.policy import in_four_bits
from course_lib.sampling.roomy_cache import RoomyLayer

AHEAD = 128  # positions of room, at most
EIGHT = 8  # what the room is a multiple of, as fused attention likes its masks
WORTH = 16  # steps that must be left for a recording
RECORDING = 2  # what it costs, in steps that are not recorded: the one before it, and itself
STILL = {"default", "linear", "llama3", "yarn"}  # position encodings that are the same at any length


class FixedLayer(DynamicLayer):
    """A cache layer that shows all its room and writes where the tensor `at` says."""

    def __init__(self, layer: DynamicLayer, used: int, room: int, at: torch.Tensor):
        super().__init__()
        self.keys, self.values = (with_room(t[:, :, :used], room) for t in (layer.keys, layer.values))
        self.dtype, self.device, self.is_initialized, self.at = self.keys.dtype, self.keys.device, True, at

    def update(self, key_states, value_states, *args, **kwargs):
        self.keys.index_copy_(2, self.at, key_states)
        self.values.index_copy_(2, self.at, value_states)
        return self.keys, self.values

    def pick(self, rows: torch.Tensor) -> None:
        self.keys, self.values = self.keys[rows], self.values[rows]


def with_room(states: torch.Tensor, room: int) -> torch.Tensor:
    """(B, H, room, D), zeros behind the states: a mask's zero times memory that was never written may be NaN."""
    B, H, T, D = states.shape
    wider = states.new_zeros(B, H, room, D)
    wider[:, :, :T] = states
    return wider


def can_record(model, cache, steps: int) -> bool:
    """On the GPU that is in use, where enough steps are left. COURSE_ONE_BY_ONE=1 forbids it, should a card make trouble."""
    if os.environ.get("COURSE_ONE_BY_ONE") == "1":
        return False
    here = model.device.type == "cuda" and model.device.index in (None, torch.cuda.current_device())
    return here and steps > WORTH and same_every_step(model, cache)


def same_every_step(model, cache) -> bool:
    """Does each step start the same kernels on the same memory, whatever the numbers are?

    A recording that fails is not free: torch's allocator and its random numbers take it for one that goes on. So it is not tried
    with a mixture of experts, whose kernels depend on who is chosen; with position encodings that change with the length; with
    ALiBi, which reads a mask of two dimensions; where a layer forgets.
    """
    config = model.config.get_text_config()
    fused = config._attn_implementation == "sdpa" and getattr(model, "_can_compile_fullgraph", False)
    turns = (getattr(config, "rope_parameters", None) or {}).get("rope_type", "default") in STILL
    odd = any("expert" in name for name in config.to_dict()) or getattr(config, "alibi", False) or in_four_bits(model)
    return fused and turns and not odd and all(isinstance(layer, RoomyLayer) for layer in cache.layers)


class Recorded:
    """The next logits of every row, one token after the other; `steps` tokens at most."""

    shrink = 0.5  # as decode.OneByOne.shrink; rows that leave cost a recording

    def __init__(self, model, cache, mask: torch.Tensor, steps: int):
        self.model, self.cache, self.left = model, cache, steps
        self.used = self.room = mask.shape[1]  # no room yet
        self.seen, self.place = mask.bool()[:, None, None], mask.sum(-1, keepdim=True)  # (B, 1, 1, room), (B, 1)
        self.tokens, self.at = (
            self.place,
            self.place[:1, 0],
        )  # what is read (B, 1), and where it is written (1,): begin, grow
        self.replay: Callable[[], torch.Tensor] | None = None
        self.able = True

    def step(self, tokens: torch.Tensor) -> torch.Tensor:
        """Logits (B, V) after `tokens` (B,), to be read before the next step."""
        if self.replay is None or self.used == self.room:
            logits = self.begin(tokens)
        else:
            self.tokens.copy_(tokens[:, None])
            logits = self.replay()
        self.used, self.left = self.used + 1, self.left - 1
        return logits

    def begin(self, tokens: torch.Tensor) -> torch.Tensor:
        """A step as it is, which loads what it needs; the next ones by a recording, if enough are left."""
        self.tokens, self.replay = tokens[:, None].clone(), None
        if self.used == self.room:
            self.grow()
        logits = self.forward()
        if self.able and self.left > WORTH:
            self.replay = recorded(self.forward)
            self.able = self.replay is not None
        return logits

    def grow(self) -> None:
        """More room, behind the positions there are, and no more than is left to write."""
        self.room = -(-(self.used + min(AHEAD, self.left)) // EIGHT) * EIGHT
        self.at = torch.tensor([self.used], device=self.place.device)
        for i, layer in enumerate(self.cache.layers):  # one by one: all of them at once would be another cache
            self.cache.layers[i] = FixedLayer(layer, self.used, self.room, self.at)
        seen = self.seen.new_zeros(len(self.seen), 1, 1, self.room)
        seen[..., : self.used] = self.seen[..., : self.used]
        self.seen = seen

    def forward(self) -> torch.Tensor:
        """What is recorded: all it reads and writes stays where it is."""
        self.seen.index_fill_(3, self.at, True)
        asked = {"input_ids": self.tokens, "attention_mask": self.seen, "position_ids": self.place}
        logits = self.model(**asked, past_key_values=self.cache, use_cache=True).logits[:, -1]
        self.at += 1
        self.place += 1
        return logits

    def pick(self, rows: torch.Tensor) -> None:
        """Keep these rows, in this order."""
        for layer in self.cache.layers:
            layer.pick(rows)
        self.seen, self.place, self.replay = self.seen[rows], self.place[rows], None


def recorded(work: Callable[[], torch.Tensor]) -> Callable[[], torch.Tensor] | None:
    """What does `work` again, into the same tensor each time; None where it can't be recorded. Recording does not do it."""
    graph, now = torch.cuda.CUDAGraph(), torch.cuda.current_stream()
    try:
        # the collector must not free a GPU's things in the middle of it; before torch 2.9 it also looks through all there is
        with settled(), torch.cuda.stream(now), torch.cuda.graph(graph, capture_error_mode="thread_local"):
            made = work()
    except RuntimeError:  # no memory beside what there is, or a model that waits for a number after all
        return None

    def again() -> torch.Tensor:
        graph.replay()
        return made

    return again
