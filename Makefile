# One word runs everything: make check.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: check lint test bench clean

check: lint test

lint: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: $(VENV)/ready
	$(BIN)/pytest -n 2 $(TESTS)

bench: $(VENV)/ready
	$(BIN)/python tests/benchmarks/run.py

$(VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/pip install --quiet --editable . --group test --group lint $(EXTRA)
	touch $@

clean:
	rm -rf .venv* build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
