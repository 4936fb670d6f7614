"""benchmarks/sizes.py: siblings of the pocket model have the sizes they are called by, and the figure says what it shows."""

import importlib.util
import json
from pathlib import Path

import pytest
import torch

from course_lib.pocket.raising import SHAPE

ROOT = Path(__file__).parent.parent
FILE = ROOT / "benchmarks/sizes.py"


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


def test_the_figure_shows_each_row_s_gain_with_its_interval_and_where_it_ran(sizes):
    gain = {"value": 0.1, "interval": [0.05, 0.15]}
    rows = [
        {"size": s, "hardware": h, "base": 0.5, "parameters": n, "steps": 600, "gain": {"vs_control": gain}}
        for s, h, n in [("10M", "NVIDIA H100 80GB HBM3", 10), ("1.8M", "CPU, 1 threads", 1)]
    ]
    alt = sizes.picture([*rows, {"size": "50M", "hardware": "CPU, 1 threads"}]).alt
    assert alt.index("1.8M, CPU, from 50%: 10 [5, 15]") < alt.index("10M, H100, from 50%: 10 [5, 15]")


def test_the_page_says_what_was_measured(sizes):
    rows = json.loads((ROOT / "benchmarks/sizes.json").read_text(encoding="utf-8"))
    page = (ROOT / "docs/hardware.md").read_text(encoding="utf-8")
    assert sizes.table(rows) in page and len(rows) >= 3


def test_a_row_is_written_over_by_what_is_new_of_it(sizes):
    old = [{"size": "10M", "hardware": "a", "base": 1}, {"size": "10M", "hardware": "b", "base": 2}]
    new = {"size": "10M", "hardware": "b", "trained_per_second": 3}
    assert sizes.with_row(old, new) == [old[1] | new, old[0]]
