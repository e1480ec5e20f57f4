# Verbs for working on the evaluator; `make help` lists them. They need make and Python 3.11 or newer.

PYTHON ?= python3
UV ?= uv
NPM ?= npm
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export PIP_ROOT_USER_ACTION := ignore

# A demo and a test must not reach a real endpoint because a variable of the shell names one.
OWN_ENV = unset $$(env | sed -n -e 's/^\(OPENAI_[A-Za-z0-9_]*\)=.*/\1/p' -e 's/^\(EVALUATOR_[A-Za-z0-9_]*\)=.*/\1/p')

.DEFAULT_GOAL := help
.PHONY: help demo run eval eval-attacks test test-browser check bench docs assets pictures format lock

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

demo: $(READY) ## Set up, serve with the offline rater, send three fixtures, show the ratings
	@$(OWN_ENV); $(BIN)/python -m evaluator.cli.demo $(ARGS)

run: $(READY) ## Serve the webhook on loopback; ARGS="--port 8080"
	@$(BIN)/evaluator serve $(ARGS)

eval: $(READY) ## Replay all fixtures, and name what is worse than the baseline; ARGS="--help" for more
	@$(BIN)/evaluator eval --baseline offline $(ARGS)

eval-attacks: $(READY) ## Measure what attacks do to a model that obeys them, and what defence does to honest texts
	@$(OWN_ENV); $(BIN)/evaluator eval-attacks $(ARGS)

test: $(READY) ## Run the tests in parallel with coverage; ARGS="tests/test_log.py" runs those alone
	@$(OWN_ENV); $(BIN)/python -m pytest $(or $(ARGS),-n auto --cov --cov-report=term)

test-browser: $(READY) chromium ## Run the tests in Chromium alone; as root, installs Debian's where there is none
	@$(OWN_ENV); $(BIN)/python -m pytest $(or $(ARGS),-n auto tests/browser tests/evals/test_page_in_browser.py)

check: $(READY) ## Check format, lint, types, imports and generated pages; changes nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.configuration_page --check

bench: $(READY) ## Measure the service against the reference's example; ARGS="--help" for more
	@$(OWN_ENV); $(BIN)/python -m bench $(ARGS)

docs: $(READY) ## Write the pages that are generated from code
	@$(BIN)/python -m tools.configuration_page

assets: ## Build the studio's styles and scripts from tools/assets; needs Node 20 or newer
	@command -v $(NPM) >/dev/null || { echo "make assets needs Node 20 or newer, and npm" >&2; exit 1; }
	@cd tools/assets && $(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error && $(NPM) run --silent build

pictures: $(READY) chromium ## Take the studio's pictures for the README and the recruiter's guide anew
	@$(OWN_ENV); $(BIN)/python -m tests.browser.pictures docs/images

format: $(READY) ## Format the code and mend what the linter can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: ## Lock again what pyproject.toml asks for, with hashes; ARGS=--upgrade takes newer; needs uv
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: pip install uv" >&2; exit 1; }
	$(LOCK) pyproject.toml --output-file requirements/runtime.txt
	$(LOCK) pyproject.toml --group dev --constraint requirements/runtime.txt --output-file requirements/dev.txt

LOCK = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header $(ARGS)

.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || { \
	  [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null || { \
	    echo "Chromium is needed; as root: apt-get install chromium" >&2; exit 1; }; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; }

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; name it with: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Setting up $(VENV) ..."
	@$(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || $(PYTHON) -m venv --clear $(VENV)
	@# Without resolving: the list is whole, and pip's resolver may look at newer versions that it does not name.
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@
