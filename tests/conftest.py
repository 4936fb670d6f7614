"""Fixtures: the shipped pocket model, and a random tiny Qwen2 in a local folder with a tokenizer and template of its own."""

import json
import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import pytest
from qwen import make_qwen


@pytest.fixture(scope="session")
def qwen_folder(tmp_path_factory):
    return make_qwen(tmp_path_factory.mktemp("qwen"))


@pytest.fixture(scope="session")
def qwen(qwen_folder):
    from course_lib.policy import load

    return load(str(qwen_folder), device="cpu")


@pytest.fixture(scope="session")
def pocket():
    from course_lib.policy import load

    return load("pocket", device="cpu")


@pytest.fixture
def gsm_file(tmp_path):
    """A local file of GSM8K's columns."""
    rows = [
        {"question": f"Ann has {i} pens and buys 2. How many?", "answer": f"{i}+2={i + 2}\n#### {i + 2}"}
        for i in range(3, 18)
    ]
    path = tmp_path / "gsm.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    return path
