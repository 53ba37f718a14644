# Two commands do all set-up on a fresh machine: `make run` and `make test`.
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8501
BIN = $(VENV)/bin
export SIOP_WORKSPACE ?= data/workspace
# Some images forbid compiled files; every start of a command would then compile all it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test check fix docs bench look clean

help: ## what each command does
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: $(VENV)/.run ## open the cockpit on the sample company (PORT=8501)
	$(BIN)/python -m siop serve --workspace $(SIOP_WORKSPACE) --port $(PORT)

test: check ## every check and every test, the browser's included
	sh tests/browser/chromium.sh
	$(BIN)/python -m pytest -n 2 --dist loadfile tests

check: $(VENV)/.dev ## format, lint, types, borders between rooms, printed docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m siop.cli.docs --check

fix: $(VENV)/.dev ## format, and mend what lint can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/.dev ## print the generated pages of docs/ from the declarations
	$(BIN)/python -m siop.cli.docs

bench: $(VENV)/.dev ## the ratios of docs/benchmarks.md, side by side
	$(BIN)/python -m benchmarks

look: $(VENV)/.dev ## every page, desk and phone, light and dark, on one contact sheet in build/look
	sh tests/browser/chromium.sh
	$(BIN)/python -m tests.browser.look

clean: ## remove the virtual environment and what was built
	rm -rf $(VENV) build

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make run PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/.run
