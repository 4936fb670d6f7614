"""Binder's files agree with the versions that are tested, select the CPU build of torch, and name no index.

That the environment builds and that notebook 00 runs in Binder's 2 GB is binder/check.sh's part: it takes minutes.
"""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
BINDER = ROOT / "binder"
SCRIPTS = ("postBuild", "start", "check.sh")


def lines(path):
    text = path.read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


CONSTRAINTS = {r.name.lower(): r for r in map(Requirement, lines(ROOT / "constraints.txt"))}


def test_the_python_is_the_one_that_the_constraints_were_tested_with():
    (runtime,) = lines(BINDER / "runtime.txt")
    version = runtime.removeprefix("python-")
    assert f"(Python {version})" in (ROOT / "constraints.txt").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert Requirement(f"python{project['requires-python']}").specifier.contains(version)


def test_requirements_are_exact_and_no_other_than_what_is_tested():
    asked = [Requirement(line) for line in lines(BINDER / "requirements.txt")]
    assert asked and all(re.fullmatch(r"==[\d.]+", str(r.specifier)) for r in asked)
    for r in asked:
        assert r.name != "torch", "pip would take the CUDA build"
        assert r.name not in CONSTRAINTS or CONSTRAINTS[r.name].specifier == r.specifier


def test_no_file_names_an_index():
    for path in BINDER.iterdir():
        assert not re.search(r"://|index-url|find-links|\.org\b", path.read_text(encoding="utf-8")), path.name


@pytest.fixture
def calls(tmp_path):
    """Run postBuild with stand-ins for what it calls. Returns the calls, each a list of words."""
    for name in ("uv", "python"):
        (tmp_path / name).write_text(f'#!/bin/sh\necho {name} "$@" >> {tmp_path}/calls\n', encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    subprocess.run([BINDER / "postBuild"], cwd=ROOT, env=os.environ | {"PATH": path}, check=True)
    return [line.split() for line in (tmp_path / "calls").read_text(encoding="utf-8").splitlines()]


def test_post_build_installs_torch_for_the_cpu_before_the_course_and_both_as_tested(calls, tmp_path):
    torch, course, fonts = calls
    assert torch[0] == "uv" and torch[-1] == "torch" and "--torch-backend cpu" in " ".join(torch)
    assert f"--python {tmp_path}/python" in " ".join(torch), "uv would look for a virtual environment"
    assert course[:4] == ["python", "-m", "pip", "install"] and course[-2:] == ["-e", "."]
    assert all("-c constraints.txt" in " ".join(call) for call in (torch, course))
    assert str(CONSTRAINTS["torch"].specifier).startswith("==")
    assert "matplotlib.font_manager" in " ".join(fonts)


def test_binder_s_own_jupyter_stays():
    """The course itself asks for no part of Jupyter, so the constraints replace none of Binder's."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert not [d for d in project["dependencies"] if re.match(r"jupyter|ipywidgets|ipykernel|notebook", d)]


def test_start_sets_one_thread_and_hands_over_with_every_word_as_it_was():
    said = subprocess.run(
        [BINDER / "start", "sh", "-c", 'echo "$OMP_NUM_THREADS|$1"; exit 3', "sh", "two words"],
        env={k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}, capture_output=True, text=True,
    )  # fmt: skip
    assert said.stdout == "1|two words\n" and said.returncode == 3


def test_the_scripts_can_be_run():
    for name in SCRIPTS:
        assert os.access(BINDER / name, os.X_OK), f"git update-index --chmod=+x binder/{name}"
        subprocess.run(["bash", "-n", BINDER / name], check=True)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="shared pages are counted as Linux tells them")
@pytest.mark.parametrize(("limit", "code"), [("60", 137), ("900", 3)])
def test_the_check_ends_what_takes_more_memory_than_it_may(limit, code):
    """The memory is a child's: Jupyter's kernels are children too."""
    holds = "x = b'x' * 150_000_000; import time; time.sleep(1); raise SystemExit(3)"
    command = [
        sys.executable,
        "-c",
        f"import subprocess, sys; sys.exit(subprocess.run([sys.executable, '-c', {holds!r}]).returncode)",
    ]
    done = subprocess.run([sys.executable, BINDER / "watched.py", limit, *command], capture_output=True, text=True)
    assert done.returncode == code and f"of {limit}" in done.stdout, done.stdout + done.stderr
