"""`make stamp` writes one address into every notebook, changes nothing else, and Colab then installs from there."""

import ast
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
import types
from pathlib import Path

import nbformat
import pytest
from IPython.core.error import UsageError
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "notebooks"))  # stamp.py imports build.py, which stands beside it
spec = importlib.util.spec_from_file_location("notebooks_stamp", ROOT / "notebooks/stamp.py")
stamp = importlib.util.module_from_spec(spec)
spec.loader.exec_module(stamp)

SOURCES = sorted((ROOT / "notebooks/src").glob("[0-9][0-9]*_*.py"))
PYPROJECT = """[project]
repository = "no"

[tool.course]
# one line
repository = ""

[tool.ruff]
line-length = 1
"""
OLD = """# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # {title}
#
# **The claim: it holds.** A # in a line, and a \\1.

# %%
# On Colab this installs the course.
import importlib.util

if importlib.util.find_spec("course_lib") is None:
    raise SystemExit

# %%
1 + 1

# %% [markdown]
# # %% is said here, not meant

# %%
"# %%"
"""


@pytest.fixture
def tree(tmp_path):
    """A checkout of two notebooks, built with outputs, before any stamp."""
    (tmp_path / "notebooks/src").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    for name in ("00_one", "09d_two"):
        source = tmp_path / "notebooks/src" / f"{name}.py"
        source.write_text(OLD.format(title=name), encoding="utf-8")
        book = stamp.convert(source)
        for i, cell in enumerate(c for c in book.cells if c.cell_type == "code"):
            cell.execution_count = i + 1
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=f"{name} {i}")] if i else []
        stamp.save(book, tmp_path / "notebooks" / f"{name}.ipynb")
    return tmp_path


def everything(tree):
    return {str(p.relative_to(tree)): p.read_bytes() for p in tree.rglob("*.*") if p.is_file()}


def code(book):
    return [c for c in book.cells if c.cell_type == "code"]


# ---- this checkout


def test_every_source_has_the_one_first_cell_and_links_of_the_repository_in_pyproject():
    repository = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["course"]["repository"]
    stamp.check(repository)
    for source in SOURCES:
        text = source.read_text(encoding="utf-8")
        assert stamp.stamped(text, source.stem, repository) == text, f"{source.name}: make stamp REPO={repository}"


# ---- stamping


def test_a_stamp_asks_for_no_new_install(tree):
    settings = tree / "pyproject.toml"
    before = settings.stat().st_mtime_ns
    stamp.stamp(tree, "owner/name")
    assert 'repository = "owner/name"' in settings.read_text(encoding="utf-8")
    assert settings.stat().st_mtime_ns == before, "make would install again"


