"""Run a command, and end it when it and its children together take more memory than they may.

usage: python binder/watched.py MEGABYTES COMMAND...

Shared pages count once (PSS). Exit code: the command's own, or 137 where it was ended.
"""

from __future__ import annotations

import sys
import time

import psutil


def megabytes(root: psutil.Process) -> float:
    """What a process and its descendants take together."""
    total = 0
    for process in [root, *root.children(recursive=True)]:
        try:
            total += process.memory_full_info().pss
        except psutil.Error:  # it ended meanwhile
            continue
    return total / 1e6


def main(limit: str, *command: str) -> int:
    began, peak = time.monotonic(), 0.0
    root = psutil.Popen(command)
    while root.poll() is None and peak <= float(limit):
        peak = max(peak, megabytes(root))
        time.sleep(0.2)
    over = root.poll() is None
    for process in [*root.children(recursive=True), root] if over else []:
        process.kill()
    code = 137 if over else root.returncode
    print(f"{' '.join(command)}: exit code {code}, {time.monotonic() - began:.0f} s, at most {peak:,.0f} MB of {limit}")
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
