# Every target sets up what it needs: `make run` and `make test` work on a fresh clone.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup run dev test test-slow check lint types imports mesh-check lock bench clean

help:  ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: .venv/.ready  ## Build .venv from the locked, hashed requirements

.venv/.ready: requirements.lock requirements-uv.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if (3, 11) <= v < (3, 13) else f"Python 3.11 or 3.12 is needed, {sys.executable} is {v.major}.{v.minor}: run make PYTHON=...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@echo "installing the locked requirements into .venv ..."
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q mesh_core domains
	@touch $@

run: setup  ## Publish the whole reference mesh on real data
	@$(BIN)/mesh run

dev: setup  ## Open the marketplace on http://127.0.0.1:3001 and the Dagster UI on port 3000 (schedules, sensors and automation run)
	@$(BIN)/mesh dev

test: setup  ## The whole test suite (three workers: tests that wait for servers leave a core idle)
	@$(BIN)/python -m pytest -n 3 -m "not slow"

test-slow: setup  ## The long forms: fuzzing, many kills
	@$(BIN)/python -m pytest -m slow

check: lint types imports mesh-check  ## Lint, types, import rules and the mesh's own checks

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup
	@$(BIN)/mypy

imports: setup
	@$(BIN)/lint-imports

mesh-check: setup
	@$(BIN)/mesh check

bench: setup  ## Benchmarks: ratios against bare scripts
	@$(BIN)/python benchmarks/run_all.py

clean:  ## Remove the environment and everything that the mesh has made
	rm -rf .venv .venv-bench .mesh .pytest_cache .ruff_cache .mypy_cache .import_linter_cache

lock:  ## Resolve requirements.lock again from pyproject.toml
	@test -x $(BIN)/uv || { $(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet --require-hashes -r requirements-uv.lock; }
	$(BIN)/uv pip compile --quiet --all-extras --generate-hashes --no-emit-index-url --python-version 3.11 \
	    --custom-compile-command "make lock" --universal pyproject.toml requirements.in -o requirements.lock
