# The two commands of the README are `make run` and `make test`; `make help` lists the rest.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SERVE ?= yes
HOST ?= 127.0.0.1
PORT ?= 8000
WORKERS ?= 3
# The children that compute and set pages write nothing beside the code: what only they load is compiled here, once.
COMPILE = $(BIN)/python -m compileall -q workbench sandbox || true

.PHONY: help run test lint fix docs e2e check-wheel bench heavy lock clean

help: ## what each target does
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: $(VENV)/run ## set up everything, run the demo's whole job, then serve (SERVE=no: do not serve)
	@sh scripts/system_packages.sh run
	@$(COMPILE)
	@$(BIN)/workbench up --demo --host $(HOST) --port $(PORT) $(if $(filter no,$(SERVE)),--no-serve)

test: $(VENV)/dev ## set up everything and pass the tests
	@sh scripts/system_packages.sh test
	@$(COMPILE)
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadscope

$(VENV)/python-is-there:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name it: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || sh scripts/system_packages.sh venv
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run: $(VENV)/python-is-there requirements/runtime.lock pyproject.toml
	@echo "Installing what Ninefold needs (once; about a minute) …"
	@test -e $(VENV)/dev || $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/runtime.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev: $(VENV)/python-is-there requirements/dev.lock pyproject.toml
	@echo "Installing what the tests need (once; about a minute) …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/run

lint: $(VENV)/dev ## format check, lint, types, floors, packs
	@$(BIN)/ruff check .
	@$(BIN)/mypy --strict
	@$(BIN)/lint-imports
	@$(BIN)/workbench packs check

fix: $(VENV)/dev ## mend what ruff can mend
	@$(BIN)/ruff check --fix .

docs: $(VENV)/dev ## write the generated pages of docs/ anew
	@$(BIN)/python scripts/write_docs.py

e2e: $(VENV)/dev ## only the browser tests
	@$(BIN)/python -m pytest -q -m browser

check-wheel: $(VENV)/dev ## build the wheel, install it in an empty environment, start it outside the checkout
	@NINEFOLD_HEAVY=1 $(BIN)/python -m pytest -q -m wheel

bench: $(VENV)/dev ## the benchmarks: ratios measured side by side in one run
	@$(BIN)/python -m benchmarks

heavy: $(VENV)/dev ## every test with the long runs switched on
	@NINEFOLD_HEAVY=1 $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadscope

lock: ## write requirements/*.lock anew from *.in
	@sh scripts/lock.sh

clean: ## remove the environment and built files; data in var/ stays
	@rm -rf $(VENV) build dist *.egg-info
