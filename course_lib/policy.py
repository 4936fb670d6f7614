"""A policy: a base model that never changes, plus what training added to it. Adapters, what runs, what lies on disk.

Adapters are PEFT's (LoRA: Hu et al. 2021, arXiv 2106.09685), on every linear layer unless full fine-tuning is asked for.
The model that runs is the base with its adapter merged into a copy: sampling then costs what the base costs.
With a base in four bits (QLoRA: Dettmers et al. 2023, arXiv 2305.14314; NF4, double quantisation) the adapter stays beside it,
for merging would round what was learned to four bits; all policies then share the base's memory.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from course_lib.copies import Copies
from course_lib.errors import CourseError, need
from course_lib.wording import PLAIN, Wording

ADAPTER_FILES = ("adapter_model.safetensors", "adapter_config.json")
FULL_FILES = ("full_model.safetensors",)
# Some templates (Llama 3) write today's date: without this a run that goes on tomorrow would ask another thing.
ONE_DAY = "{%- macro strftime_now(form) -%}26 Jul 2024{%- endmacro -%}"
SAID = "said"  # any answer, to see what a template writes after it
ALONE = "export the adapter alone (leave --merge away); PEFT puts it on the model in full."


@dataclass(frozen=True)
class Lora:
    """Rank and scale (alpha / rank) of the adapter."""

    rank: int = 16
    alpha: float = 32.0


@dataclass(frozen=True)
class Policy:
    """`base` is shared and never changed; `weights` is what training learned: LoRA matrices, or, if `lora` is None, all of them,
    which are then `model`'s own. `wording` is how it is asked to grade and the like; `engine` samples in the model's place, where
    there is one (vllm_engine.py); `copies` are the models of this base's policies."""

    name: str
    base: Any
    tokenizer: Any
    lora: Lora | None = Lora()
    weights: dict | None = None
    wording: Wording = PLAIN
    engine: Any = None
    copies: Copies = field(default_factory=Copies, repr=False, compare=False)

    @property
    def model(self):
        """What runs: the base itself, or a copy with `weights` in it. Asked for again, it may be made again."""
        return self.base if self.weights is None else self.copies.of(self.weights, lambda: rebuilt(self))

    def chat(self, prompt: str | tuple[str, ...]) -> str:
        """The prompt as the model's own chat template renders it, up to where the answer begins.

        A talk is several messages: the user's first, then the model's and the user's in turn, the user's last.
        """
        return self._rendered((prompt,) if isinstance(prompt, str) else prompt, add_generation_prompt=True)

    def _rendered(self, said: tuple[str, ...], **how: bool) -> str:
        messages = [{"role": ("user", "assistant")[i % 2], "content": text} for i, text in enumerate(said)]
        template = ONE_DAY + self.tokenizer.get_chat_template()
        how |= {
            "enable_thinking": False
        }  # models that may think first would fill the token limit with it; others ignore it
        return self.tokenizer.apply_chat_template(messages, chat_template=template, tokenize=False, **how)

    def end_id(self) -> int:
        """The token id that ends an answer as the chat template writes it, which need not be the tokenizer's own end token."""
        after = self._rendered(("?", SAID)).rpartition(SAID)[2]
        ids = self.tokenizer(after, add_special_tokens=False).input_ids[:1]
        return ids[0] if ids and ids[0] in self.end_ids() else self.tokenizer.eos_token_id

    def end_ids(self) -> list[int]:
        """Token ids that end an answer when they are drawn."""
        ids = self.base.generation_config.eos_token_id
        ids = ids if isinstance(ids, list) else [ids]
        return sorted({i for i in [*ids, self.tokenizer.eos_token_id] if i is not None})


def padded(tokenizer):
    """The tokenizer, ready for batches of prompts: it pads, and on the left. `unpadded` takes that back."""
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    tokenizer.padding_side = "left"
    return tokenizer


def unpadded(tokenizer):
    """A copy that pads as the model's own files say.

    Also where the last batch was padded or cut: a fast tokenizer keeps how, and would write it into its file.
    """
    own = copy.deepcopy(tokenizer)
    if own.is_fast:
        own.backend_tokenizer.no_padding()
        own.backend_tokenizer.no_truncation()
    own.pad_token = own.init_kwargs.get("pad_token")
    own.padding_side = own.init_kwargs.get("padding_side", own.padding_side)
    return own


def in_four_bits(model) -> bool:
    return bool(getattr(model, "is_loaded_in_4bit", False))


def frozen(model):
    """Ready to run, not to learn; clears what a trainer left behind.

    TRL hangs a patched `forward` on the instance, which a later copy would run with the *old* weights, and leaves
    gradient checkpointing on, which drops the cache in sampling. accelerate hangs there one that computes in half precision.
    """
    for patched in {model, model.get_base_model()} if hasattr(model, "get_base_model") else {model}:
        patched.__dict__.pop("forward", None)
    off = getattr(model, "activation_checkpointing_disable", None) or model.gradient_checkpointing_disable
    off()
    return model.eval().requires_grad_(False)


def fresh(policy: Policy) -> Policy:
    """The same base with nothing learned."""
    return replace(policy, weights=None)


