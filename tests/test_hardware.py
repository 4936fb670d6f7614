"""docs/hardware.md and the README's short table are what benchmarks/hardware.py computes from the shapes and files there are."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def hardware():
    spec = importlib.util.spec_from_file_location("hardware", ROOT / "benchmarks/hardware.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def between(path):
    text = (ROOT / path).read_text(encoding="utf-8")
    return text.split("<!-- hardware: begin -->\n")[1].split("\n<!-- hardware: end -->")[0]


@pytest.fixture(scope="module")
def found(hardware):
    return hardware.every()


def test_the_page_and_the_readme_say_what_the_script_computes(hardware, found):
    assert between("docs/hardware.md") == hardware.table(found)
    assert between("README.md") == hardware.table(hardware.short(found))
    measured = [row[:2] for row in found[1:] if row[2].startswith("measured")]
    assert measured[0] == ["pocket", "a CPU core"] and {row[2] for row in found[1:] if row[:2] not in measured} == {
        "computed"
    }
    assert all("random numbers" in name for name, _ in measured[1:]), "what no GPU has run is computed"
    assert {card.split(",")[0] for _, card in measured[1:]} == {"H100", "H200"}


def test_the_notebooks_budget_fits_a_t4_in_ten_minutes_a_round(hardware):
    """By its own arithmetic: a step of 32 rows with checkpointing, and at least a batch of 64 answers."""
    t4 = hardware.CARDS[0]
    for name in hardware.SHAPES:
        model = hardware.shape(name)
        memory = hardware.memory(model)
        assert memory.left(t4.room()) >= 32 * memory.thin and hardware.answers_at_once(memory, t4) >= 64
        assert 0.5 < hardware.minutes(model, memory, t4) <= 10


def test_a_batch_of_answers_is_the_samplers(hardware):
    assert hardware.rows(128, 8, 512) == 512 and hardware.steps(128, 8, 512) == 2 * 320
    assert hardware.rows(256, 1, 512) == 128, "128 prompts are read at once at most"
    assert hardware.rows(16, 16, 512) == 256 and hardware.rows(128, 8, 4) == 8, "one prompt at least"


def test_measured_weights_are_the_shape_s(hardware):
    rows = hardware.on_cards()
    assert {row["model"] for row in rows} == set(hardware.SHAPES)
    assert all(row["weights_bytes"] == hardware.shape(row["model"]).get_memory_footprint() for row in rows)
