# Every target sets up what it needs: the first command typed in a fresh clone works.
# Needs Python 3.11 or newer with pip, and make. Nothing is installed outside .venv.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup play run ask test unit check fmt bench emulate lock clean

help:            ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

setup: $(VENV)/.dev   ## everything for development, in .venv

play: $(VENV)/.runtime   ## a local page to ask on: no token, no account
	$(BIN)/python -m bot play

run: $(VENV)/.runtime    ## start every configured platform
	$(BIN)/python -m bot run

test: check unit         ## all that CI runs: contracts, lint, types, tests

unit: $(VENV)/.dev       ## the tests alone
	$(BIN)/python -m pytest -n auto -q

check: $(VENV)/.dev      ## lint, format, import contracts, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright
	$(BIN)/pyright -p tests

fmt: $(VENV)/.dev        ## format and fix what can be fixed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev      ## the figures, on the emulators
	$(BIN)/python -m benchmarks

emulate: $(VENV)/.dev    ## Slack, Discord and Perplexity on loopback, with their real limits
	$(BIN)/python -m tests.emulators

lock: $(VENV)/.uv        ## resolve the newest versions that pyproject.toml allows
	$(BIN)/uv pip compile -q --upgrade pyproject.toml --universal --generate-hashes --no-header --no-annotate --python-version 3.11 -o requirements/runtime.lock
	$(BIN)/uv pip compile -q --upgrade pyproject.toml --group dev --universal --generate-hashes --no-header --no-annotate --python-version 3.11 -o requirements/dev.lock
	$(BIN)/uv pip compile -q --upgrade --group setup --universal --generate-hashes --no-header --no-annotate --python-version 3.11 -o requirements/setup.lock

clean:           ## remove what the targets made
	rm -rf $(VENV) .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage

# A bare Debian 12 has pip but no ensurepip, so the environment is made without pip and filled from outside.
# uv installs in two seconds what takes pip twenty; where uv has no wheel, pip installs the same hashes.
$(VENV)/.uv: requirements/setup.lock
	test -x $(BIN)/python || $(PYTHON) -m venv --without-pip $(VENV)
	$(PYTHON) -m pip --python $(BIN)/python install -q --require-hashes -r requirements/setup.lock || true
	touch $@

define install
	if test -x $(BIN)/uv && $(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r $(1); then :; \
	else $(PYTHON) -m pip --python $(BIN)/python install -q --require-hashes -r $(1); fi
endef

$(VENV)/.runtime: requirements/runtime.lock $(VENV)/.uv
	$(call install,requirements/runtime.lock)
	touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.uv
	$(call install,requirements/dev.lock)
	touch $@ $(VENV)/.runtime
