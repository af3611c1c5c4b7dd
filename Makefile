# Yukimori: one command for each thing one does. `make help` lists them.
# Everything each target needs is set up on the way, once; the second time takes a second.

.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
# Tests that try many inputs; `make test` takes a third of them (tests/examples.py).
MANY_INPUTS := $(shell grep -rl --include='test_*.py' 'from tests.examples import' tests)

.PHONY: help run test check check-only bench faults bless lock clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

run: .venv/run.ready ## Start everything with the example town's winter night (ARGS="--site config/fukui" for a real flood)
	@exec $(BIN)/python -m app run $(ARGS)

test: .venv/dev.ready ## Set up what the tests need and run them all
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

check: test check-only ## What CI runs: tests, lint, types, layers, site folders, compose file

check-only: .venv/dev.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m app check --site config/example
	$(BIN)/python -m app check --site config/fukui
	$(BIN)/python -m app check --site config/nishiyama
	tools/check-compose

bench: .venv/dev.ready ## Measure speed and size; prints "name value unit" and writes bench/results
	$(BIN)/python -m bench $(ARGS)

faults: .venv/dev.ready ## Everything that can go wrong, as often and as long as in a bad winter (docs/faults.md)
	YUKIMORI_FAULTS=full $(BIN)/python -m pytest tests/faults $(MANY_INPUTS) --durations=0 $(ARGS)

bless: .venv/dev.ready ## Record the expected rows of the codec cases and the command reference again (then read the diff)
	YUKIMORI_BLESS=1 $(BIN)/python -m pytest tests/ingest/test_codec_cases.py tests/app/test_docs.py -q

lock: .venv/dev.ready ## Pin all dependencies again, with hashes
	tools/lock

clean: ## Remove what set-up made (the demo's data in var/ stays)
	rm -rf .venv node_modules maps/static/vendor maps/fonts

.venv/run.ready: requirements.lock package-lock.json tools/setup
	PYTHON=$(PYTHON) tools/setup run

.venv/dev.ready: requirements-dev.lock package-lock.json tools/setup
	PYTHON=$(PYTHON) tools/setup dev
