"""Open notebooks in an empty folder, run every cell, and say what the first one's installation replaced of the image.

usage: python notebooks/colab/opened.py IMAGE.txt FOLDER NOTEBOOKS [NAME...]

Exit code 1 where a cell failed or a package was replaced that the course must leave alone.
"""

from __future__ import annotations

import os
import sys
import time
from importlib.metadata import version
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

LEFT = (
    "torch",
    "numpy",
    "ipywidgets",
    "ipykernel",
    "ipython",
)  # loaded by the kernel already, or too large to fetch again
NOWHERE, SOMEWHERE = 'REPOSITORY = ""', 'REPOSITORY = "owner/course"'


def opened(path: Path, folder: Path) -> bool:
    """Run one notebook with little work (COURSE_FAST); what a cell raised is said."""
    book, began = nbformat.read(path, as_version=4), time.monotonic()
    for cell in book.cells:
        cell.source = cell.source.replace(NOWHERE, SOMEWHERE)
    try:
        NotebookClient(book, timeout=600, resources={"metadata": {"path": str(folder)}}).execute()
    except CellExecutionError as error:
        print(f"{path.name}: FAILED\n{error}", flush=True)
        return False
    print(f"{path.name}: every cell ran, {time.monotonic() - began:.0f} s", flush=True)
    return True


def replaced(image: Path) -> dict[str, tuple[str, str]]:
    """Package → the image's version and the one that is here now, where they differ."""
    lines = [line.split("==") for line in image.read_text(encoding="utf-8").splitlines() if "==" in line]
    now = {name: version(name).split("+")[0] for name, _ in lines}  # a build's name, as in 2.11.0+cu130, is no version
    return {name: (was, now[name]) for name, was in lines if now[name] != was}


def main(image: str, folder: str, notebooks: str, *names: str) -> int:
    os.environ.update(COURSE_FAST="1", COURSE_RUNS=f"{folder}/runs", HF_HUB_OFFLINE="1")
    paths = [Path(notebooks, f"{name}.ipynb") for name in names] or sorted(Path(notebooks).glob("*.ipynb"))
    ran = [opened(path, Path(folder)) for path in paths]
    changed = replaced(Path(image))
    told = "; ".join(f"{name} {was} → {now}" for name, (was, now) in changed.items())
    print(f"{sum(ran)} of {len(ran)} notebooks ran; replaced of the image: {told or 'nothing'}")
    return 0 if all(ran) and not set(LEFT) & set(changed) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
