"""A model is held in the numbers that this GPU multiplies in, or in float32 where it overflows those."""

import math

import pytest
import torch
from models import make_qwen
from transformers import AutoModelForCausalLM

from course_lib import loading
from course_lib.errors import CourseError
from course_lib.precision import name_of, pick_dtype
from course_lib.rollout import greedy
from course_lib.train import sft
from course_lib.types import Example


@pytest.mark.parametrize(
    ("capability", "dtype"), [((7, 5), torch.float16), ((8, 0), torch.bfloat16), ((9, 0), torch.bfloat16)]
)
def test_dtype_by_compute_capability(monkeypatch, capability, dtype):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda *_: capability)
    assert pick_dtype("cuda") is dtype
    assert pick_dtype("cpu") is torch.float32
    for name in ("float32", "float16", "bfloat16"):
        monkeypatch.setenv("COURSE_PRECISION", name)
        assert pick_dtype("cuda") is pick_dtype("cpu") is getattr(torch, name)
    monkeypatch.setenv("COURSE_PRECISION", "half")
    with pytest.raises(CourseError, match="COURSE_PRECISION is 'half': it is one of float32, bfloat16, float16"):
        pick_dtype("cuda")


@pytest.fixture
def old_gpu(monkeypatch):
    """The CPU, taken for one: it multiplies in float16 too, slowly."""
    monkeypatch.setattr(loading, "pick_dtype", lambda device: torch.float16)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """The tiny Qwen2 with numbers inside that float16 has not: an MLP's are multiplied by a million, and by a millionth after."""
    folder = make_qwen(tmp_path_factory.mktemp("large"))
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    mlp = model.model.layers[0].mlp
    with torch.no_grad():
        mlp.up_proj.weight.mul_(1e6 / mlp.up_proj.weight.abs().max())
        mlp.down_proj.weight.mul_(1e-6)
    model.save_pretrained(folder)
    return folder


def test_a_model_that_overflows_float16_is_held_in_float32(large, old_gpu, capsys):
    policy = loading.load(str(large), device="cpu")
    assert policy.base.dtype == torch.float32
    assert f"{large} overflows float16 on this GPU, so it is held in float32" in capsys.readouterr().err
    learned = sft(policy, [Example("1+1?", "2")] * 4, lr=1e-3, epochs=1, batch=4, seed=0)
    assert math.isfinite(greedy(learned, ["1+1?"], 4)[0].logprob)


def test_a_precision_that_is_named_is_taken(qwen_folder, large):
    for name in ("float32", "bfloat16", "float16"):
        assert name_of(loading.load(str(qwen_folder), device="cpu", precision=name).base) == name
    assert name_of(loading.load(str(large), device="cpu", precision="float16").base) == "float16", "as it was begun"


def test_one_that_does_not_stays_in_float16(qwen_folder, old_gpu, capsys):
    assert loading.load(str(qwen_folder), device="cpu").base.dtype == torch.float16
    assert "float32" not in capsys.readouterr().err
