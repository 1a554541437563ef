# Needs Python ≥ 3.11, make and the package index; everything else is installed into .venv.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test test-system check bench generate pins clean

demo: .venv/installed
	$(BIN)/runway-flow run examples/flows/teaser.yaml --emulate

test: .venv/installed-dev
	$(BIN)/python scripts/run_tests.py

# What needs more than Python. Node comes from the package index where the machine has none.
test-system: .venv/installed-system
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest tests/system

check: .venv/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell runway_flow scripts benchmarks docs examples README.md CONTRIBUTING.md CHANGELOG.md Makefile
	$(BIN)/python scripts/generate.py --check

bench: .venv/installed-dev
	$(BIN)/python -m benchmarks.run

generate: .venv/installed-dev
	$(BIN)/python scripts/generate.py

# The pins carry hashes and no address of an index; run after a change of dependencies.
pins: .venv/installed-dev
	$(PIP) install pip-tools
	$(BIN)/pip-compile --quiet --upgrade --generate-hashes --no-header --no-annotate --allow-unsafe \
	  --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	  --output-file requirements/dev.txt requirements/dev.in pyproject.toml
	$(BIN)/pip-compile --quiet --upgrade --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	  --output-file requirements/system.txt requirements/system.in

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/installed: pyproject.toml | .venv/bin/python
	$(PIP) install --editable .
	touch $@

.venv/installed-dev: requirements/dev.txt pyproject.toml | .venv/bin/python
	$(PIP) install --require-hashes --requirement requirements/dev.txt
	$(PIP) install --no-deps --editable .
	touch $@ .venv/installed

.venv/installed-system: tests/system/package-lock.json requirements/system.txt .venv/installed-dev
	command -v npm > /dev/null || $(PIP) install --require-hashes --requirement requirements/system.txt
	PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --prefix tests/system --ignore-scripts --no-audit --no-fund
	touch $@

clean:
	rm -rf tests/system/node_modules .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage* dist out
