# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

SHELL := /bin/bash
BIN := .venv/bin
FUZZ_SECONDS ?= 60
PARTS := unit lint integration molecule sanity

# Tools find each other and the collections, whatever the caller has set; what they keep stays in the checkout.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.collections
export ANSIBLE_HOME := $(CURDIR)/.cache/ansible
export LC_ALL := C.UTF-8

.DEFAULT_GOAL := help
.PHONY: help setup demo test $(PARTS) slow hard matrix bench figures fuzz format changelog build lock clean

help: ## Lists all targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Makes .venv and .collections in the checkout (PYTHON=... chooses the interpreter)
	@scripts/setup.sh

demo: setup ## Bootstraps a simulated Redshift cluster end to end, and shows each step
	@$(BIN)/python -m demo

test: setup ## Runs all of the following parts, up to the first that fails
	@scripts/test.sh $(PARTS)

unit: setup ## Unit tests
	FIGURES_SUITE=unit $(BIN)/python -m pytest tests/unit -n auto

lint: setup ## ruff, mypy, yamllint, ansible-lint, and the linters of documentation, changelog and licences
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy -p ansible_collections.community.immuta.plugins
	$(BIN)/yamllint --strict .
	$(BIN)/ansible-lint
	$(BIN)/antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=self .
	$(BIN)/antsibull-changelog lint
	$(BIN)/reuse lint --quiet || $(BIN)/reuse lint --lines

integration: setup ## Real playbooks against the simulator and PostgreSQL
	FIGURES_SUITE=integration $(BIN)/python -m pytest tests/integration -m "not matrix and not slow and not hard" -n 2 --dist loadfile

slow: setup ## Slow: the whole life of an integration, killed and resumed anywhere, each unknown of the API both ways, the guides
	FIGURES_SUITE=slow $(BIN)/python -m pytest tests/integration -m "slow and not matrix and not hard" -n 2 --dist load

hard: setup ## Slow: faults of the API and the database at every step, odd networks, files in shared folders, load
	FIGURES_SUITE=hard $(BIN)/python -m pytest tests/integration -m hard -n 2 --dist load

molecule: setup ## The molecule scenarios
	$(BIN)/molecule test --all

sanity: setup ## ansible-test sanity, with no exceptions
	scripts/ansible-test.sh sanity

matrix: setup ## Slow: that secrets stay secret, on each supported ansible-core with each driver
	@scripts/matrix.sh

bench: setup ## Slow: time and API requests, against a hand-written playbook and a plain script
	@$(BIN)/python -m tests.bench

figures: setup ## Writes docs/dev/FIGURES.md from what the last run of the tests measured
	@$(BIN)/python -m tests.tools.figures

fuzz: setup ## Slow: made-up scripts through the splitter, for FUZZ_SECONDS=60
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes --no-deps -r requirements/fuzz.txt
	@$(BIN)/python -m tests.fuzz.fuzz_statements $(FUZZ_SECONDS)

format: setup ## Formats the Python code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

changelog: setup ## Writes the changelog of the version in galaxy.yml out of its fragments
	$(BIN)/antsibull-changelog release --update-existing --refresh --refresh-plugins allow-removal

build: setup ## Builds the artifact, with its bill of materials (CycloneDX, docs/sbom.json), into dist/
	$(BIN)/cyclonedx-py requirements requirements/run.txt --output-reproducible --output-file docs/sbom.json
	$(BIN)/ansible-galaxy collection build --force --output-path dist

lock: setup ## Writes requirements-*.txt, with hashes, from requirements-*.in
	@scripts/lock.sh $(LOCK)

clean: ## Removes everything that the other targets made
	rm -f docs/sbom.json
	rm -rf .ansible .ansible-test .cache .collections .hypothesis .mypy_cache .pytest_cache .ruff_cache .venv .venvs dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
