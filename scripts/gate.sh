#!/usr/bin/env bash
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The checks of Galaxy, the "ansible" package and a certification, as far as they can be automated. "make test"
# and "make sanity" are the rest. Each tool has its own environment below .venvs, since their pins collide.

set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

# environment NAME: creates .venvs/NAME with the packages of requirements/NAME.txt, unless it exists.
environment() {
    local lock=requirements/$1.txt venv=.venvs/$1
    ! cmp --silent "$lock" "$venv/locked" || return 0
    step "making $venv" .venv/bin/uv venv --quiet --clear --python .venv/bin/python "$venv"
    step "installing the packages of $lock" \
        .venv/bin/uv pip install --quiet --python "$venv/bin/python" --require-hashes --no-deps -r "$lock"
    cp "$lock" "$venv/locked"
}

importer() {
    local work=$PWD/.cache/gate venv=$PWD/.venvs/importer
    rm -rf "$work"
    mkdir -p "$work"
    printf '[galaxy-importer]\nCHECK_REQUIRED_TAGS = True\n' >"$work/importer.cfg"
    step "building the artifact" .venv/bin/ansible-galaxy collection build --output-path "$work"
    step "importing it as Galaxy does" env --chdir="$work" PATH="$venv/bin:$PATH" \
        GALAXY_IMPORTER_CONFIG="$work/importer.cfg" "$venv/bin/python" -m galaxy_importer.main "$work"/*.tar.gz
}

environment importer
environment nox
step "checking what inclusion and certification ask" \
    .venv/bin/python -m pytest -q tests/unit/test_inclusion.py tests/unit/test_artifact.py
importer
step "running the checks of antsibull-nox" \
    env PATH="$PWD/.venvs/nox/bin:$PATH" .venvs/nox/bin/nox -s extra-checks antsibull-nox-config docs-check
printf '%s: passed\n' "$me"
