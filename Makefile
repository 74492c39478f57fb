# `make` lists the targets. Everything is installed into .venv; nothing else on the machine changes,
# except that `make test` installs Chromium and Firefox where they are not found and it may.

PYTHON ?= python3
PORT ?=
PYTEST_ARGS ?=
DEMO_ARGS ?=
SECONDS ?= 60
BENCH_ARGS ?=
FUZZ_ARGS ?=
FAULTS_ARGS ?=
SOAK_ARGS ?=

VENV := .venv
NEWEST := .venv-newest
LOWEST := .venv-lowest
# Panel and Bokeh have releases that the oldest Python cannot see, and the lowest versions have no wheels for new ones.
NEWEST_PYTHON ?= $(shell $(PYTHON) -m tests.tools.interpreter 3.13 3.12)
LOWEST_PYTHON ?= $(shell $(PYTHON) -m tests.tools.interpreter 3.11)
# What depends on no version of a dependency is tested by `make test` alone.
AS_ELSEWHERE := --ignore=tests/test_docs.py --ignore=tests/test_packaging.py --ignore=tests/test_notebooks.py \
  --ignore=tests/test_robustness.py --ignore=tests/file/test_hostile.py --ignore=tests/file/test_atomic.py
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check
# Scripts start through the interpreter: a .venv keeps working after its folder was moved.
RUN := $(VENV)/bin/python -m

# Tests that drive a browser wait for it most of the time. The others run meanwhile, at a lower priority, and print what
# they have found at the end. Browser tests that fail are given a second chance, which the summary lists: CI machines are
# shared, and a browser may not have shown in time what is looked for. Of the tests that the arguments choose, there may be
# none of one kind, which pytest reports as 5.
define run_tests
	@others=$$(mktemp); nice $(1) -m pytest -n auto -m "not browser" $(2) $(PYTEST_ARGS) >$$others 2>&1 & beside=$$!; \
	trap "kill $$beside; rm $$others; exit 130" INT TERM; \
	$(1) -m pytest -m browser --reruns 1 -rR $(2) $(PYTEST_ARGS); browser=$$?; \
	wait $$beside; without=$$?; \
	echo "Without a browser:"; cat $$others; rm $$others; \
	for status in $$browser $$without; do case $$status in 0|5) ;; *) exit $$status ;; esac; done
endef

.DEFAULT_GOAL := help
.PHONY: help install dev chromium firefox demo lint test test-newest test-lowest docs bench fuzz faults scale soak build clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.installed  ## set up .venv with every extra

dev: $(VENV)/.installed-dev  ## the same, and the development tools

demo: install  ## encode a real stack and open it in the viewer
	$(RUN) jpkl demo $(if $(PORT),--port $(PORT)) $(DEMO_ARGS)

lint: dev  ## ruff and mypy; Prettier, ESLint and TypeScript for the browser modules
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) codespell_lib
	$(RUN) repo_review --show err .
	$(RUN) mypy
	$(RUN) tests.tools.javascript lint

chromium: dev
	$(RUN) tests.tools.chromium

# The tests in Firefox skip where there is none.
firefox: dev
	$(RUN) tests.tools.firefox

test: chromium firefox lint  ## everything that CI runs, including browser tests
	$(RUN) tests.tools.javascript test
	$(call run_tests,$(VENV)/bin/python)

test-newest: chromium $(NEWEST)/.installed-dev  ## the tests on a new Python with the newest packages
	$(call run_tests,$(NEWEST)/bin/python,$(AS_ELSEWHERE))

test-lowest: $(LOWEST)/.installed-dev  ## those without a browser, on the lowest supported versions
	$(LOWEST)/bin/python -m pytest -n auto -m "not browser" $(AS_ELSEWHERE) $(PYTEST_ARGS)

docs: dev  ## the documentation, in site/
	NO_MKDOCS_2_WARNING=1 $(RUN) mkdocs build --strict

bench: dev  ## print the benchmarks; BENCH_ARGS="peers viewers --write" writes the report
	$(VENV)/bin/python $(PIP_INSTALL) --group bench
	$(RUN) benchmarks $(BENCH_ARGS)

fuzz: dev  ## fuzz everything that reads untrusted bytes, for SECONDS in total
	$(VENV)/bin/python $(PIP_INSTALL) --group fuzz || echo "without atheris: plain mutation"
	$(RUN) robustness fuzz --seconds $(SECONDS) $(FUZZ_ARGS)

faults: dev  ## kill writers, fill the disk, take files away, flip bits
	$(RUN) robustness faults $(FAULTS_ARGS)

scale: dev  ## open, index, verify and recover a million frames, and stacks of 100 GB
	$(RUN) robustness scale

soak: chromium  ## let 20 browsers scrub on one server for 10 minutes, and 8 on two processes for two
	$(RUN) robustness soak $(SOAK_ARGS)
	$(RUN) robustness soak --num-procs 2 --browsers 8 --seconds 120 $(SOAK_ARGS)

build: dev  ## sdist and wheel, in dist/
	$(RUN) build

clean:  ## remove the environments, caches and builds
	rm -rf $(VENV) $(NEWEST) $(LOWEST) build dist site node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis

# A venv without a working pip is what an interrupted or failed creation leaves behind: start again.
# The upgrade of pip comes first because --group needs pip 25.1.
$(VENV)/.pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "JPkl needs Python 3.11 or newer and '$(PYTHON)' is not: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(RUN) pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/python $(PIP_INSTALL) --upgrade "pip>=25.1"
	@touch $@

# The JPEG encoder is compiled when JPkl is installed, if there is a compiler.
NATIVE := hatch_build.py $(wildcard jpkl/_codecs/native/*.c)

$(VENV)/.installed: $(VENV)/.pip pyproject.toml $(NATIVE)
	$(VENV)/bin/python $(PIP_INSTALL) --editable ".[all]"
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed pyproject.toml
	$(VENV)/bin/python $(PIP_INSTALL) --group dev
	@touch $@

$(NEWEST)/.installed-dev: pyproject.toml
	@test -n "$(NEWEST_PYTHON)" || { echo "Name a newer Python: make test-newest NEWEST_PYTHON=..." >&2; exit 1; }
	$(NEWEST_PYTHON) -m venv --clear $(NEWEST)
	$(NEWEST)/bin/python $(PIP_INSTALL) --upgrade "pip>=25.1"
	$(NEWEST)/bin/python $(PIP_INSTALL) --editable ".[all]" --group test
	@touch $@

$(LOWEST)/.installed-dev: pyproject.toml | dev
	@test -n "$(LOWEST_PYTHON)" || { echo "Name a Python 3.11: make test-lowest LOWEST_PYTHON=..." >&2; exit 1; }
	$(LOWEST_PYTHON) -m venv --clear $(LOWEST)
	$(LOWEST)/bin/python $(PIP_INSTALL) --upgrade "pip>=25.1"
	$(RUN) tests.tools.lowest > $(LOWEST)/lowest.txt
	$(LOWEST)/bin/python $(PIP_INSTALL) --constraint $(LOWEST)/lowest.txt --editable ".[all]" --group test
	@touch $@
