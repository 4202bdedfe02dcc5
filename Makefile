# Two commands do everything on a fresh machine with Python 3.11 or later: `make chat` and `make test`.
# The environment lives in .venv and holds exactly what the lock files name, each file checked by its hash.

PYTHON ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11 python3.14,\
	$(shell $(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $(p))))
VENV ?= .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help chat test check unit soak snapshots bench pictures lock wheel clean

help:  ## What can be done here
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

chat: $(VENV)/.installed  ## Open codeact chat (more flags: make chat ARGS="--help")
	@$(BIN)/codeact chat $(ARGS)

test: check unit  ## Everything that has to pass: lint, types, import contracts, tests

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports

unit: $(VENV)/.installed-dev
	$(BIN)/python -m pytest $(ARGS)

soak: $(VENV)/.installed-dev  ## Repeat for minutes what the tests do a few times
	$(BIN)/python -m pytest -m soak -n0 --hypothesis-profile=searching $(ARGS)

snapshots: $(VENV)/.installed-dev  ## Draw the screen's snapshots anew; look at each before you commit it
	$(BIN)/python -m pytest tests/tui --snapshot-update

bench: $(VENV)/.installed-dev  ## Measure, as ratios against bare programs in the same run
	$(BIN)/python -m benchmarks $(ARGS)

pictures: $(VENV)/.installed-dev  ## Export the documentation's pictures from the real screen
	$(BIN)/python docs/pictures.py

lock:  ## Resolve the lock files anew (needs uv)
	uv pip compile pyproject.toml --extra data --group build --universal --python-version 3.11 \
		--generate-hashes --no-header --no-emit-index-url --quiet --upgrade -o requirements.lock
	uv pip compile pyproject.toml --extra data --group dev --universal --python-version 3.11 \
		--generate-hashes --no-header --no-emit-index-url --quiet -c requirements.lock -o requirements-dev.lock

wheel: $(VENV)/.installed-dev  ## Build the wheel into dist/
	$(BIN)/python -m build --wheel --no-isolation

clean:  ## Remove the environment and what builds and tests leave behind
	rm -rf $(VENV) dist build .pytest_cache .ruff_cache .hypothesis snapshot_report.html

$(VENV)/bin/python:
	@test -n "$(UV)$(PYTHON)" || { echo "codeact needs Python 3.11 or later. Install one, or say where it is: make PYTHON=/path/to/python3"; exit 1; }
ifneq ($(UV),)
	@uv venv --quiet --allow-existing $(if $(PYTHON),--python $(PYTHON),--python '>=3.11') $(VENV)
else
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python's venv module is incomplete. On Debian and Ubuntu: sudo apt install python3-venv. Or install uv."; exit 1; }
endif

ifneq ($(UV),)
INSTALL := uv pip install --quiet --python $(BIN)/python
else
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
endif
# In a sandbox nothing can be written to .venv: what an installer left uncompiled, every kernel would compile anew.
COMPILE := $(BIN)/python -W ignore -m compileall -qq -j 0 -x '/tests?/' $(VENV)/lib codeact_tui || true

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what requirements.lock names into $(VENV) (once, a minute or two)"
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@$(COMPILE)
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@$(COMPILE)
	@touch $@
