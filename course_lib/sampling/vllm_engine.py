"""vLLM as the sampler, where a GPU allows it: one engine for a base model, adapters loaded into it while it runs.

vLLM: Kwon et al. 2023, arXiv 2309.06180. Its names were read in the source of vLLM 0.31.0. Training, and log-probabilities of
what it did not draw itself, stay with transformers. The engine sleeps, its weights in main memory, whenever it does not sample.

What it draws follows the same distribution as decode.py, by another draw: a seed gives other completions than transformers'.
Its noise belongs to an answer's seed and the place in it, whatever the batch; how its logits round may depend on the batch.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from course_lib.errors import CourseError
from course_lib.loading import pocket_folder
from course_lib.memory import free_memory
from course_lib.policy import Policy, save_adapter
from course_lib.sampling.vllm_check import INSTEAD, RANKS, check

SHARE = 0.5  # of the GPU's memory, while it samples: the two copies of the model that transformers holds stay beside it


@dataclass
class Engine:
    """A vLLM engine that holds the base model and the last policy's adapter.

    `room` is how many positions a prompt and its answer have together; `request` names the adapter of `weights`, which lies in
    `folder`; `count` numbers the adapters, since vLLM never reads one again under a number that it knows.
    """

    llm: Any
    room: int
    weights: dict | None = None
    request: Any = None
    folder: TemporaryDirectory | None = None
    count: int = 0

    def draw(self, policy: Policy, prompts_P: list[list[int]], keys_P: list[str], k: int, how: Any, seed: int) -> list:
        """`k` answers to each tokenised prompt: (P, k) of decode.Drawn, as decode.decode gives them."""
        ends = policy.end_ids()
        asked = [params(k, how, seed, key, ends) for key in keys_P]
        adapter = self.adapter(policy)
        free_memory()  # vLLM is a process of its own: what torch keeps here for later it can't have
        self.llm.wake_up()
        found = self.llm.generate(
            [{"prompt_token_ids": p} for p in prompts_P], asked, use_tqdm=False, lora_request=adapter
        )
        self.llm.sleep(level=1)  # in no `finally`: Ctrl-C ends vLLM's process too, and nobody is left to send to sleep
        groups = [[as_drawn(answer, ends) for answer in one.outputs] for one in found]
        return [group * k for group in groups] if how.greedy else groups

    def adapter(self, policy: Policy) -> Any:
        """vLLM's name for what this policy has learned, written to disk once; None for the base."""
        if policy.weights is None:
            return None
        if policy.weights is not self.weights:
            self.save(policy)
        return self.request

    def save(self, policy: Policy) -> None:
        from vllm.lora.request import LoRARequest

        if self.folder is not None:
            self.folder.cleanup()
        self.folder, self.count = TemporaryDirectory(prefix="course-adapter-"), self.count + 1
        save_adapter(policy, Path(self.folder.name))
        self.request = LoRARequest(f"adapter-{self.count}", self.count, self.folder.name)
        self.weights = policy.weights


def params(k: int, how: Any, seed: int, key: str, ends: list[int]) -> Any:
    """How vLLM is to answer one prompt. Answer i of the k draws with seed + i, so the seed leaves room above it."""
    from vllm import SamplingParams

    from course_lib.sampling.decode import number

    always = {"max_tokens": how.max_tokens, "stop_token_ids": ends, "logprobs": 0, "detokenize": False}
    if how.greedy:
        return SamplingParams(n=1, temperature=0.0, **always)
    return SamplingParams(
        n=k, temperature=how.temperature, top_k=how.top_k, top_p=how.top_p, seed=number(seed, key) >> 1, **always
    )


def as_drawn(answer: Any, ends: list[int]) -> Any:
    from course_lib.sampling.decode import Drawn

    said = list(answer.token_ids)
    finished = bool(said) and said[-1] in ends
    return Drawn(said[:-1] if finished else said, answer.cumulative_logprob, finished, said)


def opened(policy: Policy) -> Policy:
    """The policy with an engine that samples for it and for all that is trained from it. Takes a minute.

    Raises CourseError where vLLM can't run, or does not come up.
    """
    check(policy.lora)
    os.environ.setdefault("VLLM_LOGGING_STREAM", "ext://sys.stderr")  # standard output is the course's own
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
    os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
    free_memory()
    try:
        from vllm import LLM

        llm = LLM(
            str(pocket_folder()) if policy.name == "pocket" else policy.name,
            dtype=str(policy.base.dtype).removeprefix("torch."),
            gpu_memory_utilization=SHARE,
            max_model_len=-1,  # as long as the model and the memory allow
            logprobs_mode="processed_logprobs",  # of the distribution that is drawn from, as decode.py's are
            enable_sleep_mode=True,
            enable_lora=True,
            max_loras=1,
            max_lora_rank=next(r for r in RANKS if r >= policy.lora.rank),
        )
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise CourseError(
            f"vLLM did not come up for model {policy.name!r} ({reason}): mend that, or {INSTEAD}"
        ) from error
    llm.sleep(level=1)
    return replace(policy, engine=Engine(llm, llm.model_config.max_model_len))
