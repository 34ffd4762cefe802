# make run starts Duely; make test proves it. Everything else is in `make help`.
SHELL := /bin/sh
PY := .venv/bin/python
# The first Python on this machine that is new enough.
FIND_PYTHON = for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; p=; done; \
	[ -n "$$p" ] || { echo "Duely needs Python 3.11 or newer (on Debian or Ubuntu: apt install python3 python3-venv)." >&2; exit 1; }
# Business rules, money and services are held to mypy's strictest.
STRICT = $(shell find app -name '*.py' | grep -E '(^app/money|/(rules|service)[a-z_]*)(\.py$$|/.*\.py$$)' | sort)
# Twice as many test processes as cores: many a test waits for a browser, a database or a process it started.
WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); echo $$((n < 8 ? 2 * n : 16)))
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test test-long bench screenshots lint format migrate lock dev clean

help: ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

run: ## start Duely on http://127.0.0.1:8000/ (HOST, PORT)
	@$(FIND_PYTHON); exec $$p -m deploy.dev_run

dev: ## make .venv with everything the tests and linters need
	@$(FIND_PYTHON); $$p -m deploy.bootstrap --dev

test: ## run all tests (WORKERS=4, ARGS="-k invoice")
	@$(FIND_PYTHON); $$p -m deploy.bootstrap --dev --browser
	$(PY) -m pytest -n $(WORKERS) $(ARGS)

test-long: ## run the long forms of races and properties
	@$(FIND_PYTHON); $$p -m deploy.bootstrap --dev --browser
	$(PY) -m pytest -n $(WORKERS) -m long -o faulthandler_timeout=3600 $(ARGS)

bench: ## measure what pages cost (ARGS="--short", --full, --keep DIR, --profile PAGE)
	@$(FIND_PYTHON); $$p -m deploy.bootstrap --dev
	@exec $(PY) -m benchmarks $(ARGS)

screenshots: ## take the pictures in docs/screenshots/ again (ARGS="dashboard --device phone")
	@$(FIND_PYTHON); $$p -m deploy.bootstrap --dev --browser
	$(PY) -m deploy.screenshots $(ARGS)

lint: dev ## ruff, mypy --strict on rules, money and services, djlint
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(if $(STRICT),$(PY) -m mypy $(STRICT))
	$(PY) -m djlint templates --lint --quiet

format: dev ## let ruff put the code in order
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

migrate: ## bring the database to the newest schema
	@$(FIND_PYTHON); $$p -m deploy.bootstrap
	$(PY) -m flask --app wsgi db upgrade

lock: dev ## resolve the transitive pins again (ARGS=--upgrade for newer ones)
	$(PY) -m deploy.lock $(ARGS)

clean: ## remove what tools leave behind; instance/, .env and .venv stay
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	find . -path ./.venv -prune -o -type d -name __pycache__ -exec rm -rf {} +
