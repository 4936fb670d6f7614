"""A run survives: SIGKILL at random moments, edited files, two runs in one folder, a full disk."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib import record
from course_lib.errors import CourseError
from course_lib.types import Completion, Example, Group, Method, Problem, Turn

GROUP = Group(
    Problem("a", "How many?", "3", 2, {"start": 1}),
    (Completion("1+2=3\n#### 3", 9, -1.25), Completion("é\u2028\x85", 1, -2.0, False, True)),
    (1.0, 0.0),
)


def method(**slots):
    return Method(
        **{
            "name": "toy",
            "rollout": lambda policy, problems, turn: [GROUP],
            "score": lambda policy, groups, turn: groups,
            "revise": lambda policy, groups, turn: groups,
            "select": lambda groups, turn: [Example("p", "c", 0.5, "a", 2, True)],
            "train": lambda policy, examples, turn: policy,
        }
        | slots
    )


def test_phases_are_written_and_read_back_exactly(tmp_path):
    first = record.recorded(method(), tmp_path)
    assert first.rollout(None, [], Turn(0, 1)) == [GROUP]
    assert first.select([GROUP], Turn(0, 1)) == [Example("p", "c", 0.5, "a", 2, True)]

    def never(*args):
        raise AssertionError("a finished phase ran again")

    again = record.recorded(method(rollout=never, select=never), tmp_path)
    assert again.rollout(None, [], Turn(0, 1)) == [GROUP]
    assert again.select([GROUP], Turn(0, 1)) == [Example("p", "c", 0.5, "a", 2, True)]


def test_a_phase_without_its_seal_is_done_again(tmp_path):
    first = record.recorded(method(), tmp_path)
    first.rollout(None, [], Turn(0, 1))
    path = tmp_path / "01" / "rollout.jsonl"
    record.seal_of(path).unlink()
    path.write_text("half a li", encoding="utf-8")
    assert first.rollout(None, [], Turn(0, 1)) == [GROUP]


@pytest.mark.parametrize("harm", ["cut", "edit", "remove"])
def test_a_changed_file_is_named_and_refused(tmp_path, harm):
    first = record.recorded(method(), tmp_path)
    first.rollout(None, [], Turn(0, 1))
    path = tmp_path / "01" / "rollout.jsonl"
    text = path.read_text(encoding="utf-8")
    if harm == "remove":
        path.unlink()
    else:
        path.write_text(text[:-9] if harm == "cut" else text.replace("1.0", "9.0"), encoding="utf-8")
    with pytest.raises(CourseError, match=r"rollout\.jsonl"):
        first.rollout(None, [], Turn(0, 1))


def test_a_changed_adapter_is_named_and_refused(qwen, tmp_path):
    from course_lib.train import imitate

    recorded = record.recorded(method(train=imitate(epochs=1)), tmp_path)
    examples = [Example("What?", "#### 1")]
    recorded.train(qwen, examples, Turn(0, 1))
    path = tmp_path / "01" / "adapter" / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x07")
    with pytest.raises(CourseError, match=r"adapter_model\.safetensors"):
        recorded.train(qwen, examples, Turn(0, 1))


def test_a_recorded_training_is_the_training(qwen, tmp_path):
    from course_lib.policy import weights_hash
    from course_lib.train import imitate

    recorded = record.recorded(method(train=imitate(epochs=1)), tmp_path)
    examples = [Example("What?", "#### 1")]
    first = recorded.train(qwen, examples, Turn(0, 1))
    assert weights_hash(recorded.train(qwen, examples, Turn(0, 1)).model) == weights_hash(first.model)


def test_two_runs_never_share_a_folder(tmp_path):
    record.start(tmp_path / "run", {"a": 1})
    with pytest.raises(CourseError, match="is there already"):
        record.start(tmp_path / "run", {"a": 1})
    with record.locked(tmp_path / "run"):
        code = "import pathlib, sys\nfrom course_lib import record\nwith record.locked(pathlib.Path(sys.argv[1])): pass"
        other = subprocess.run([sys.executable, "-c", code, str(tmp_path / "run")], capture_output=True, text=True)
        assert other.returncode != 0 and "in use by another run" in other.stderr


def test_a_full_disk_is_said_plainly(tmp_path, monkeypatch):
    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CourseError, match=r"could not be written \(No space left on device\)"):
        record.write(tmp_path / "a.json", "{}")
    assert not (tmp_path / "a.json").exists()


def test_an_unwritable_folder_is_said_plainly(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(CourseError, match="can't be made or written"), record.locked(tmp_path / "file" / "run"):
        pass


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(CourseError, match="holds no run"):
        record.settings_of(tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks to save imports")
def test_a_run_killed_at_random_moments_ends_as_an_unbroken_one(tmp_path):
    """At least twenty SIGKILLs at random moments over several runs of STaR with its control; every result must be the same."""
    script = Path(__file__).with_name("kill_run.py")
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path), "20"],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["same"], "a killed and resumed run ended with other numbers"
    assert len(set(report["phases_at_kill"])) >= 4, "the kills should fall into different phases"
