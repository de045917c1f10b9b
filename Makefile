# Every target makes its own environment; nothing else is needed than Python ≥ 3.11, git and make.
PYTHON ?= python3
BIN    := .venv/bin
READY  := .venv/.ready
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: demo ui test test-orchestration test-stages test-rest check bench faults clean

demo: $(READY)            ## run the study in params.yaml and say where its report is
	dvc --wait-for-lock repro
	@echo "The report is in report/index.html; 'dvc metrics show' and 'dvc plots show' say the same in numbers."

ui: $(READY)              ## start a Prefect server on this machine, its deployments and a worker
	heredity serve

test: $(READY)            ## run the tests: three suites side by side, each with a server or a study of its own
	$(MAKE) --jobs 3 --output-sync test-orchestration test-stages test-rest

test-orchestration test-stages test-rest: export OMP_NUM_THREADS = 1

test-orchestration test-stages: test-%: $(READY)
	pytest tests/$*

test-rest: $(READY)
	pytest --ignore tests/orchestration --ignore tests/stages

check: $(READY)           ## lint, format, types
	ruff check .
	ruff format --check .
	mypy

bench: $(READY)           ## measure speed beside other systems (about 15 minutes) and write docs/performance.md
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[bench]'
	python -m benchmarks.engines --write docs/performance.md

faults: $(READY)          ## kill, starve, corrupt and crowd a small study, feed it damaged files; lost must be 0 (an hour)
	python -m benchmarks.faults --write docs/reliability.md
	python -m benchmarks.inputs --write docs/reliability.md

clean:                    ## remove what can be made again; models and lineage stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache build *.egg-info

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,minigrid,box2d,envpool,cluster]'
	touch $@
