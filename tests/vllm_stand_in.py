"""A stand-in for vLLM 0.31, on a CPU: the names, signatures and refusals that course_lib meets, done by transformers and PEFT.

It keeps to what vLLM's source says where that matters: an adapter is read from its folder when it is first asked for, and never
again under the same number; answer i of n draws with seed + i; an end token is among the tokens; a sleeping engine does nothing.
Its loop is another than course_lib's: one answer at a time, no cache, noise of Gumbel's kind.
"""

import json
import sys
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import torch

VERSION = "0.31.0"
ENGINE_ARGS = {  # those of vllm.EngineArgs that course_lib gives, and what they are without it
    "max_model_len": None, "logprobs_mode": "raw_logprobs", "enable_sleep_mode": False,
    "enable_lora": False, "max_loras": 1, "max_lora_rank": 16,
}  # fmt: skip


@dataclass
class LoRARequest:
    lora_name: str
    lora_int_id: int
    lora_path: str = ""
    base_model_name: str | None = None
    tensorizer_config_dict: dict | None = None
    load_inplace: bool = False
    is_3d_lora_weight: bool = False

    def __post_init__(self):
        if self.lora_int_id < 1:
            raise ValueError(f"id must be > 0, got {self.lora_int_id}")
        assert self.lora_path, "lora_path cannot be empty"


@dataclass
class SamplingParams:
    n: int = 1
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    repetition_penalty: float = 1.0
    temperature: float = 1.0
    watermarking: bool = True
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    seed: int | None = None
    stop: str | list[str] | None = None
    stop_token_ids: list[int] | None = None
    ignore_eos: bool = False
    max_tokens: int | None = 16
    min_tokens: int = 0
    logprobs: int | None = None
    prompt_logprobs: int | None = None
    prompt_logprob_token_ids: list[int] | None = None
    prompt_logprob_start: int | None = None
    logprob_token_ids: list[int] | None = None
    flat_logprobs: bool = False
    detokenize: bool = True

    def __post_init__(self):
        if not 0.0 <= self.temperature <= 2.0:
            raise ValueError(f"temperature must be in [0, 2], got {self.temperature}.")
        if not 0.0 < self.top_p <= 1.0 or self.top_k < -1 or self.max_tokens < 1 or not 1 <= self.n <= 16384:
            raise ValueError("top_p, top_k, max_tokens or n is out of bounds.")
        if self.temperature < 1e-5 and self.n > 1:
            raise ValueError(f"n must be 1 when using greedy sampling, got {self.n}.")
        if self.seed is not None and not 0 <= self.seed + self.n < 2**63:
            raise OverflowError("the engine holds an answer's seed in 64 bits")


@dataclass
class CompletionOutput:
    index: int
    text: str
    token_ids: list[int]
    cumulative_logprob: float | None
    logprobs: list | None
    finish_reason: str | None = None
    stop_reason: int | str | None = None


@dataclass
class RequestOutput:
    request_id: str
    prompt: str | None
    prompt_token_ids: list[int]
    prompt_logprobs: list | None
    outputs: list[CompletionOutput]
    finished: bool
    lora_request: LoRARequest | None = None


@dataclass
class Seen:
    """What an engine was given and did, for a test to look at."""

    made: dict = field(default_factory=dict)
    calls: list[list[SamplingParams]] = field(default_factory=list)
    read: list[tuple[int, str]] = field(default_factory=list)
    asleep: list[bool] = field(default_factory=list)


