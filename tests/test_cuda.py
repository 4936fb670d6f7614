"""What only a GPU can show; skipped without one: `pytest tests/test_cuda.py`. Run on an H100 and an H200 (docs/hardware.md).

Each test runs in bfloat16 and in float16, as Ampere and later cards compute, and as a T4 does.
"""

import gc
import json
from dataclasses import replace
from importlib.util import find_spec
from itertools import chain

import pytest
import ranks_fsdp
import test_fitting as trainings
import torch
from test_ranks import SMALL, dealt, start, start_nodes

from course_lib import loading
from course_lib.cli.main import main
from course_lib.measure import logprobs
from course_lib.policy import weights_hash
from course_lib.rollout import greedy, sample
from course_lib.sampling import cuda_graph, decode
from course_lib.sampling.decode import Sampling
from course_lib.train.answer_rows import Answer, read

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")

PROMPTS = [f"What is {t[:2]}+1?" for t in trainings.TEXTS]
EMULATED = torch.cuda.is_available() and not torch.cuda.is_bf16_supported(including_emulation=False)
HALVES = [
    pytest.param(
        torch.bfloat16, marks=pytest.mark.skipif(EMULATED, reason="this card only emulates bfloat16"), id="bfloat16"
    ),
    pytest.param(torch.float16, id="float16"),
]
LONG = {"hidden_size": 512, "intermediate_size": 2048, "num_hidden_layers": 6}  # enough for memory to show


@pytest.fixture(params=HALVES)
def halved(request, qwen_folder, monkeypatch):
    """The tiny Qwen2 on the GPU in half precision."""
    monkeypatch.setattr(loading, "pick_dtype", lambda device: request.param)
    return loading.load(str(qwen_folder), device="cuda")


def told(policy):
    return sum(logprobs(policy, policy.model, PROMPTS, trainings.TEXTS))


def test_in_full_precision_it_answers_as_a_cpu_does(qwen, qwen_folder, monkeypatch):
    monkeypatch.setattr(loading, "pick_dtype", lambda device: torch.float32)
    there = loading.load(str(qwen_folder), device="cuda")
    assert [c.ids for c in greedy(there, PROMPTS, 24)] == [c.ids for c in greedy(qwen, PROMPTS, 24)]
    assert told(there) == pytest.approx(told(qwen), rel=1e-4)


@pytest.mark.parametrize(
    "train", [trainings.by_sft, trainings.by_dpo, trainings.by_dpo_with_nll, trainings.by_policy_gradient]
)
def test_it_learns_in_half_precision_and_leaves_the_base_alone(halved, train):
    before, base = told(halved), weights_hash(halved.base)
    learned = train(halved)
    assert told(learned) > before + 1 and weights_hash(halved.base) == base
    assert {w.dtype for w in learned.weights.values()} == {torch.float32}
    assert learned.model.dtype == halved.base.dtype and learned.model.device.type == "cuda"


def test_rewards_learn_in_half_precision(halved):
    reward = trainings.by_reward_model(halved)
    good = reward.rewards([(p.prompt, p.chosen) for p in trainings.pairs()])
    assert sum(good) > sum(reward.rewards([(p.prompt, p.rejected) for p in trainings.pairs()]))
    steps = trainings.by_step_reward(halved).steps([(PROMPTS[0], trainings.TEXTS[0])])
    assert all(0 < chance < 1 for chance in steps[0])


def test_recorded_steps_draw_what_single_steps_draw(qwen_folder, monkeypatch):
    """In float32, where attention over room that is masked rounds too little to show. Rows end one after the other."""
    monkeypatch.setattr(loading, "pick_dtype", lambda device: torch.float32)
    policy, made = loading.load(str(qwen_folder), device="cuda"), []
    record = cuda_graph.recorded
    monkeypatch.setattr(cuda_graph, "recorded", lambda work: made.append(found := record(work)) or found)
    found = drawn(policy)
    assert len(made) >= 2 and all(made), "each time rows left or the room was full"
    monkeypatch.setattr(decode, "can_record", lambda *args: False)
    assert [c.ids for c in found] == [c.ids for c in drawn(policy)]


