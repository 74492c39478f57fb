# `make` lists the targets. Everything is installed into .venv; nothing else on the machine changes,
# except that `make test` installs Chromium where no browser is found.

PYTHON ?= python3
PORT ?= 0
PYTEST_ARGS ?=
DEMO_ARGS ?=

VENV := .venv
# Scripts start through the interpreter: a .venv keeps working after its folder was moved.
RUN := $(VENV)/bin/python -m

.DEFAULT_GOAL := help
.PHONY: help install dev chromium demo lint test docs bench build clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.installed  ## set up .venv with every extra

dev: $(VENV)/.installed-dev  ## the same, and the tools of the developers

demo: install  ## encode a real stack and open it in the viewer
	$(RUN) jpkl demo --port $(PORT) $(DEMO_ARGS)

lint: dev  ## ruff and mypy
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) mypy

chromium: dev
	$(RUN) tests.tools.chromium

test: chromium lint  ## everything that CI runs, browser tests included
	$(RUN) pytest $(PYTEST_ARGS)

docs: dev  ## the documentation, in site/
	NO_MKDOCS_2_WARNING=1 $(RUN) mkdocs build --strict

bench: dev  ## print the benchmarks
	$(RUN) benchmarks

build: dev  ## sdist and wheel, in dist/
	$(RUN) build

clean:  ## remove .venv, caches and builds
	rm -rf $(VENV) build dist site .mypy_cache .pytest_cache .ruff_cache .hypothesis

# A venv without a working pip is what an interrupted or failed creation leaves behind: start again.
# The upgrade of pip comes first because --group needs pip 25.1.
$(VENV)/.pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "JPkl needs Python 3.11 or newer and '$(PYTHON)' is not: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(RUN) pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(RUN) pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@touch $@

$(VENV)/.installed: $(VENV)/.pip pyproject.toml
	$(RUN) pip install --quiet --disable-pip-version-check --editable ".[all]"
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed pyproject.toml
	$(RUN) pip install --quiet --disable-pip-version-check --group dev
	@touch $@
