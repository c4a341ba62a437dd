# `make help` lists what there is. The first start: `make serve`.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv/bin
.DEFAULT_GOAL := help

# Capability and journey tests run a second time on PostgreSQL; engines and rules know no database.
ON_POSTGRESQL := $(wildcard $(addprefix tests/,events league secretariat indicators observations comparison demo cli/test_backup.py cli/test_first_start.py cli/test_league_init.py cli/test_codes.py cli/test_retention.py cli/test_submit_killed.py cli/test_findings.py api web journeys architecture/test_constraints.py architecture/test_tables.py))

# One process per core, each with a data directory and a database of its own.
SPREAD := -n auto --maxprocesses 8 --dist worksteal

.PHONY: help install serve test lint bench docs locks shots

help: ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: ## .venv with the locked dependencies
	@$(PYTHON) tools/setup.py

serve: install ## the platform on http://127.0.0.1:8000 (PORT=..., ARGS=--no-demo)
	@DEBUG=$${DEBUG:-1} exec $(VENV)/kontor serve $(ARGS)

test: ## everything: on SQLite, then capabilities and journeys on PostgreSQL
	@$(PYTHON) tools/setup.py --dev
	@$(PYTHON) tools/system_packages.py
	$(VENV)/pytest $(SPREAD) $(ARGS)
	@if ! $(PYTHON) tools/system_packages.py --has postgresql; then \
		echo "SKIPPED: the tests on PostgreSQL, because PostgreSQL's server is not installed."; \
	else set -x; $(VENV)/pytest $(SPREAD) --database postgresql $(ARGS) $(ON_POSTGRESQL); fi

lint: ## formatter, linter, types, direction of imports
	@$(PYTHON) tools/setup.py --dev
	$(VENV)/ruff check
	$(VENV)/ruff format --check
	$(VENV)/mypy
	$(VENV)/lint-imports

bench: ## benchmarks against peers; prints ratios
	@$(PYTHON) tools/setup.py --dev
	@for file in bench/[a-z]*.py; do echo "== $$file"; $(VENV)/python $$file || exit 1; done

docs: ## docs/reference/ anew, from what it describes
	@$(PYTHON) tools/setup.py --dev
	@$(VENV)/python tools/reference.py

shots: ## screenshots of the pages into shots/
	@$(PYTHON) tools/setup.py --dev
	$(VENV)/python tools/shots.py

words: ## collect the strings of the pages into the catalogues (needs GNU gettext)
	@$(PYTHON) tools/setup.py --dev
	cd kontor/web && DEBUG=1 ../../$(VENV)/python ../../manage.py makemessages -l de -l zh_Hans --no-location --no-wrap --no-obsolete

locks: ## resolve the dependencies anew, with hashes
	@$(PYTHON) tools/setup.py --dev
	$(VENV)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml -o requirements.lock
	$(VENV)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml --group dev -o requirements-dev.lock
	sed -n 's/^uv==[^ ]*/&/p' requirements-uv.lock | cut -d' ' -f1 | $(VENV)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate - -o requirements-uv.lock
