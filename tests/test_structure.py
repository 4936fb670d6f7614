"""The tree is the architecture: a file imports only what stands above it, and importing is light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "course_lib"
ORDER = [
    "types", "errors", "plural",
    "progress", "quiet", "memory", "pulse", "ranks", "colab", "answers", "asks", "wording", "statistics",
    "small_samples", "tasks", "copies", "policy", "precision", "loading", "sampling", "rollout",
    "score", "loopholes", "judge", "revise", "select", "votes", "episodic", "reflect", "critics", "workflow", "branches",
    "reward", "footprint", "step_reward", "measure", "agreement", "train", "variety", "taste", "margin", "conduct",
    "constitution", "confine", "sandbox", "skill_library", "tampering", "best_of_n", "gao", "drift", "loop", "sealed", "record",
    "methods", "run", "cost", "evidence", "signs", "watch", "pocket", "recordings", "pools", "claims", "show", "check",
    "controls", "lesson", "grading", "cli", "__main__",
]  # fmt: skip
INSIDE = {  # packages whose parts stand in an order of their own
    "sampling": ["roomy_cache", "cuda_graph", "decode", "vllm_check", "vllm_engine"],
    "run": ["lead", "fingerprint", "settings", "experiment", "log", "words"],
    "cli": ["doctor", "dashboard", "export_card", "export", "run_arguments", "run_command", "main"],
    "grading": [
        "values",
        "names",
        "scene",
        "causes",
        "desk",
        "room",
        "book",
        "cells",
        "keys",
        "there",
        "judge",
        "sheet",
        "totals",
        "command",
        "__init__",
    ],
    "tasks": [
        "stories",
        "market",
        "chat",
        "house_rules",
        "toolbox",
        "workbench",
        "passages",
        "columns",
        "hub",
        "people",
        "red_team",
    ],
    "methods": [
        "control",
        "rft",
        "star",
        "rest",
        "self_rewarding",
        "spin",
        "cai",
        "grpo",
        "ttrl",
        "reflexion",
        "self_refine",
        "distil",
        "generations",
        "aflow",
        "voyager",
        "__init__",
    ],
    "pocket": [
        "authors",
        "teacher",
        "graders",
        "town",
        "corpus",
        "tokenizer",
        "rows",
        "raising",
        "judging",
        "humans",
        "apprentice",
        "skills",
        "card",
    ],
    "train": [
        "attention",
        "batches",
        "fitting",
        "trainers",
        "supervised",
        "preference",
        "reward_model",
        "step_reward",
        "answer_rows",
        "policy_loss",
        "policy_gradient",
        "grpo_trainer",
        "__init__",
    ],
    "claims": [
        "scale",
        "verdict",
        "lab",
        "learned",
        "loop",
        "star",
        "rft",
        "rest",
        "self_rewarding",
        "spin",
        "cai",
        "reflexion",
        "ttrl",
        "hacking",
        "tampering",
        "collapse",
        "kinds",
        "genuine",
        "stagnation",
        "overoptimisation",
        "process",
        "kl_penalty",
        "agents",
        "table",
        "run",
    ],
    "show": [
        "style",
        "png",
        "picture",
        "page",
        "steps",
        "decisions",
        "answer_table",
        "beside_table",
        "pair_table",
        "pushed_table",
        "lineage_view",
        "plots",
        "figure",
        "claim_picture",
        "also_table",
        "rates_picture",
        "noise_picture",
        "hint_picture",
        "paths_picture",
        "threshold_picture",
        "conduct_picture",
        "passage_table",
        "transcript_table",
        "attempts_picture",
        "memory_table",
        "cost_table",
        "refine_picture",
        "rounds_picture",
        "remedies_picture",
        "signs_picture",
        "exam_picture",
        "workflow_picture",
        "skill_table",
        "parted_picture",
        "drift_picture",
        "tail_picture",
        "overoptimisation_picture",
        "game_picture",
        "judge_picture",
        "rules_picture",
        "loop_picture",
        "live_figure",
        "code",
        "spelling",
        "methods_diff",
        "table",
        "__init__",
    ],
    "controls": ["pictures", "widgets", "sliders", "work", "bars", "choices", "panels", "runs", "__init__"],
    "lesson": [
        "budget",
        "school",
        "predictions",
        "gauges",
        "draws",
        "costs",
        "runs",
        "room",
        "diets",
        "ways",
        "unlabelled",
        "asked",
        "agents",
        "opening",
        "__init__",
    ],
    "check": [
        "page",
        "verdict",
        "guard",
        "endless",
        "exercise",
        "made",
        "kept",
        "exam",
        "budget",
        "grades",
        "loop",
        "star",
        "rft",
        "rest",
        "preferred",
        "cai",
        "opponent",
        "spin",
        "paired",
        "readings",
        "self_rewarding",
        "settled",
        "reflexion",
        "advantage_slips",
        "advantages",
        "ballots",
        "kl_slips",
        "kl_sign",
        "ttrl",
        "closed",
        "loopholes",
        "trajectories",
        "tampering",
        "tail",
        "collapse",
        "ensemble",
        "overoptimisation",
        "gain_slips",
        "spot_check",
        "genuine",
        "standstill",
        "standstill_slips",
        "level_slips",
        "next_level",
        "stagnation",
        "mixtures",
        "proofs",
        "agents",
        "quiz",
        "__init__",
    ],
}


def parts(path):
    return path.relative_to(PACKAGE).with_suffix("").parts


def place(names):
    """Where a module stands: (file, place inside its package)."""
    inside = INSIDE.get(names[0], [])
    return ORDER.index(names[0]), inside.index(names[1]) if len(names) > 1 and names[1] in inside else -1


def imports(path):
    """The course_lib modules a file imports anywhere, as tuples of names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("course_lib"):
            base = tuple(node.module.split(".")[1:])
            for name in node.names:
                both = (*base, name.name)
                is_module = (PACKAGE / Path(*both)).with_suffix(".py").exists() or (PACKAGE / Path(*both)).is_dir()
                yield both if is_module else base


FILES = [p for p in PACKAGE.rglob("*.py") if parts(p) != ("__init__",)]


@pytest.mark.parametrize("path", FILES, ids=lambda p: "/".join(parts(p)))
def test_a_file_imports_only_files_above_it(path):
    own = parts(path)
    for other in imports(path):
        if own[-1] == "__init__" and other[0] == own[0]:
            continue
        assert place(other) < place(own), f"{'.'.join(own)} imports {'.'.join(other)}, which stands below it"


def test_only_show_imports_matplotlib_and_only_train_imports_trl():
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        assert "matplotlib" not in text or parts(path)[0] == "show" or path.name == "doctor.py", path
        assert ("import trl" not in text and "from trl" not in text) or parts(path)[0] == "train", path


def test_importing_the_package_is_light():
    heavy = ["torch", "transformers", "trl", "peft", "datasets", "matplotlib", "numpy", "ipywidgets"]
    code = f"import course_lib, course_lib.types, course_lib.cli.main, sys; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_no_pickle_and_no_remote_code():
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        assert "pickle" not in text and "torch.load(" not in text and "trust_remote_code" not in text, path
