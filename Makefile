# One word runs everything: make check.
PYTHON ?= python3
VENV ?= .venv
GROUPS ?= test lint
BIN = $(VENV)/bin

.PHONY: check lint test thorough nightly spark hostile bombs generated docs bench dashboard dashboard-check clean kills soak

check: lint test

lint: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: $(VENV)/ready
	$(BIN)/pytest -n 2 --dist worksteal $(TESTS)

# What `make test` leaves out for its time: tests marked `thorough`.
thorough: $(VENV)/ready
	$(BIN)/pytest -n 2 --dist worksteal -m thorough $(TESTS)

# The oracles in their long form: random tables, each read back and judged by other means. SEED draws other tables.
SEED ?= $(shell date -u +%Y%m%d)
ORACLES = tests/ingest/test_written.py tests/ingest/test_pieces.py tests/ingest/test_pollution.py \
	tests/ingest/test_parquet_cells.py tests/rules/test_exact.py tests/rules/test_oracle.py tests/cli/test_what_stays.py
nightly: $(VENV)/ready
	@echo "seed $(SEED)"
	IDQP_TABLES=2000 IDQP_EXAMPLES=2000 IDQP_SEED=$(SEED) $(BIN)/pytest -n 2 $(ORACLES)
	IDQP_COMMITS=30 $(BIN)/pytest -n 2 tests/places/test_incremental.py -k killed

# The rules on Spark itself: a standalone cluster, whose Master and two Workers are processes. Needs Java 17.
# The programs that Spark makes are short, and the JVM's second compiler takes longer than it saves.
# The connector of Bodo has Hadoop's file system for S3 among its jars; nothing else of it is used.
SPARK = "pyspark>=4.1,<5"
S3A = "bodo-iceberg-connector==2026.10"
spark: export JAVA_TOOL_OPTIONS = -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
spark: $(VENV)/ready
	test -x .venv-spark/bin/spark-submit || { $(PYTHON) -m venv .venv-spark && .venv-spark/bin/pip install --quiet $(SPARK); }
	.venv-spark/bin/pip install --quiet --no-deps $(S3A)
	$(BIN)/python tests/spark_server.py .venv-spark 'standalone[2,1,1024]' $(BIN)/pytest -m '' --durations=30 $(or $(TESTS),tests/spark)

# The attacks in their long form. SEED draws other ones; a failure says which.
hostile: $(VENV)/ready
	@echo "seed $(SEED)"
	IDQP_HOSTILE=long IDQP_SEED=$(SEED) $(BIN)/pytest -n 2 tests/hostile

# The 80 bombs, which measure seconds: on a machine that does nothing else.
bombs: $(VENV)/ready
	IDQP_HOSTILE=long $(BIN)/pytest -q -n 0 tests/hostile/test_bombs.py

# Whatever is made from the code: golden files, the reference, completions, the screens in docs. Read the difference.
# Twice: what is made from what was made comes after it.
generated: $(VENV)/ready
	IDQP_GOLDEN=write $(BIN)/pytest -q -n 0 $$(grep -rlE 'IDQP_GOLDEN|from generated import' tests --include='test_*.py')
	$(BIN)/pytest -q -n 2 $$(grep -rlE 'IDQP_GOLDEN|from generated import' tests --include='test_*.py')

# Kills `idqp watch` at random, on a store of each kind, and sees that no message is lost or counted twice.
KILLS ?= 200
kills: $(VENV)/ready
	IDQP_KILLS=$(KILLS) IDQP_SEED=$(SEED) $(BIN)/pytest -n 2 tests/stream/test_exactly_once.py tests/stream/test_windows.py -k killed

# The pages of docs as a site, in site/; a link that leads nowhere fails.
docs: $(VENV)/ready
	$(BIN)/pip install --quiet --group docs
	$(BIN)/mkdocs build --strict

# The pages of `idqp serve`: from the sources in dashboard/ to idqp_cli/server/dashboard/, which is committed.
# `npm ci` needs addresses that some registries' mirrors leave out of the lock file; versions are exact in package.json.
dashboard/node_modules: dashboard/package.json
	cd dashboard && npm install --no-audit --no-fund --loglevel=error && touch node_modules

dashboard: dashboard/node_modules
	cd dashboard && npm run --silent build

# The linters, and whether the committed pages are those of the sources.
dashboard-check: dashboard/node_modules
	cd dashboard && npm run --silent lint && npm run --silent build -- --outDir ../build/dashboard --logLevel warn
	diff -r build/dashboard idqp_cli/server/dashboard

# An hour of messages at a bounded rate: the memory of `idqp watch`, a line each minute.
SECONDS ?= 3600
RATE ?= 500
soak: $(VENV)/ready
	$(BIN)/python tests/benchmarks/streams.py soak $(SECONDS) $(RATE)

bench: $(VENV)/ready
	$(BIN)/python tests/benchmarks/run.py

$(VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/pip install --quiet --no-compile --editable . $(GROUPS:%=--group %) $(EXTRA)
	touch $@

clean:
	rm -rf .venv* build dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis
