"""benchmarks/sizes.py: siblings of the pocket model have the sizes they are called by, and the figure says what it shows."""

import importlib.util
from pathlib import Path

import pytest
import torch

from course_lib.pocket.raising import SHAPE

FILE = Path(__file__).parent.parent / "benchmarks/sizes.py"


@pytest.fixture(scope="module")
def sizes():
    spec = importlib.util.spec_from_file_location("sizes", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_sibling_has_about_the_size_it_is_called_by(sizes):
    from transformers import LlamaConfig, LlamaForCausalLM

    assert sizes.shape("1.8M") == SHAPE
    for size in sizes.SIZES:
        with torch.device("meta"):
            model = LlamaForCausalLM(LlamaConfig(vocab_size=1024, **sizes.shape(size)))
        assert model.num_parameters() == pytest.approx(1e6 * float(size.removesuffix("M")), rel=0.1)


def test_the_figure_shows_one_hardware_s_gains_with_their_intervals(sizes):
    gain = {"value": 0.1, "interval": [0.05, 0.15]}
    rows = [
        {"size": s, "hardware": h, "base": 0.5, "gain": {"vs_control": gain}}
        for s, h in [("10M", "a GPU"), ("1.8M", "a CPU")]
    ]
    alt = sizes.picture(rows).alt
    assert "10M (began at 50%): 10 [5, 15]" in alt and "a GPU" in alt and "1.8M (began" not in alt
