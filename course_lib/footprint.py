"""The memory that sampling and training take, computed from a model's shape. On a GPU; it says how what is counted is counted.

Sampling: weights, and for each answer its cache and the logits of its next token. Training: weights, the adapter with its
optimiser, and for each row what the way back needs of every layer, or with gradient checkpointing (train/fitting.py) only what
is between the layers and all of one layer. Logits are not kept: TRL's head makes them again, a tile at a time.
Not counted: the device's own libraries (half a GB of CUDA) and what lies between blocks of memory and can't be used.
tests/test_cost.py holds a layer's bytes to what torch keeps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from course_lib.copies import size
from course_lib.memory import TILE
from course_lib.policy import Lora, in_four_bits
from course_lib.reward import RewardModel

COPIES = 2  # of the weights: the base, and the one merged model that is kept (copies.py); what is in training shares the base's
LEARNED = 16  # bytes of a trained parameter: itself, its gradient and Adam's two moments, in float32
DRAWING = 20  # bytes of a logit while a token is drawn, beside the logit itself: once in float32, twice in float64
# bytes of a logit in training on a CPU, beside itself and its gradient: float32, its softmax, their gradient
LEARNING = 12
BACK = 0.6  # of a layer's bytes: gradients on their way through it (counted on Qwen2.5's shapes, docs/log.md)


@dataclass(frozen=True)
class Memory:
    """Bytes. `cache` and `logits` are of the whole batch that is sampled; `row` is one row in training, `thin` the same with
    gradient checkpointing."""

    weights: int
    adapter: int
    cache: int
    logits: int
    row: int
    thin: int
    copies: int = COPIES  # of the weights, counted in `weights`

    def total(self) -> int:
        """With one row in training: a batch that does not fit is halved, down to that."""
        return self.weights + self.adapter + max(self.cache + self.logits, self.thin)

    def left(self, room: int) -> int:
        """What `room` bytes leave beside weights and adapter."""
        return max(0, room - self.weights - self.adapter)


def memory_of(model, lora: Lora | None, rows: int, tokens: int) -> Memory:
    """A batch of `rows` answers, each `tokens` long with its prompt, of a transformers causal model."""
    config, each = model.config.get_text_config(), model.dtype.itemsize
    between, layer = tokens * config.hidden_size * each, kept(model, lora, tokens)
    layers, last = config.num_hidden_layers, head(model, tokens)
    copies = 1 if in_four_bits(model) else COPIES
    return Memory(
        model.get_memory_footprint() if in_four_bits(model) else copies * each * model.num_parameters(),
        LEARNED * learned(model, lora),
        rows * tokens * 2 * layers * key_heads(config) * wide(config) * each,
        rows * config.vocab_size * (each + DRAWING),
        round((layers + BACK) * layer) + last,
        layers * between + round((1 + BACK) * layer) + last,
        copies,
    )


def beside(memory: Memory, reward: RewardModel | None) -> Memory:
    """The same with the model of a learned reward in memory, if there is one."""
    if reward is None:
        return memory
    return replace(memory, weights=memory.weights + size(reward.model), copies=memory.copies + 1)


def kept(model, lora: Lora | None, tokens: int) -> int:
    """What a layer keeps of a row for its way back: what its adapters read, queries, keys, values, the MLP's halves, norms."""
    config, each, rank = model.config.get_text_config(), model.dtype.itemsize, lora.rank if lora else 0
    read = sum(m.in_features + rank for m in linear(model)) // config.num_hidden_layers
    heads, hidden = config.num_attention_heads, config.hidden_size
    inner = getattr(config, "intermediate_size", None) or 4 * hidden
    halves = each * (read + 4 * heads * wide(config) + 3 * inner)
    return tokens * (halves + 4 * heads + 2 * 4 * (hidden + 1) + each * tokens)  # norms in float32; the mask's row


def head(model, tokens: int) -> int:
    """What the vocabulary takes of a row: a tile of its logits, and the last hidden state with its gradient."""
    config, each = model.config.get_text_config(), model.dtype.itemsize
    if model.device.type == "cpu":
        return tokens * config.vocab_size * (2 * each + LEARNING)
    return tokens * (min(TILE, config.vocab_size) * each + config.hidden_size * (each + 4))


def wide(config) -> int:
    """Numbers of one head of attention."""
    return getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads


def key_heads(config) -> int:
    return getattr(config, "num_key_value_heads", None) or config.num_attention_heads


def linear(model) -> list:
    """The layers that get an adapter: every linear one but the last."""
    from torch import nn

    last = model.get_output_embeddings()
    return [m for m in model.modules() if isinstance(m, nn.Linear) and m is not last]


def learned(model, lora: Lora | None) -> int:
    """Trained parameters: two thin matrices for every layer that gets an adapter, or everything."""
    if lora is None:
        return model.num_parameters()
    return sum(lora.rank * (m.in_features + m.out_features) for m in linear(model))


def halved(most: int, each: float, room: int) -> int:
    """The largest of `most`, half of it, a quarter and so on that fits into `room` bytes at `each`; 0 when not even one does."""
    while most and most * each > room:
        most //= 2
    return most
