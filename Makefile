# Two targets do all the set-up: `make demo` and `make test`. They need only Python, make and a package index.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed

.PHONY: help demo demo-directory test check format contract bench fuzz year million lock browser directories clean

help:
	@echo 'make demo     install, start the sandbox, sync the example into it, twice'
	@echo 'make demo-directory  the same from a directory: slapd with a small municipality'
	@echo 'make test     install, run the checks and all tests'
	@echo 'make check    format, lint, types, layers, dependencies'
	@echo 'make format   put the code into its format'
	@echo 'make contract DESTINATION=... API_SECRET_FILE=...'
	@echo '              whether a subsite still answers as the client expects; what that makes there is banned'
	@echo 'make bench    the figures of docs/performance.md, measured now'
	@echo 'make fuzz     the property tests, the state machine and kills, run long'
	@echo 'make year     the ordinary year of docs/safety.md, lived again'
	@echo 'make million  a million rows against an instant subsite'
	@echo 'make lock     choose new versions for requirements.txt'

$(INSTALLED): requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(INSTALLED)

demo: $(INSTALLED)
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh example/demo.sh

demo-directory: $(INSTALLED) directories
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh example/demo-directory.sh

test: check browser directories
	$(BIN)/pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

check: $(INSTALLED)
	$(BIN)/ruff format --check src tests bench example
	$(BIN)/ruff check src tests bench example
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry src

format: $(INSTALLED)
	$(BIN)/ruff format src tests bench example
	$(BIN)/ruff check --fix src tests bench example

contract: $(INSTALLED)
	$(if $(and $(DESTINATION),$(API_SECRET_FILE)),,$(error Say which: make contract DESTINATION=https://... API_SECRET_FILE=...))
	$(BIN)/pytest -r fE tests/contract --destination '$(DESTINATION)' --api-secret-file '$(API_SECRET_FILE)'

bench: $(INSTALLED)
	$(BIN)/python -m bench

fuzz: $(INSTALLED)
	$(BIN)/python -m tests.properties lost --files 100000
	$(BIN)/python -m tests.properties waiting --files 20000
	$(BIN)/python -m tests.properties hands --files 20000
	HYPOTHESIS_PROFILE=long $(BIN)/pytest --numprocesses auto -m 'slow or not slow' \
		tests/properties tests/integration tests/cli/test_kills.py

year: $(INSTALLED)
	$(BIN)/python -m tests.properties year

million: $(INSTALLED)
	$(BIN)/python -m bench.million

# As root on a system with apt, the browser for the tests is installed; elsewhere, its tests say that they are skipped.
browser:
	@if ! command -v chromium >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	fi

# As root on a system with apt, the directory servers for the tests are installed, but kept from starting by themselves:
# the tests start their own, on loopback. Elsewhere, their tests say that they are skipped.
NO_START := /usr/sbin/policy-rc.d
directories:
	@if ! { command -v slapd && command -v samba && test -d /usr/share/samba/setup/ad-schema; } >/dev/null \
		&& [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		if [ ! -e $(NO_START) ]; then trap 'rm -f $(NO_START)' EXIT; \
			printf '#!/bin/sh\nexit 101\n' > $(NO_START); chmod 755 $(NO_START); fi; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
			slapd samba samba-ad-dc samba-ad-provision winbind >/dev/null; \
	fi

lock: $(INSTALLED)
	$(BIN)/uv pip compile --quiet --universal --upgrade --generate-hashes --no-emit-index-url --no-header \
		--all-extras --group dev pyproject.toml --output-file requirements.txt

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist build
