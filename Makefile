# One word runs everything: make check.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: check lint test generated bench clean

check: lint test

lint: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: $(VENV)/ready
	$(BIN)/pytest -n 2 $(TESTS)

# Whatever is made from the code: golden files, the reference, completions, the screens in docs. Read the difference.
# Twice: what is made from what was made comes after it.
generated: $(VENV)/ready
	IDQP_GOLDEN=write $(BIN)/pytest -q -n 0 $$(grep -rlE 'IDQP_GOLDEN|from generated import' tests --include='test_*.py')
	$(BIN)/pytest -q -n 2 $$(grep -rlE 'IDQP_GOLDEN|from generated import' tests --include='test_*.py')

bench: $(VENV)/ready
	$(BIN)/python tests/benchmarks/run.py

$(VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/pip install --quiet --editable . --group test --group lint $(EXTRA)
	touch $@

clean:
	rm -rf .venv* build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