def test_what_cannot_be_recorded_goes_on_one_by_one(halved, monkeypatch):
    """A step that waits for a number from the GPU."""
    whole = [c.ids for c in drawn(halved)]
    forward, asked = cuda_graph.Recorded.forward, []
    monkeypatch.setattr(cuda_graph.Recorded, "forward", lambda self: asked.append(int(self.at)) or forward(self))
    assert [c.ids for c in drawn(halved)] == whole and len(asked) > 100


def drawn(policy):
    return [c for group in sample(policy, PROMPTS, 8, Sampling(max_tokens=150), 0) for c in group]


def test_the_head_that_holds_a_tile_of_the_logits_reads_what_all_of_them_say(halved):
    ids = halved.tokenizer([halved.chat(p) for p in PROMPTS], add_special_tokens=False).input_ids
    groups = [[Answer(prompt, [5, 6, 7, 8], 1.0), Answer(prompt, [9], -1.0)] for prompt in ids]
    whole, tiled = (read(halved.model, groups, "sampled", False, 0.7, tiles) for tiles in (False, True))
    for one, other in zip(chain(*whole), chain(*tiled), strict=True):
        assert one.sampled == pytest.approx(other.sampled, abs=0.05)


@pytest.fixture(params=HALVES)
def larger(request, tmp_path, monkeypatch):
    """A model whose training is large beside what a GPU holds anyway."""
    from models import make_qwen
    from transformers import Qwen2Config, Qwen2ForCausalLM

    folder = make_qwen(tmp_path / "larger", positions=2048)
    config = Qwen2Config.from_pretrained(folder)
    config = Qwen2Config.from_dict(config.to_dict() | LONG | {"layer_types": None})
    torch.manual_seed(0)
    Qwen2ForCausalLM(config).save_pretrained(folder)
    monkeypatch.setattr(loading, "pick_dtype", lambda device: request.param)
    return loading.load(str(folder), device="cuda")


def long_sft(policy):
    from course_lib.train import sft
    from course_lib.types import Example

    examples = [Example(p, (t + "\n") * 60) for p, t in zip(PROMPTS, trainings.TEXTS, strict=True)]
    return sft(policy, examples, **trainings.HOW)


def peak(work):
    """(what it gave, the most bytes it held beside what was there before)."""
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    found = work()
    return found, torch.cuda.max_memory_allocated() - before


def test_memory_that_really_runs_out_makes_it_go_on_with_less_at_once(larger, capsys):
    whole, most = peak(lambda: {name: w.cpu() for name, w in long_sft(larger).weights.items()})
    gc.collect()  # nothing of the first training may lie between what is free: memory in pieces has another limit
    wanted = torch.cuda.memory_allocated() + most // 2
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(wanted / total)
    try:
        again = long_sft(larger)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert "it goes on with gradient checkpointing" in capsys.readouterr().err
    away = [(again.weights[k].cpu() - w).abs().max() for k, w in whole.items()]
    assert max(away) < 2e-2, "in half precision micro-batches round otherwise, and no more"