def test_a_stamp_writes_the_address_where_it_belongs_and_keeps_outputs(tree):
    before = everything(tree)
    stamp.stamp(tree, "some-one/a.course")
    assert tomllib.loads((tree / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["course"] == {
        "repository": "some-one/a.course"
    }
    for name in ("00_one", "09d_two"):
        book = nbformat.read(tree / f"notebooks/{name}.ipynb", 4)
        title, links, claim, *_ = book.cells[0].source.split("\n\n")
        assert title == f"# {name}" and claim == r"**The claim: it holds.** A # in a line, and a \1."
        assert links == (
            f"[Open in Colab](https://colab.research.google.com/github/some-one/a.course/blob/main/notebooks/{name}.ipynb) or "
            f"[on Binder](https://mybinder.org/v2/gh/some-one/a.course/main?labpath=notebooks%2F{name}.ipynb)"
        )
        assert "![" not in links, "a picture would need a network"
        assert code(book)[0].source == stamp.CELL.format(repository="some-one/a.course").rstrip()
        assert [c.outputs[0].text if c.outputs else "" for c in code(book)] == ["", f"{name} 1", f"{name} 2"]
        assert [c.execution_count for c in code(book)] == [1, 2, 3]
        wanted = stamp.convert(tree / f"notebooks/src/{name}.py")
        assert [(c.id, c.source) for c in book.cells] == [(c.id, c.source) for c in wanted.cells]
        old = nbformat.reads(before[f"notebooks/{name}.ipynb"].decode(), 4)
        assert [c for i, c in enumerate(book.cells) if i > 1] == [c for i, c in enumerate(old.cells) if i > 1]


def test_a_stamp_again_changes_nothing_another_replaces_it_and_none_takes_it_out(tree):
    stamp.stamp(tree, "")
    plain = everything(tree)
    stamp.stamp(tree, "some-one/a.course")
    first = everything(tree)
    stamp.stamp(tree, "some-one/a.course")
    assert everything(tree) == first != plain
    stamp.stamp(tree, "other/place")
    other = everything(tree)
    assert not [name for name, text in other.items() if b"a.course" in text] and other.keys() == first.keys()
    stamp.stamp(tree, "")
    assert everything(tree) == plain
    assert not [name for name, text in plain.items() if b"Open in Colab" in text]


NO_REPOSITORIES = ["course", "a/b/c", "https://github.com/a/b", "a/b.git", "-a/b", "a-/b", "a--b/c", "a/..", "/b", "a/"]


@pytest.mark.parametrize("repository", [*NO_REPOSITORIES, "a b/c", 'a/b"', "a/b\n", "é/b"])
def test_what_is_no_repository_is_refused_and_nothing_is_written(tree, repository):
    before = everything(tree)
    with pytest.raises(SystemExit, match="give owner/name"):
        stamp.stamp(tree, repository)
    assert everything(tree) == before


def test_a_notebook_older_than_its_source_is_named_and_left(tree, capsys):
    source = tree / "notebooks/src/00_one.py"
    source.write_text(source.read_text(encoding="utf-8").replace("1 + 1", "1 + 2"), encoding="utf-8")
    before = everything(tree)
    stamp.stamp(tree, "a/b")
    assert "00_one.ipynb is older than its source, and was left: make notebooks builds it" in capsys.readouterr().out
    after = everything(tree)
    assert after["notebooks/00_one.ipynb"] == before["notebooks/00_one.ipynb"]
    assert after["notebooks/09d_two.ipynb"] != before["notebooks/09d_two.ipynb"]


def test_a_source_that_opens_otherwise_stops_the_stamp_before_it_writes(tree):
    source = tree / "notebooks/src/09d_two.py"
    source.write_text(source.read_text(encoding="utf-8").replace("find_spec", "find"), encoding="utf-8")
    before = everything(tree)
    with pytest.raises(SystemExit, match="09d_two.py: its first cell must be a title"):
        stamp.stamp(tree, "a/b")
    assert everything(tree) == before
    (tree / "pyproject.toml").write_text("[tool.ruff]\n", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"no section \[tool.course\]"):
        stamp.stamp(tree, "a/b")


# ---- the first cell


def run_cell(monkeypatch, repository, installed, keep=False):
    """Run the cell as a notebook would. Returns the commands it started."""
    started = []
    text = stamp.CELL.format(repository=repository)
    monkeypatch.setattr(subprocess, "run", lambda command, check: started.append(command))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: "there" if installed else None)
    exec(text.replace("KEEP = False", f"KEEP = {keep}"), {})
    return started


def test_where_the_course_is_installed_nothing_happens(monkeypatch, capsys):
    assert run_cell(monkeypatch, "a/b", installed=True) == []
    assert run_cell(monkeypatch, "", installed=True) == [] and capsys.readouterr().out == ""


def test_before_a_stamp_one_sentence_says_what_to_do_and_nothing_is_installed(monkeypatch):
    with pytest.raises(UsageError) as error:  # IPython shows its sentence alone, and the cells after it do not run
        run_cell(monkeypatch, "", installed=False)
    assert "make lab" in str(error.value) and "make stamp REPO=owner/name" in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_after_a_stamp_pip_installs_the_course_and_leaves_colabs_torch_and_widgets(monkeypatch):
    command, removed = run_cell(monkeypatch, "some-one/a.course", installed=False)
    assert removed[1:] == ["-m", "pip", "uninstall", "-q", "-y", "torchao"], "PEFT refuses Colab's"
    assert command[:5] == [sys.executable, "-m", "pip", "install", "-q"]
    (asked,) = map(Requirement, command[5:])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (
        asked.name == project["name"] and asked.url == "git+https://github.com/some-one/a.course" and not asked.extras
    )
    needs = {r.name: r.specifier for r in map(Requirement, project["dependencies"])}
    assert needs["torch"].contains("2.11.0+cu128"), "what Colab brings would be replaced"
    assert "ipywidgets" not in needs and "jupyterlab" not in needs


def test_the_cell_is_python_3_11_and_its_promise_is_kept_to_the_letter():
    ast.parse(stamp.CELL.format(repository="a/b"), feature_version=(3, 11))
    assert not re.search(r"--upgrade|-U\b|--force|torch==", stamp.CELL)


def colab(monkeypatch, mount):
    """A stand-in for what Colab has."""
    drive = types.SimpleNamespace(mount=mount)
    monkeypatch.setitem(sys.modules, "google", types.ModuleType("google"))
    module = types.ModuleType("google.colab")
    module.drive = drive
    monkeypatch.setitem(sys.modules, "google.colab", module)


def test_runs_are_kept_on_drive_when_the_reader_asks(monkeypatch, capsys):
    mounted = []
    monkeypatch.setenv("COURSE_RUNS", "runs")
    colab(monkeypatch, mounted.append)
    run_cell(monkeypatch, "a/b", installed=True)
    assert mounted == [] and os.environ["COURSE_RUNS"] == "runs"
    run_cell(monkeypatch, "a/b", installed=True, keep=True)
    assert mounted == ["/content/drive"]
    assert os.environ["COURSE_RUNS"] == "/content/drive/MyDrive/self-improvement-course/runs"
    assert "Runs are kept in /content/drive/MyDrive" in capsys.readouterr().out


def test_without_drive_runs_stay_where_they_are_and_a_sentence_says_so(monkeypatch, capsys):
    def declined(where):
        raise ValueError("mount failed")

    monkeypatch.setenv("COURSE_RUNS", "runs")
    run_cell(monkeypatch, "a/b", installed=True, keep=True)
    assert "KEEP is for Colab" in capsys.readouterr().out
    colab(monkeypatch, declined)
    run_cell(monkeypatch, "a/b", installed=True, keep=True)
    assert "Google Drive was not mounted (mount failed)" in capsys.readouterr().out
    assert os.environ["COURSE_RUNS"] == "runs"