def trainable(policy: Policy, seed: int):
    """A copy to give to a trainer: the base under a LoRA adapter that goes on from `policy.weights`, or all weights."""
    import torch
    from peft import get_peft_model, set_peft_model_state_dict

    if policy.lora is None:
        return copy.deepcopy(policy.model).float().requires_grad_(True).train()  # half-precision steps would round away
    torch.manual_seed(seed)
    with old_torchao_told():
        module = get_peft_model(twin(policy.base), lora_config(policy.lora))
    if policy.weights is not None:
        set_peft_model_state_dict(module, policy.weights)
    return module.train()


@contextmanager
def old_torchao_told() -> Iterator[None]:
    """PEFT refuses every adapter beside a torchao that is too old for it, wanted or not."""
    try:
        yield
    except ImportError as error:
        raise CourseError(
            f"PEFT makes no adapter here ({error}): pip uninstall torchao; nothing here needs it."
        ) from error


def twin(model):
    """The model again, as an object of its own whose weights lie in the same memory: for what reads and never changes them."""
    from torch.nn import Parameter

    def again(p):  # quantised ones know more than their numbers, and are never changed
        return Parameter(p.detach(), requires_grad=False) if type(p) is Parameter else p

    return copy.deepcopy(model, {id(p): again(p) for p in model.parameters()})


def merged(module):
    """The module with its adapter, where it has one, in weights of its own: a twin's are another model's too.

    Beside weights in four bits the adapter stays; what TRL keeps for its reference goes.
    """
    if not hasattr(module, "merge_and_unload"):
        return module
    if in_four_bits(module):
        if "ref" in module.peft_config:
            module.delete_adapter("ref")
        return module
    for p in module.parameters():
        p.data = p.data.clone()
    return module.merge_and_unload()


def lora_config(lora: Lora, task: str = "CAUSAL_LM"):
    from peft import LoraConfig

    return LoraConfig(r=lora.rank, lora_alpha=lora.alpha, target_modules="all-linear", task_type=task)


def trained(policy: Policy, module) -> Policy:
    """The policy after a trainer has changed `module`, which this takes over: its adapter is merged and it becomes the model."""
    from peft import get_peft_model_state_dict

    module.zero_grad(set_to_none=True)
    if policy.lora is None:
        in_precision(module, policy.base.dtype)
        weights = {k: p.detach() for k, p in module.named_parameters()}  # the model's own memory; tied ones once
    else:
        weights = {k: v.detach().clone() for k, v in get_peft_model_state_dict(module).items()}
    policy.copies.of(weights, lambda: frozen(merged(module)))
    return replace(policy, weights=weights)


def in_precision(module, dtype) -> None:
    """Its parameters in `dtype`. Buffers stay: a base in half precision turns its positions by angles in float32."""
    for p in module.parameters():
        p.data = p.data.to(dtype)


def rebuilt(policy: Policy):
    """The model of a policy that has learned, made anew from the base and its weights: bit for bit what `trained` made."""
    import torch

    if policy.lora is None:
        module = twin(policy.base)
        module.load_state_dict(policy.weights, strict=False, assign=True)
        module.tie_weights()
        return frozen(module)
    # A new adapter draws random numbers, and whoever asks may count on theirs; asked for inside autocast, what was learned would
    # be rounded on its way into the weights.
    device = policy.base.device
    cards = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=cards), torch.autocast(device.type, enabled=False):
        return frozen(merged(trainable(policy, seed=0)))


def save_adapter(policy: Policy, folder: Path) -> list[Path]:
    """Write what was learned to `folder` as safetensors (with LoRA: a PEFT adapter folder). Returns the files."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    names = FULL_FILES if policy.lora is None else ADAPTER_FILES
    need(policy.weights is not None, "this policy has learned nothing yet, so there is no adapter to save.")
    save_file({k: v.contiguous().clone() for k, v in policy.weights.items()}, folder / names[0])
    if policy.lora is not None:
        config = lora_config(policy.lora).to_dict() | {"base_model_name_or_path": policy.name, "inference_mode": True}
        config["target_modules"] = sorted({key.split(".")[-3] for key in policy.weights})
        (folder / names[1]).write_text(json.dumps(config, indent=1, default=str), encoding="utf-8")
    return [folder / name for name in names]


def load_adapter(policy: Policy, folder: Path) -> Policy:
    """The policy with what `save_adapter` wrote."""
    from safetensors.torch import load_file

    names = FULL_FILES if policy.lora is None else ADAPTER_FILES
    return replace(policy, weights=load_file(folder / names[0], device=str(policy.base.device)))


def export(policy: Policy, folder: Path) -> None:
    """Save base and adapter merged, as a plain Hugging Face folder that needs neither PEFT nor this package."""
    need(
        not in_four_bits(policy.base), f"{policy.name!r} is in four bits, where merging loses what was learned: {ALONE}"
    )
    policy.model.save_pretrained(folder)
    unpadded(policy.tokenizer).save_pretrained(folder)


def weights_hash(model) -> str:
    """SHA-256 of a model's weights: shows what did, and what did not, change."""
    import hashlib

    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().float().cpu().numpy().tobytes())
    return digest.hexdigest()
