#!/usr/bin/env bash
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# test.sh PART...: runs these targets of the Makefile one after another, stops at the first that fails, and prints one
# line for each that ran.

set -euo pipefail
cd "$(dirname "$0")/.."

lines=()
for part in "$@"; do
    printf '\n== %s ==\n' "$part"
    SECONDS=0
    verdict=ok
    "${MAKE:-make}" --no-print-directory "$part" || verdict=FAILED
    lines+=("$(printf '%-12s %-6s %4d s' "$part" "$verdict" "$SECONDS")")
    [ "$verdict" = ok ] || break
done
printf '\n'
printf '%s\n' "${lines[@]}"
[ "$verdict" = ok ]
