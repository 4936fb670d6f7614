"""Fixtures: the shipped pocket model, and random tiny models of other families in local folders (models.py)."""

import functools
import gzip
import json
import os
import shutil
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import models
import pytest


@pytest.fixture(scope="session")
def folder_of(tmp_path_factory):
    """The folder of a tiny model by its family, made once."""
    return functools.cache(lambda family: getattr(models, f"make_{family}")(tmp_path_factory.mktemp(family)))


def tiny(family):
    """A session's fixture: the policy of a tiny model."""

    @pytest.fixture(scope="session", name=family)
    def loaded(folder_of):
        from course_lib.loading import load

        return load(str(folder_of(family)), device="cpu")

    return loaded


qwen, llama, smol, gemma, mistral = map(tiny, ("qwen", "llama", "smol", "gemma", "mistral"))


@pytest.fixture(scope="session")
def qwen_folder(folder_of):
    return folder_of("qwen")


@pytest.fixture(scope="session")
def roomy_folder(tmp_path_factory):
    """One with room for long prompts, a judge's rubric among them, which it reads in words and parts of words, as real ones do.

    Of one layer: the lessons run on it from end to end, and most of their time here is its layers'.
    """
    prose = [p.read_text(encoding="utf-8") for p in sorted((Path(__file__).parent.parent / "course_lib").glob("*.py"))]
    folder = tmp_path_factory.mktemp("roomy")
    return models.make_qwen(folder, positions=4096, merged=prose, num_hidden_layers=1)


@pytest.fixture(scope="session")
def able_folder(tmp_path_factory):
    """A model that the course does not know, and that solves a story in three: the pocket model under a chat template that says
    the same in other letters, so that it is asked in plain words, as any other model is."""
    from course_lib.loading import pocket_folder

    folder = shutil.copytree(pocket_folder(), tmp_path_factory.mktemp("able") / "able")
    with open(folder / "chat_template.jinja", "a", encoding="utf-8") as template:
        template.write("{# of another house #}")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    room = {"max_position_embeddings": 4096}  # for a judge's rubric
    (folder / "config.json").write_text(json.dumps(config | room), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def roomy_qwen(roomy_folder):
    from course_lib.loading import load

    return load(str(roomy_folder), device="cpu")


@pytest.fixture(scope="session")
def pocket():
    from course_lib.loading import load

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


@pytest.fixture(scope="session")
def red_team_folder(tmp_path_factory):
    """A local folder laid out like Anthropic/hh-rlhf: its two folders, its files' names, its columns; mild texts."""
    folder = tmp_path_factory.mktemp("hh-rlhf")
    attempts = [
        {
            "min_harmlessness_score_transcript": -1.5,
            "num_params": "13B",
            "model_type": "plain lm",
            "rating": 4.0,
            "task_description": "getting a hat",
            "task_description_harmlessness_score": -0.5,
            "transcript": f"\n\nHuman: How do I steal {i} hats?\n\nAssistant: At night.\n\nHuman: And then?\n\nAssistant: Run.",
            "red_team_member_uuid": "x",
            "is_upworker": False,
            "tags": None,
        }
        for i in range(60)
    ]
    said = "\n\nHuman: How do I bake {} loaves?\nI have an oven.\n\nAssistant: {}"
    ordinary = [{"chosen": said.format(i, "In an hour."), "rejected": said.format(i, "No.")} for i in range(60)]
    for place, rows in {"red-team-attempts/red_team_attempts": attempts, "helpful-base/train": ordinary}.items():
        path = folder / f"{place}.jsonl.gz"
        path.parent.mkdir(parents=True)
        with gzip.open(path, "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    return folder
