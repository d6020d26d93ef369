# make         set up, then build whatever is missing
# make test    set up, then check and test everything
# make setup   the environment in .venv alone
# make lock    resolve the versions in requirements.txt anew

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv

.PHONY: all setup test check lock
.DELETE_ON_ERROR:

all: setup
	$(BIN)/snakemake

setup: .venv/ready

# Bytecode is compiled at once: without it every job would compile torch anew where Python may not write it.
.venv/ready: requirements.txt requirements-uv.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
	$(UV) pip install --python $(BIN)/python --quiet --require-hashes --compile-bytecode -r requirements.txt
	$(UV) pip install --python $(BIN)/python --quiet --no-deps --no-build-isolation --editable .
	touch $@

test: setup check
	$(BIN)/pytest -n auto --dist worksteal --durations 15 -m "not network"

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint
	$(BIN)/resnet-notes verify

lock: setup
	$(UV) pip compile --universal --python-version 3.11 --extra dev --generate-hashes --no-emit-index-url --no-header \
		--upgrade pyproject.toml --output-file requirements.txt
	echo uv | $(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--upgrade - --output-file requirements-uv.txt
