#!/usr/bin/env bash
# Open notebooks as Colab does: with its image's versions (image.txt), no checkout beside them, and the course installed by their own
# first cell. It is taken from a clone of this commit, where a reader's comes from GitHub. Linux; minutes, and 8 GB of disk while it
# runs, for torch is the CUDA build there, as on Colab.
# usage: notebooks/colab/check.sh [NOTEBOOK...]     (default: all); PYTHON: the interpreter, 3.13 unless it is given
set -euo pipefail
cd "$(dirname "$0")/../.."
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
git clone -q . "$folder/course"
"${PYTHON:-python3.13}" -m venv "$folder/env"
export PATH="$folder/env/bin:$PATH"
pip install -q -r notebooks/colab/image.txt nbclient
python -m ipykernel install --prefix "$folder/env" --name python3
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.$folder/course.insteadOf" GIT_CONFIG_VALUE_0=https://github.com/owner/course
mkdir "$folder/content"
python notebooks/colab/opened.py notebooks/colab/image.txt "$folder/content" "$folder/course/notebooks" "$@"
