# One door for every task; `make` alone lists them.
#
# All paths are relative and every tool is called as `.venv/bin/python -m ...`, so that the
# folder may have spaces in its name. GNU make 3.81 (macOS) is enough.

SHELL = /bin/sh
.DEFAULT_GOAL = help
.DELETE_ON_ERROR:
# Two goals at once would be two pips at once in one .venv.
.NOTPARALLEL:
.PHONY: help report test lint notebooks gallery reference rscript bench docs clean

# The Python that makes .venv: yours (make PYTHON=/path/to/python3.12), or the first suitable one.
PYTHON ?=
CANDIDATES = python3 python3.13 python3.12 python3.11 python
# More words for pytest: make test ARGS="-k forest", or ARGS="-n 0" for one process (with a worker
# for each core 3 minutes on two cores instead of 5 and a half).
ARGS ?=

# What a user's shell sets for other projects must not leak into .venv.
export PYTHONNOUSERSITE = 1
unexport PYTHONDONTWRITEBYTECODE PYTHONPATH PYTHONHOME PIP_USER PIP_TARGET PIP_PREFIX

RUN = .venv/bin/python -m
INSTALL = $(RUN) pip install --quiet --disable-pip-version-check --editable

help:
	@echo 'make report      figures, tables and the page that explains them, into report/'
	@echo 'make test        every test (ARGS="-k forest" for some)'
	@echo 'make lint        ruff, its formatter and mypy; changes nothing'
	@echo 'make notebooks   run every notebook again, in place'
	@echo 'make gallery     draw every figure of docs/gallery/ again'
	@echo 'make reference   compute the pinned reference numbers again (needs R with metafor)'
	@echo 'make bench       metaan beside other packages, timed'
	@echo 'make docs        the documentation site, into site/; warnings are errors'
	@echo 'make clean       remove what these made, except .venv'

# The command itself says where the page is.
report: .venv/runtime.stamp
	@$(RUN) metaan report --out report

test: .venv/dev.stamp
	@$(RUN) pytest -n auto $(ARGS)

lint: .venv/dev.stamp
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) mypy

# Afterward read their prose again: it quotes numbers.
notebooks: .venv/notebooks.stamp
	@$(RUN) tests.notebooks.execute

# Look at the pictures afterward; the code of each stands in tests/gallery/.
gallery: .venv/dev.stamp
	@$(RUN) tests.gallery.make

reference: rscript .venv/dev.stamp
	@PYTHON=.venv/bin/python sh tests/reference/make/regenerate.sh

rscript:
	@command -v Rscript >/dev/null 2>&1 || { echo 'make reference needs R:' \
	  'no Rscript on the PATH. Install R and its packages metafor and metadat' \
	  '(Debian: apt install r-base-core r-cran-metafor r-cran-metadat).' >&2; exit 1; }

bench: .venv/bench.stamp
	@.venv/bin/python -m benchmarks.run

# The command itself says where the site is.
docs: .venv/docs.stamp
	@$(RUN) tests.docs.site

clean:
	@rm -rf report site dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find metaan tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# A stamp says that .venv holds what pyproject.toml asks for; a warm call installs nothing.
# Every set of extras includes the library itself, so each of them renews its stamp as well.
.venv/runtime.stamp: pyproject.toml .venv/bin/python
	@echo 'Installing metaan into .venv (once) ...'
	@$(INSTALL) .
	@touch $@

.venv/%.stamp: pyproject.toml .venv/bin/python
	@echo 'Installing metaan with its "$*" extras into .venv (once) ...'
	@$(INSTALL) '.[$*]'
	@touch .venv/runtime.stamp $@

# A candidate is run, not looked up: shims of version managers exist and yet refuse to start.
NEW_ENOUGH = import sys; sys.exit(sys.version_info < (3, 11))
COMPLETE = import ensurepip, venv

.venv/bin/python:
	@chosen=; bare=; \
	for candidate in $(if $(PYTHON),"$(PYTHON)",$(CANDIDATES)); do \
	  "$$candidate" -c '$(NEW_ENOUGH)' >/dev/null 2>&1 || continue; \
	  if "$$candidate" -c '$(COMPLETE)' >/dev/null 2>&1; then chosen=$$candidate; break; fi; \
	  bare=$${bare:-$$candidate}; \
	done; \
	if [ -n "$$chosen" ]; then \
	  "$$chosen" -m venv --clear .venv; \
	elif [ -n "$$bare" ]; then \
	  echo "metaan: $$bare has no venv module (Debian, Ubuntu: apt install python3-venv)." >&2; \
	  exit 1; \
	else \
	  echo 'metaan: Python 3.11 or newer is needed; none of' \
	    '$(if $(PYTHON),$(PYTHON),$(CANDIDATES)) is one (make PYTHON=/path/to/python3).' >&2; \
	  exit 1; \
	fi
