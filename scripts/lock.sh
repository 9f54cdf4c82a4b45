#!/usr/bin/env bash
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Writes requirements/*.txt from requirements/*.in: every package with its version and the hashes of all its files, for
# each platform and Python 3.11 or newer. ARGUMENTS go to "uv pip compile": --upgrade takes the newest indirect packages.

set -euo pipefail
cd "$(dirname "$0")/.."

# head_of SOURCE: prints the first lines of its lock, with the license of the source.
head_of() {
    head -n 3 "$1"
    printf '\n# Written by "make lock" from %s. Do not edit.\n' "$1"
}

for source in requirements/*.in; do
    lock=${source%.in}.txt draft=$(mktemp) same=()
    case $source in
    */dev.in | */importer.in | */nox.in) ;;            # each has its own environment
    *) same=(--constraints requirements/dev.txt) ;; # these go into .venv
    esac
    [ ! -f "$lock" ] || cp "$lock" "$draft" # keep what is locked
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
        --output-file "$draft" "${same[@]}" "$@" "$source" >/dev/null
    { head_of "$source" && cat "$draft"; } >"$lock.new"
    mv "$lock.new" "$lock"
    rm -f "$draft"
    printf 'lock: %s\n' "$lock"
done
