#!/usr/bin/env bash
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# browser.sh COMMAND...: runs a command that needs the driver of the browser and axe-core, and installs both before, in
# the versions and with the checksums of requirements/browser.txt and tests/browser/package-lock.json. The browser
# itself is a Debian package. Without npm, or if it cannot download, axe-core is left out: the tests that need it are
# skipped.

set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

target=.cache/browser # tests/browser/conftest.py looks there
mkdir -p "$target"

stamp=.venv/.browser-done # in .venv, since it is made again with it
if ! cmp --silent requirements/browser.txt "$stamp"; then
    step "installing the packages of requirements/browser.txt" \
        pip_in .venv install --quiet --require-hashes --no-deps -r requirements/browser.txt
    cp requirements/browser.txt "$stamp"
fi
if ! command -v npm >/dev/null; then
    printf '%s: npm is not installed (make system): axe-core is left out\n' "$me" >&2
elif ! cmp --silent tests/browser/package-lock.json "$target/package-lock.json" || [ ! -d "$target/node_modules" ]; then
    rm -rf "$target/node_modules"
    cp tests/browser/package.json tests/browser/package-lock.json "$target"
    (step "installing axe-core" npm ci --ignore-scripts --no-audit --no-fund --prefix "$target") ||
        printf '%s: axe-core is left out\n' "$me" >&2
fi
exec "$@"
