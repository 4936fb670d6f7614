"""Kill runs of STaR at random moments and resume them, from one process that has imported everything but run nothing.

usage: kill_run.py FOLDER KILLS      prints a JSON report as its last line
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from course_lib import measure, record, train  # noqa: F401  imported once, before any fork
from course_lib.cli import main as cli
from course_lib.run import experiment  # noqa: F401  imported once, before any fork
from course_lib.sampling import decode  # noqa: F401  imported once, before any fork

SETTINGS = ["--problems", "12", "--k", "4", "--held-out", "8", "--rounds", "2", "--levels", "2", "3", "--json"]
TIMES = ("seconds", "peak_memory_mb")


def child(arguments: list[str]) -> int:
    """Fork a process that runs the command line; returns its pid."""
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        os._exit(cli.main(arguments))
    return pid


def finish(arguments: list[str]) -> float:
    began = time.monotonic()
    _, status = os.waitpid(child(arguments), 0)
    assert os.waitstatus_to_exitcode(status) == 0, f"{arguments} exited with {os.waitstatus_to_exitcode(status)}"
    return time.monotonic() - began


def killed(arguments: list[str], after: float) -> bool:
    """True when the run was killed, False when it ended first."""
    pid = child(arguments)
    time.sleep(after)
    ended, status = os.waitpid(pid, os.WNOHANG)
    if ended:
        assert os.waitstatus_to_exitcode(status) == 0
        return False
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return True


def numbers(folder: Path):
    """A result without its times."""

    def strip(x):
        if isinstance(x, dict):
            return {k: strip(v) for k, v in x.items() if k not in TIMES}
        return [strip(v) for v in x] if isinstance(x, list) else x

    return strip(json.loads((folder / "result.json").read_text()))


def last_phase(folder: Path) -> str:
    """The newest file of the run at the moment of the kill."""
    files = [p for p in folder.rglob("*") if p.is_file()]
    return str(max(files, key=lambda p: p.stat().st_mtime_ns).relative_to(folder)) if files else "nothing"


def main(root: Path, wanted: int) -> None:
    import transformers  # noqa: F401
    import trl  # noqa: F401
    from trl import SFTTrainer  # noqa: F401

    rng = random.Random()  # random moments, another set each time
    length = finish(["star", *SETTINGS, "--out", str(root / "whole")])
    whole, kills, runs, same, phases = numbers(root / "whole"), 0, 0, True, []
    while kills < wanted or runs < 2:
        folder, runs = root / f"run{runs}", runs + 1
        while not (folder / "result.json").exists():
            begun = (folder / "run.json.sha256").exists()
            arguments = (
                ["star", "--json", "--resume", str(folder)] if begun else ["star", *SETTINGS, "--out", str(folder)]
            )
            if not begun and folder.exists():
                for path in folder.iterdir():
                    path.unlink()
            if killed(arguments, rng.uniform(0.02, 0.35) * length):
                kills += 1
                phases.append(last_phase(folder) if folder.exists() else "nothing")
        same &= numbers(folder) == whole
    print(json.dumps({"kills": kills, "runs": runs, "same": same, "whole_seconds": length, "phases_at_kill": phases}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
