# Refrain: `make up` starts it, `make test` tests it. Nothing but python3.11, git and make is needed.
#   make up [PORT=8000] [CATALOG=folder] [DEMO=]     make test [BROWSER=/path] [ARGS="tests/royalties -k name"]
MAKEFLAGS += --no-print-directory --silent
.DEFAULT_GOAL := help
.PHONY: help setup up test test-spark lint bench bench-cold bench-plays bench-pricing soak screenshots licences clean
.ONESHELL:
.SHELLFLAGS := -ec

PYTHON ?= python3.11
BIN := .venv/bin
PORT ?= 8000
DEMO ?= 1
DATA ?=
MUSIC ?=
ARGS ?=
SEED := $(shell date +%s)
export PORT DEMO CATALOG BROWSER

help: ## what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24

setup: ## install what running needs, into .venv
	@$(PYTHON) marketplace/up/install.py

up: setup ## start everything; Ctrl-C stops it
	@exec $(BIN)/python -m marketplace.up

test: ## install what tests need and run all of them
	@$(PYTHON) marketplace/up/install.py tests
	# what one process has compiled is kept: tests start many, each of which would do it again
	unset DEMO CATALOG PORT PYTHONDONTWRITEBYTECODE
	$(BIN)/python -m pytest -q -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

test-spark: ## install PySpark and run what needs it, and Java, which must be there
	@$(PYTHON) marketplace/up/install.py tests
	$(BIN)/python -m pip install --quiet -r recommender/requirements-spark.txt
	$(BIN)/python -m pytest -q -m spark tests/recommender

lint: ## style, format, types
	@$(PYTHON) marketplace/up/install.py tests
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	SECRET_KEY=types DATABASE_URL=postgres:///types REDIS_URL=redis:// $(BIN)/mypy

bench: ## figures of prices, contracts, ledger, settlement, the outsider's check, pages, streams, plays, sound and the recommender (DATA=folder of public data, MUSIC=of recordings)
	@$(PYTHON) marketplace/up/install.py tests
	$(BIN)/python -m tests.benchmarks.pricing --market exponential --market society
	$(BIN)/python -m contracts.bench
	$(BIN)/python -m tests.benchmarks.ledger
	$(BIN)/python -m tests.benchmarks.settlement
	$(BIN)/python -m tests.benchmarks.verify
	$(BIN)/python -m tests.benchmarks.web
	$(BIN)/python -m tests.benchmarks.streams
	$(BIN)/python -m tests.benchmarks.plays
	$(BIN)/python -m tests.benchmarks.features
	if [ -n "$(DATA)" ]; then $(BIN)/python -m tests.benchmarks.recommender --data "$(DATA)"; fi
	if [ -n "$(DATA)" ]; then $(BIN)/python -m tests.benchmarks.federated --data "$(DATA)"; fi
	if [ -n "$(MUSIC)" ]; then $(BIN)/python -m tests.benchmarks.cold --data "$(MUSIC)"; fi
	if [ -n "$(MUSIC)" ]; then $(BIN)/python -m tests.benchmarks.fingerprints --data "$(MUSIC)"; fi

bench-cold: ## new tracks ranked from their sound and artist, for simulated listeners of the recordings in MUSIC=folder
	@$(PYTHON) marketplace/up/install.py tests
	$(BIN)/python -m tests.benchmarks.cold --data "$(MUSIC)" $(ARGS)

bench-plays: ## paid plays a second over HTTP, and where their time goes (ARGS="--profile")
	@$(PYTHON) marketplace/up/install.py tests
	$(BIN)/python -m tests.benchmarks.plays $(ARGS)

bench-pricing: ## eight pricing policies against a clairvoyant, in a plain market, a town and societies that remember
	@$(PYTHON) marketplace/up/install.py tests
	$(BIN)/python -m tests.benchmarks.pricing $(ARGS)

soak: ## the tests again with ten times the examples, drawn anew (SEED=number: as before), and those of killed processes many times, histories of everything that moves money, web and database killed under load, and the vault broken on purpose
	@$(PYTHON) marketplace/up/install.py tests
	unset DEMO CATALOG PORT
	echo "  SEED=$(SEED)"
	$(BIN)/python -m pytest -q --hypothesis-profile=soak --hypothesis-seed=$(SEED) $(ARGS)
	$(BIN)/python -m tests.faults.soak --seeds 20
	$(BIN)/python -m tests.stories.interplay --seeds 100
	$(BIN)/python -m tests.faults.storm --kills 60 --seed $(SEED)
	$(BIN)/python -m tests.contracts.mutants

screenshots: ## every page of the running Refrain at PORT, into screenshots/
	@$(PYTHON) marketplace/up/install.py tests
	$(BIN)/python -m tests.browser.screenshots --base http://127.0.0.1:$(PORT) --out screenshots

licences: ## fail on any dependency whose licence is not permissive, MPL, LGPL or OFL
	@$(PYTHON) marketplace/up/install.py tests
	$(BIN)/python .ci/licences.py

clean: ## remove data, packages and caches
	@if [ -s .run/lock ] && kill -0 "$$(cat .run/lock)" 2>/dev/null; then
	  echo "  Refrain is running as process $$(cat .run/lock): stop it first."; exit 1
	fi
	if [ -x $(BIN)/python ]; then $(BIN)/python -m marketplace.up.accounts; fi
	rm -rf .run .venv screenshots contracts/node_modules contracts/build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