class LLM:
    def __init__(
        self, model: str, *, runner="auto", convert="auto", tokenizer=None, tokenizer_mode="auto",
        skip_tokenizer_init=False, trust_remote_code=False, allowed_local_media_path="", allowed_media_domains=None,
        tensor_parallel_size=1, dtype="auto", quantization=None, revision=None, tokenizer_revision=None,
        chat_template=None, seed=0, gpu_memory_utilization=0.92, cpu_offload_gb=0, offload_group_size=0,
        offload_num_in_group=1, offload_prefetch_step=1, offload_params=None, enforce_eager=False,
        enable_return_routed_experts=False, return_sampling_mask=False, disable_custom_all_reduce=False, hf_token=None,
        hf_overrides=None, mm_processor_kwargs=None, pooler_config=None, structured_outputs_config=None,
        profiler_config=None, attention_config=None, kv_cache_memory_bytes=None, compilation_config=None,
        quantization_config=None, logits_processors=None, spec_method=None, spec_model=None, spec_tokens=None,
        **kwargs: Any,
    ):  # fmt: skip
        from transformers import AutoModelForCausalLM, AutoTokenizer

        unknown = kwargs.keys() - ENGINE_ARGS
        if unknown:
            raise TypeError(f"EngineArgs.__init__() got an unexpected keyword argument {min(unknown)!r}")
        self.args = ENGINE_ARGS | kwargs
        if self.args["max_lora_rank"] not in (1, 8, 16, 32, 64, 128, 256, 320, 512):
            raise ValueError(f"max_lora_rank is {self.args['max_lora_rank']}")
        self.model, self.dtype = model, getattr(torch, dtype)
        self.base = AutoModelForCausalLM.from_pretrained(model, dtype=self.dtype).eval()
        self.eos = AutoTokenizer.from_pretrained(model).eos_token_id
        length = self.args["max_model_len"]
        fits = self.base.config.max_position_embeddings if length in (None, -1) else length
        self.model_config = SimpleNamespace(max_model_len=fits)
        self.loaded: dict[int, Any] = {}
        self.sleeping, self.seen = False, Seen(made={"dtype": dtype, "share": gpu_memory_utilization, **kwargs})

    def sleep(self, level: int = 1, mode: str = "abort"):
        if not self.args["enable_sleep_mode"]:
            raise ValueError("Sleep mode is not enabled.")
        self.sleeping = True

    def wake_up(self, tags: list[str] | None = None):
        self.sleeping = False

    def generate(
        self, prompts, sampling_params=None, *, use_tqdm=True, lora_request=None, priority=None,
        tokenization_kwargs=None, mm_processor_kwargs=None,
    ):  # fmt: skip
        assert not self.sleeping, "a sleeping engine would never answer"
        assert len(prompts) == len(sampling_params)
        self.seen.calls.append(list(sampling_params))
        model = self.base if lora_request is None else self.adapter(lora_request)
        found = []
        for i, (prompt, how) in enumerate(zip(prompts, sampling_params, strict=True)):
            ids = prompt["prompt_token_ids"]
            if len(ids) >= self.model_config.max_model_len:
                raise ValueError(f"The decoder prompt (length {len(ids)}) is longer than the maximum model length")
            answers = [self.answer(model, ids, how, index) for index in range(how.n)]
            found.append(RequestOutput(str(i), None, ids, None, answers, True, lora_request))
        return found

    def adapter(self, request: LoRARequest):
        """The base under an adapter, read from disk when its number is new; `max_loras` of them are held."""
        from peft import PeftModel
        from transformers import AutoModelForCausalLM

        if not self.args["enable_lora"]:
            raise ValueError(f"Got lora_request {request} but LoRA is not enabled!")
        if request.lora_int_id not in self.loaded:
            told = json.loads((Path(request.lora_path) / "adapter_config.json").read_text())
            if told["r"] > self.args["max_lora_rank"]:
                raise ValueError(f"LoRA rank {told['r']} is greater than max_lora_rank {self.args['max_lora_rank']}.")
            if told["bias"] != "none" or told["modules_to_save"] or told["use_dora"]:
                raise ValueError("vLLM does not support this adapter.")
            fresh = AutoModelForCausalLM.from_pretrained(self.model, dtype=self.dtype)
            while len(self.loaded) >= self.args["max_loras"]:
                self.loaded.pop(next(iter(self.loaded)))
            self.loaded[request.lora_int_id] = PeftModel.from_pretrained(fresh, request.lora_path).eval()
            self.seen.read.append((request.lora_int_id, request.lora_path))
        return self.loaded[request.lora_int_id]

    @torch.inference_mode()
    def answer(self, model, prompt: list[int], how: SamplingParams, index: int) -> CompletionOutput:
        ids, total, reason = list(prompt), 0.0, None
        noise = torch.Generator().manual_seed(0 if how.seed is None else how.seed + index)
        while reason is None:
            logits = model(torch.tensor([ids])).logits[0, -1].float()
            processed = cut(logits / how.temperature, how.top_k, how.top_p) if how.temperature else logits
            gumbel = -torch.log(-torch.log(torch.rand(len(logits), generator=noise, dtype=torch.float64)))
            token = int((processed + gumbel).argmax() if how.temperature else processed.argmax())
            kept = processed if self.args["logprobs_mode"] == "processed_logprobs" else logits
            total += float(kept.log_softmax(-1)[token])
            ids.append(token)
            said = len(ids) - len(prompt)
            if token in {self.eos, *(how.stop_token_ids or [])}:
                reason = "stop"
            elif said >= how.max_tokens or len(ids) >= self.model_config.max_model_len:
                reason = "length"
        told = None if how.logprobs is None else total
        return CompletionOutput(index, "", ids[len(prompt) :], told, None, reason)


def cut(logits: torch.Tensor, top_k: int, top_p: float) -> torch.Tensor:
    """vLLM's order: from the least likely token up, drop all but top_k, then those whose sum is within 1 - top_p."""
    ordered, index = logits.sort()
    if top_k > 0:
        ordered[ordered < ordered[-top_k]] = -torch.inf
    within = ordered.softmax(-1).cumsum(-1) <= 1 - top_p
    within[-1] = False
    ordered[within] = -torch.inf
    return torch.empty_like(logits).scatter(0, index, ordered)


def install(monkeypatch, folder: Path, version: str = VERSION) -> None:
    """Put the stand-in where Python looks for vLLM, its version included, until the test ends."""
    told = folder / f"vllm-{version}.dist-info"
    told.mkdir(parents=True)
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: vllm\nVersion: {version}\n")
    monkeypatch.syspath_prepend(str(folder))
    parts = {
        "vllm": {"LLM": LLM, "SamplingParams": SamplingParams},
        "vllm.lora": {},
        "vllm.lora.request": {"LoRARequest": LoRARequest},
    }
    for name, holds in parts.items():
        module = ModuleType(name)
        module.__spec__ = ModuleSpec(name, None)
        module.__dict__.update(holds)
        monkeypatch.setitem(sys.modules, name, module)
