# What a person types. `make` alone lists it.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
COMPILED := .venv/.compiled

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help .venv demo test lint lock recovery bench-landing bench-producing bench-ghosts bench-coordination bench-shares bench-build ghosts-train ghosts-evaluate docs contracts clean

help: ## List the targets
	@awk -F ':.*## ' '/^[.a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv: $(INSTALLED) $(COMPILED) ## Install everything the lock file names, hash checked, and the broker's jars

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'Attaché needs Python 3.11 or newer; $(PYTHON) is' \
	    "$$($(PYTHON) --version 2>&1). With a newer one installed, type:  make PYTHON=python3.11 .venv" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	awk '/^[^ ]/ {keep = /^uv==/} keep' requirements.lock > .venv/uv.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement .venv/uv.lock
	VIRTUAL_ENV=.venv $(BIN)/uv pip sync --compile-bytecode --require-hashes requirements.lock
	VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/python -m ingestion.broker.jars fetch
	@touch $@

$(COMPILED): ingestion/native/records.c $(INSTALLED)
	$(BIN)/python -m ingestion.native.build
	@touch $@

demo: .venv ## Start broker and Airflow, replay the reference case, print its scorecard
	$(BIN)/attache demo

test: .venv ## Run the tests (ARGS="-k landing" for some of them)
	$(BIN)/python -m pytest $(ARGS)

lint: .venv ## Check style, types and SQL
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/sqlfluff lint dbt_project

lock: .venv ## Write requirements.lock again from pyproject.toml (ARGS="--upgrade" for newer versions)
	VIRTUAL_ENV=.venv $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --group dev --group deployment \
	  pyproject.toml -o requirements.lock $(ARGS)

recovery: .venv ## Kill everything everywhere and compare (ARGS="--seed 7 --at 2026-01-01T00:00Z")
	$(BIN)/python -m tests.recovery $(ARGS)

bench-landing: .venv ## Kafka into DuckDB beside kcat and ingestr (ARGS="--events 10000000")
	$(BIN)/python -m benchmarks.landing $(ARGS)

bench-producing: .venv ## Events a second into Kafka, beside librdkafka
	$(BIN)/python -m benchmarks.producing $(ARGS)

bench-build: .venv ## What a build costs on 1M, 10M and 100M stored (ARGS="--sizes 1000000")
	$(BIN)/python -m benchmarks.build $(ARGS)

ghosts-train: .venv ## Train the ghost scorecard on ../shared/data and write its seeds again
	$(BIN)/python -m ghosts.train

ghosts-evaluate: .venv ## The scorecard on each source that it wasn't trained on
	$(BIN)/python -m ghosts.evaluate

bench-ghosts: .venv ## The smallest inflation that is found, and the false alarms (ARGS="--runs 60")
	$(BIN)/python -m benchmarks.inflation $(ARGS)

bench-shares: .venv ## How often the interval of a ghost share holds the truth, by simulation
	$(BIN)/python -m benchmarks.ghost_shares $(ARGS)

bench-coordination: .venv ## Lockstep groups beside coordination-network-toolkit (ARGS="--accounts 1")
	$(BIN)/python -m benchmarks.coordination $(ARGS)

docs: .venv ## Write the generated pages of docs/ again
	$(BIN)/python -m docs.generate

contracts: .venv ## Export the JSON Schemas from the contract's structs again
	$(BIN)/python -m ingestion.contracts.schemas

clean: ## Remove caches and dbt's output (the home var/ and .venv stay)
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis dbt_project/target dbt_project/logs
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
