# The commands of Reconvene. Python 3.11 or newer is all they need; `make` alone lists them.

VENV ?= .venv
PYTHON := $(VENV)/bin/python
REQUIREMENTS := deploy/requirements
STORY ?= deploy/stories/74th.toml
PLAN ?= deploy/programmes/congress.json

# What else is given on the command line (`make cancel KILLS=20 DATABASE_KILLS=2 BROKER_KILLS=2 SEED=7`) reaches the
# programs as environment variables; make does that by itself.

.DEFAULT_GOAL := help
.PHONY: help run cancel cancel-2020 programme test acceptance check format events words bench sabotage chaos
.DELETE_ON_ERROR:

help: ## list the commands
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | expand -t 14

run: $(VENV)/local ## start everything with the demo town, until Ctrl-C
	@$(PYTHON) -m deploy.demo

cancel: $(VENV)/local ## cancel a conference and settle it: STORY=file, KILLS= DATABASE_KILLS= BROKER_KILLS= SEED=
	@$(PYTHON) -m deploy.acceptance.cancel "$(STORY)"

cancel-2020: $(VENV)/local ## cancel the 74th annual conference
	@$(PYTHON) -m deploy.acceptance.cancel deploy/stories/74th.toml

programme: $(VENV)/local ## repair a programme, or better it: PLAN=file INCIDENT=file SECONDS_MAX= SEED=
	@$(PYTHON) -m deploy.programme "$(PLAN)" $(if $(INCIDENT),"$(INCIDENT)")

test: check ## everything that proves it works, on the real engines and in a browser
	@$(PYTHON) -m pytest -n auto --ignore tests/unit -m "not acceptance"

acceptance: $(VENV)/test ## what must be long: stories under kills, whole towns that die
	@$(PYTHON) -m pytest -m acceptance

check: $(VENV)/test ## format, lint, types, imports, documents, unit tests: no engines
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	$(VENV)/bin/lint-imports --no-logo
	$(PYTHON) -m deploy.catalogue --check
	$(PYTHON) -m pytest -n auto tests/unit

format: $(VENV)/test ## put the code into its one form
	@$(PYTHON) -m ruff format .

events: $(VENV)/local ## print EVENTS.md and the AsyncAPI document anew from the code
	@$(PYTHON) -m deploy.catalogue

words: $(VENV)/local ## put new sentences into the catalogues, and say which are still to be translated
	@$(PYTHON) -m deploy.translations

bench: $(VENV)/test ## measure, and print JSON lines
	@$(PYTHON) -m tests.bench

sabotage: $(VENV)/test ## take out one guard at a time; a test must notice each: ONLY=words
	@$(PYTHON) -m tests.sabotage $(if $(ONLY),--only "$(ONLY)")

chaos: $(VENV)/local ## the largest story, with 200 killed processes
	@KILLS=200 DATABASE_KILLS=5 BROKER_KILLS=5 $(PYTHON) -m deploy.acceptance.cancel deploy/stories/europe.toml

# A list of packages is installed anew when it changes. What the tests need contains what running needs.
$(VENV)/local: $(REQUIREMENTS)/local.txt
	@VENV=$(VENV) deploy/set-up local
	@touch $@

$(VENV)/test: $(REQUIREMENTS)/test.txt
	@VENV=$(VENV) deploy/set-up test
	@touch $@ $(VENV)/local
