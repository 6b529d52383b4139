# `make` alone prints what there is. Every target first installs what it needs, from the locks, into .venv and node_modules.
# A stamp is touched only when its step has ended well, so an interrupted one is done again.

PYTHON ?= python3
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport PYTHONHOME PYTHONPATH

SHELL := /bin/sh
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help run test lint bench screenshots lock messages build clean

INSTALL := .venv/bin/python -m pip install --quiet --quiet --no-build-isolation
LOCK := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links
# `make run` is content with the base packages, and with the developers' where they are installed already.
PACKAGES := $(if $(wildcard .venv/.dev),.venv/.dev,.venv/.base)
BROWSER_SOURCES := $(shell find crypto referrals intake \( -name '*.ts' -o -name '*.mts' -o -name '*.mjs' \) -not -path '*/static/*')
CATALOGUES := $(wildcard translations/*/LC_MESSAGES/*.po)

help: ## Print this help
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

run: $(PACKAGES) .venv/.bundle .venv/.messages ## Make the demo network and serve it on http://127.0.0.1:8000 (PORT, LEEWARD_DATA)
	@exec leeward demo

test: .venv/.dev .venv/.bundle .venv/.messages tests/prism/node_modules/.stamp ## Run every test (LEEWARD_CI=1: a test that cannot run here is a failure)
	@pytest

lint: .venv/.dev node_modules/.stamp ## Check style, types, the direction of imports, and the translations
	ruff check .
	ruff format --check .
	mypy
	lint-imports --no-logo
	npm run --silent check
	python -m translations.check
	python -m intake.sms.check
	python -m intake.content.check

bench: .venv/.dev .venv/.bundle .venv/.messages ## Measure speed, memory and sizes with real servers (BENCH="--only NAME")
	@mkdir -p build
	@python -m tests.load --json build/figures.json $(BENCH)

screenshots: .venv/.dev .venv/.bundle .venv/.messages ## Take a picture of every page for workers in every language, to look through (SCREENSHOTS="--only CODE")
	@python -m tests.screenshots $(SCREENSHOTS)

lock: .venv/.pip ## Remake the locks in requirements/ from setup.cfg, keeping what still fits
	$(INSTALL) --require-hashes -r requirements/uv.lock
	$(LOCK) requirements/uv.in -o requirements/uv.lock
	$(LOCK) requirements/pip.in -o requirements/pip.lock
	$(LOCK) requirements/node.in -o requirements/node.lock
	$(LOCK) setup.cfg requirements/build.in --extra dev -o requirements/dev.lock
	$(LOCK) setup.cfg requirements/build.in -c requirements/dev.lock -o requirements/base.lock

messages: .venv/.dev ## Find the sentences of the program anew and update every catalogue and its review ledger
	python -m translations.update

build: $(PACKAGES) .venv/.bundle .venv/.messages ## Install and build what a server needs, and start nothing

clean: ## Remove what was installed and built; the data folder stays
	rm -rf .venv node_modules tests/prism/node_modules build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/.pip:
	@echo "Making the virtual environment ..."
	@sh requirements/venv.sh $(PYTHON)
	@touch $@

.venv/.base: .venv/.pip requirements/base.lock setup.cfg
	@echo "Installing the locked packages ..."
	@$(INSTALL) --require-hashes -r requirements/base.lock
	@$(INSTALL) --no-deps --no-index --editable .
	@touch $@

.venv/.dev: .venv/.pip requirements/dev.lock setup.cfg
	@echo "Installing the locked packages, with the developers' ..."
	@$(INSTALL) --require-hashes -r requirements/dev.lock
	@$(INSTALL) --no-deps --no-index --editable .
	@touch $@

.venv/.node: .venv/.pip requirements/node.lock requirements/node.sh
	@sh requirements/node.sh
	@touch $@

node_modules/.stamp: .venv/.node package.json package-lock.json
	@echo "Installing the browser code's packages ..."
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

tests/prism/node_modules/.stamp: .venv/.node tests/prism/package.json tests/prism/package-lock.json
	@echo "Installing what serves the text provider's description to the tests ..."
	@cd tests/prism && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

.venv/.bundle: node_modules/.stamp $(BROWSER_SOURCES)
	@echo "Building the browser code ..."
	@npm run --silent build
	@touch $@

.venv/.messages: $(PACKAGES) $(CATALOGUES)
	@pybabel --quiet compile --directory translations
	@touch $@
