#!/usr/bin/env bash
# Build Binder's environment in a fresh virtual environment, then run a notebook in it, which may take 1.8 GB: Binder gives 2, and
# JupyterLab itself takes 0.15. Linux; minutes, and 2 GB of disk while it runs.
# usage: binder/check.sh [NOTEBOOK]     (default: 00_the_loop)
# TORCH=pip: torch comes by pip as it is set up here, for a machine that can't reach PyTorch's index. PYTHON: the interpreter.
set -euo pipefail
cd "$(dirname "$0")/.."
notebook="notebooks/${1:-00_the_loop}.ipynb"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3.11}" -m venv "$folder/env"
export PATH="$folder/env/bin:$PATH"
pip install -q -c constraints.txt jupyterlab ipywidgets  # what Binder's image brings
pip install -q -r binder/requirements.txt
[ "${TORCH:-}" != pip ] || pip install -q -c constraints.txt torch
binder/postBuild
python -c "import torch; assert torch.version.cuda is None, 'this is a CUDA build of torch'"
du -sh "$folder/env" | cut -f1
COURSE_FAST=1 COURSE_RUNS="$folder/runs" binder/start python binder/watched.py 1800 jupyter execute "$notebook"
