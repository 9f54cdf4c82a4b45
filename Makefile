# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

SHELL := /bin/bash
BIN := .venv/bin
FUZZ_SECONDS ?= 60
PARTS := coverage lint integration molecule sanity
# Integration tests that depend on file permissions, and the basics of the role.
RIGHTS := tests/integration/faults/test_files.py tests/integration/modules

# The tools and collections of this checkout are used, whatever the caller's environment says. Caches stay in .cache.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.collections
export ANSIBLE_HOME := $(CURDIR)/.cache/ansible
export LC_ALL := C.UTF-8

.DEFAULT_GOAL := help
.PHONY: help setup system demo recording test unit $(PARTS) units slow hard matrix browser rights as-user bench docs pictures figures fuzz corpus gate format changelog build lock clean

help: ## List all targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Create .venv and .collections in the checkout (PYTHON=... selects the interpreter)
	@scripts/setup.sh

system: ## As root: install the Debian packages that some tests need (requirements/debian.txt)
	@scripts/system.sh

demo: setup ## Run the main job end to end against a simulated Immuta and a Redshift-like database
	@$(BIN)/python -m demo

recording: setup ## Write docs/demo.md, what the demo shows
	@$(BIN)/python -m demo.record

test: setup ## Run coverage, lint, integration, molecule and sanity, up to the first that fails
	@scripts/test.sh $(PARTS)

unit: setup ## Run the unit tests
	$(BIN)/python -m pytest tests/unit -n auto --figures unit

lint: setup ## Run ruff, mypy, yamllint, ansible-lint, and the linters of documentation, changelog and licenses
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy -p ansible_collections.community.immuta.plugins
	$(BIN)/yamllint --strict .
	$(BIN)/ansible-lint
	$(BIN)/antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=self .
	$(BIN)/antsibull-changelog lint
	$(BIN)/reuse lint --quiet || $(BIN)/reuse lint --lines

integration: setup ## Run real playbooks against the lab
	$(BIN)/python -m pytest tests/integration -m "not matrix and not slow and not hard" -n 2 --dist loadfile --figures integration

slow: setup ## Slow: lifecycle tests (runs that are killed and resumed, unknowns of the API) and the guides
	$(BIN)/python -m pytest tests/integration -m "slow and not matrix and not hard" -n 2 --dist load --figures slow

hard: setup ## Slow: faults of API, database, network and files at every step, and load
	$(BIN)/python -m pytest tests/integration -m hard -n 2 --dist load --figures hard

molecule: setup ## Run the molecule scenarios
	$(BIN)/molecule test --all

sanity: setup ## Run ansible-test sanity, without exceptions
	scripts/ansible-test.sh sanity

coverage: setup ## Run the unit tests and measure the coverage of plugins/; fail below the limit in pyproject.toml
	$(BIN)/python -m pytest tests/unit -n auto --cov --cov-report term:skip-covered --figures unit

units: setup ## Slow: run ansible-test units on the oldest and newest ansible-core and each Python on this machine
	@scripts/units.sh

matrix: setup ## Slow: run the tests of secrets on each supported ansible-core, with each database driver
	@scripts/matrix.sh

browser: setup ## Run the tests of the HTML report in a real browser (Chromium), with axe-core
	@scripts/browser.sh $(BIN)/python -m pytest tests/browser --figures browser

rights: setup ## Run the integration tests that depend on file permissions, and the basics of the role
	$(BIN)/python -m pytest $(RIGHTS) -n 2 --dist load
	$(BIN)/python -m pytest tests/integration/role -k "bootstrap or handed_to_others or scripts_kept" -n 2 --dist load

as-user: ## As root: run unit tests, rights, browser and demo as a temporary account without privileges
	@scripts/as-user.sh make unit rights browser demo

bench: setup ## Slow: measure time and API requests, beside a hand-written playbook and a plain script
	@$(BIN)/python -m tests.bench

figures: setup ## Write docs/dev/FIGURES.md from the last runs of the suites
	@$(BIN)/python -m tests.tools.figures

fuzz: setup ## Slow: run generated scripts through the statement splitter, for FUZZ_SECONDS=60
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes --no-deps -r requirements/fuzz.txt
	@$(BIN)/python -m tests.fuzz.fuzz_statements $(FUZZ_SECONDS)

gate: setup ## Slow: run what Galaxy, the "ansible" package and a certification check
	@scripts/gate.sh

corpus: setup ## Slow: the splitter against psql's own scanner, on the .sql files below CORPUS=DIR
	@$(BIN)/python -m tests.fuzz.corpus $(CORPUS)

format: setup ## Format the Python code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

changelog: setup ## Write the changelog of the version in galaxy.yml from its fragments
	$(BIN)/antsibull-changelog release --update-existing --refresh --refresh-plugins allow-removal

build: setup ## Build the artifact and its bill of materials (CycloneDX) into dist/
	$(BIN)/cyclonedx-py requirements requirements/run.txt --output-reproducible --output-file docs/sbom.json
	$(BIN)/ansible-galaxy collection build --force --output-path dist

docs: setup ## Write the files that are generated from others (scripts/docs.py)
	PYTHONPATH=.collections $(BIN)/python -m scripts.docs

pictures: setup ## Write docs/images, with the browser
	@PYTHONPATH=.collections scripts/browser.sh $(BIN)/python -m tests.browser.pictures

lock: setup ## Write requirements/*.txt, with hashes, from requirements/*.in (LOCK=--upgrade updates them)
	@scripts/lock.sh $(LOCK)

clean: ## Remove everything that the other targets created
	rm -f docs/sbom.json .coverage
	rm -rf .ansible .ansible-test .cache .collections .hypothesis .mypy_cache .nox .pytest_cache .ruff_cache .venv .venvs dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