def test_a_run_and_its_control_end_on_the_gpu_and_resume(qwen_folder, tmp_path, capsys):
    rows = [{"question": f"{i} and {7 - i}?", "answer": "#### 7"} for i in range(10)]
    (tmp_path / "sevens.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    how = [
        "--model",
        qwen_folder,
        "--problems",
        tmp_path / "sevens.jsonl",
        "--k",
        "4",
        "--rounds",
        "1",
        "--max-tokens",
        "12",
    ]
    assert main(["grpo", *map(str, how), "--json", "--out", str(tmp_path / "run")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["peak_memory_mb"] > 0 and found["rounds"][0]["n"] == 2
    assert main(["grpo", "--resume", str(tmp_path / "run")]) == 0


def test_two_nodes_do_over_nccl_what_one_process_does(tmp_path):
    """The two share this GPU: NCCL takes their processes for two machines'. In float32, so that tokens can be compared."""
    small = ["--float32", *SMALL, "--out"]
    whole, (alone,) = start(1, tmp_path / "alone", *small, tmp_path / "one")
    done, seen = start_nodes(tmp_path / "seen", *small, tmp_path / "two")
    assert whole.returncode == 0, whole.stderr
    assert [node.returncode for node in done] == [0, 0], done[0].stderr + done[1].stderr
    assert [(s["world"], s["backend"]) for s in seen] == [(2, "cpu:gloo,cuda:nccl")] * 2
    assert dealt(seen, "greedy") == alone["greedy"] and all(alone["greedy"])
    assert seen[0]["trained"] == seen[1]["trained"], "to the last bit"
    assert seen[0]["steps"] == seen[1]["steps"] == pytest.approx(alone["steps"], rel=0.02)
    for kind in ("pairs", "steps of a reward"):
        assert seen[0][kind] == seen[1][kind] == pytest.approx(alone[kind], rel=1e-3)
    (norms, weights), (same_norms, same_weights) = (s["gradient"] for s in seen)
    assert weights == same_weights and norms == same_norms == pytest.approx(alone["gradient"][0], rel=1e-3)


def test_two_nodes_learn_the_same_in_half_precision(tmp_path):
    done, seen = start_nodes(tmp_path / "seen", *SMALL, "--out", tmp_path / "two")
    assert [node.returncode for node in done] == [0, 0], done[0].stderr + done[1].stderr
    assert seen[0]["trained"] == seen[1]["trained"] and seen[0]["gradient"][1] == seen[1]["gradient"][1]


def test_weights_that_fsdp_cut_into_parts_over_nccl_come_back_whole(tmp_path, qwen_folder, monkeypatch):
    done, seen = start_nodes(tmp_path / "seen", qwen_folder, script="ranks_fsdp.py")
    assert [node.returncode for node in done] == [0, 0], done[0].stderr + done[1].stderr
    assert [s["kinds"] for s in seen] == [["DTensor"], ["DTensor"]], "FSDP was at work"
    monkeypatch.setattr(loading, "pick_dtype", lambda device: torch.float32)
    alone = ranks_fsdp.learned(loading.load(str(qwen_folder), None, device="cuda"))
    assert seen[0]["learned"] == seen[1]["learned"] == pytest.approx(alone, abs=0.05)


@pytest.mark.skipif(find_spec("deepspeed") is None, reason="needs DeepSpeed")
def test_weights_that_deepspeed_cut_into_parts_over_nccl_come_back_whole(tmp_path, qwen_folder):
    """Stage 3, in half precision: a full fine-tuning, an adapter, a reward model."""
    done, seen = start_nodes(tmp_path / "seen", qwen_folder, 3, script="ranks_deepspeed.py")
    assert [node.returncode for node in done] == [0, 0], done[0].stderr + done[1].stderr
    assert seen[0] == seen[1] and seen[0]["stages"] == [3] * 3, "DeepSpeed was at work"
    assert seen[0]["same"], "the base is as it was, and what is loaded afterwards is whole"
    policy = loading.load(str(qwen_folder), device="cuda")
    for kind, alone in (("full", replace(policy, lora=None)), ("adapter", policy)):
        assert sum(seen[0][kind]) == pytest.approx(sum(ranks_fsdp.learned(alone)), rel=0.02)


def test_four_bits_learn_beside_their_base(qwen_folder):
    pytest.importorskip("bitsandbytes")
    four = loading.load(str(qwen_folder), device="cuda", four_bit=True)
    learned = trainings.by_sft(four)
    assert told(learned) > told(four) + 1 and told(replace(learned, weights=dict(learned.weights))) == told(learned)
