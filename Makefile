# Every target makes its own environment, and installs what it needs; nothing else than Python ≥ 3.11, git and make.
PYTHON  ?= python3
BIN     := .venv/bin
INSTALL  = $(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt
PYTEST   = pytest --numprocesses logical
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: demo ui test test-fast test-all coverage check bench faults clean

demo: .venv/.demo         ## run the study in params.yaml and say where its report is
	dvc --wait-for-lock repro
	heredity show

ui: .venv/.ui             ## start a Prefect server on this machine, its deployments and a worker
	heredity serve

check: .venv/.dev         ## lint, format, spelling, types
	ruff check .
	ruff format --check .
	codespell
	mypy

test test-fast test-all coverage: export OMP_NUM_THREADS = 1

test: .venv/.dev          ## every promise once (under 6 minutes on two cores)
	$(PYTEST) -m "not slow"

test-fast: .venv/.dev     ## without what trains, compiles or starts programs
	$(PYTEST) -m "not slow and not study" --ignore tests/orchestration

test-all: .venv/.nightly  ## everything: kills, wheels, browser, Ray, Dask, simulations
	$(PYTEST)

coverage: .venv/.dev      ## which lines `make test` reaches; fails below the floor in pyproject.toml
	$(PYTEST) -m "not slow" --cov --cov-report term:skip-covered

bench: .venv/.bench       ## measure speed beside other systems, on twins and, where one is, on a GPU (about 20 minutes); writes docs/performance.md
	python -m benchmarks.engines --write docs/performance.md
	python -m benchmarks.twin_speed --write docs/performance.md
	python -m benchmarks.devices --write docs/performance.md
	python -m benchmarks.tile_host --write docs/performance.md
	python -m benchmarks.storage --write docs/performance.md

FAULTS = faults inputs lethal lost_workers processes hostile_founders hostile_files limits strangers

faults: .venv/.nightly    ## kill, starve, corrupt and crowd small studies, feed them what is hostile; lost must be 0 (hours)
	for campaign in $(FAULTS); do python -m benchmarks.$$campaign --write docs/reliability.md || exit 1; done

clean:                    ## remove what can be made again; models and lineage stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .coverage* build *.egg-info

.venv/.demo: EXTRAS = cohort,dvc,minigrid,report
.venv/.ui:   EXTRAS = cohort,minigrid,prefect,report,wandb

.venv/.%: EXTRAS = $*
.venv/.%: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(INSTALL) --editable '.[$(EXTRAS)]'
	touch $@
