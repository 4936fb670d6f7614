# `make` lists the targets. PYTHON picks the interpreter the environment is made with (3.11 to 3.13).
PYTHON ?= python3
BIN := .venv/bin
export HF_HUB_DISABLE_TELEMETRY := 1

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/run.ok  ## install, run STaR on the pocket model with its control, save the figure
	$(BIN)/course star

test: .venv/dev.ok  ## install, run every test
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2

lab: .venv/dev.ok  ## open the course in JupyterLab
	$(BIN)/jupyter lab notebooks

bench: .venv/dev.ok  ## measure speed and memory beside what people use today
	$(BIN)/python benchmarks/bench.py

claims: .venv/run.ok  ## run the experiments of all claims over five seeds, into data/claims.json, the README and docs/claims.md
	$(BIN)/python -m course_lib.claims.run

release: .venv/dev.ok  ## student versions of the notebooks, into build/release; REPO=owner/name of the class for Colab's links
	$(BIN)/python notebooks/release.py $(REPO)

notebooks: .venv/dev.ok  ## build the notebooks from their sources, with outputs
	$(BIN)/python notebooks/build.py

stamp: .venv/dev.ok  ## write where the course is published into its notebooks: make stamp REPO=owner/name
	@test "$(origin REPO)" != undefined || { echo "say where: make stamp REPO=owner/name, or REPO= to take it out"; exit 2; }
	$(BIN)/python notebooks/stamp.py "$(REPO)"

seeds: .venv/run.ok  ## STaR and its control over seeds 0 to 9, into data/runs/star_seeds.json
	$(BIN)/python benchmarks/star_seeds.py

pocket: .venv/run.ok  ## raise the pocket model again from nothing, then measure it and write its card
	$(BIN)/python -m course_lib.pocket.raising
	$(BIN)/python -m course_lib.pocket.apprentice
	$(BIN)/python -m course_lib.pocket.skills
	$(BIN)/python -m course_lib.pocket.card

skills: .venv/run.ok  ## measure the pocket model's skills again and write its card
	$(BIN)/python -m course_lib.pocket.skills
	$(BIN)/python -m course_lib.pocket.card

lint: .venv/dev.ok  ## format and lint
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

.venv/run.ok: pyproject.toml constraints.txt
	test -d .venv || $(PYTHON) -m venv .venv
	$(BIN)/pip install -q -c constraints.txt torch
	$(BIN)/pip install -q -c constraints.txt -e .
	touch $@

.venv/dev.ok: .venv/run.ok
	$(BIN)/pip install -q -c constraints.txt -e ".[dev]"
	touch $@

.PHONY: help run test lab bench claims release notebooks stamp seeds pocket skills lint
