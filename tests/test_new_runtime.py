"""Colab ends a session without a word. The next is another process in another folder, with another home: only Drive is left."""

import os
import subprocess
import sys
import time
from pathlib import Path

import matplotlib
import pytest
from kill_run import numbers

SCRIPT = Path(__file__).with_name("room_run.py")


def session(root: Path, drive: Path) -> subprocess.Popen:
    """Begin one: what it finds is the course, and Drive."""
    for place in ("home", "content"):
        (root / place).mkdir(parents=True)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("COURSE_", "HF_HOME", "XDG_", "MPL"))}
    own = {"HOME": str(root / "home"), "OMP_NUM_THREADS": "1", "PYTHONPATH": str(SCRIPT.parent.parent)}
    own |= {"MPLCONFIGDIR": matplotlib.get_configdir()}  # its list of fonts, which takes seconds to make
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), str(drive)],
        cwd=root / "content",
        env=kept | own,
        stdout=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen) -> str:
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said
    return said


def killed_in_round_2(process: subprocess.Popen, drive: Path) -> Path:
    """SIGKILL as soon as round 2 has its samples on Drive. Returns the run's folder."""
    while not (found := list(drive.glob("runs/01_star/*/method/02/rollout.jsonl.sha256"))):
        assert process.poll() is None, "it ended before its round 2"
        time.sleep(0.005)
    process.kill()
    process.communicate()
    return found[0].parents[2]


@pytest.mark.slow
def test_a_run_killed_with_its_session_goes_on_in_the_next_from_what_is_on_drive(tmp_path):
    drive, other = tmp_path / "drive", tmp_path / "other"
    folder = killed_in_round_2(session(tmp_path / "one", drive), drive)
    assert not (folder / "method/02/measure.json").exists() and not (folder / "result.json").exists()
    sampled = [folder / f"method/0{round}/rollout.jsonl" for round in (1, 2)]
    written = [path.stat().st_mtime_ns for path in sampled]
    said = ended(session(tmp_path / "two", drive))
    assert f"Runs are kept in {drive / 'runs'}" in said and f"going on with it in {folder}" in said
    assert [path.stat().st_mtime_ns for path in sampled] == written, "what had ended is read"
    ended(session(tmp_path / "whole", other))
    (whole,) = other.glob("runs/01_star/*/result.json")
    assert whole.parent.name == folder.name and numbers(folder) == numbers(whole.parent)
    for name in ("00/measure.json", "01/measure.json", "02/select.jsonl", "02/measure.json"):
        assert (folder / "method" / name).read_bytes() == (whole.parent / "method" / name).read_bytes(), name
    assert not list(tmp_path.glob("*/content/*")), "nothing of it lies elsewhere"
