#!/usr/bin/env bash
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Runs "ansible-test units" on each Python that the modules support, on the oldest and the newest ansible-core among
# them. UNITS_ONLY=2.22 runs the cells of one line of ansible-core. A cell whose Python is not on this machine is left
# out, and the summary says so.

set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

# ansible-core, the Pythons that can run it (the first that is found), and the Pythons that run the modules. 2.22 is a
# release candidate: see scripts/matrix.sh.
cells=(
    "2.16.19       |3.10 3.11 3.12|3.9"
    "$(pinned '<') |3.11 3.12 3.13|3.10 3.11"
    "$(pinned '>=')|3.13 3.12     |3.12 3.13"
    "2.22.0rc1     |3.13 3.14 3.15|3.13"
)

# run_cell CORE PYTHONS TARGETS: adds a line to $lines for each Python of the modules.
run_cell() {
    local core=$1 pythons targets python directory target verdict
    read -ra pythons <<<"$2"
    read -ra targets <<<"$3"
    if ! python=$(find_python "${pythons[@]}"); then
        lines+=("ansible-core $core: LEFT OUT, this machine has none of the Pythons ${pythons[*]}")
        return
    fi
    directory=.venvs/core-${core%.*}
    core_venv "$directory" "$python" "$core"
    for target in "${targets[@]}"; do
        if ! find_python "$target" >/dev/null; then
            lines+=("ansible-core $core, modules on Python $target: LEFT OUT, this machine does not have it")
            continue
        fi
        printf '\n== ansible-core %s, modules on Python %s ==\n' "$core" "$target"
        verdict=ok
        ANSIBLE_TEST_BIN=$PWD/$directory/bin scripts/ansible-test.sh units --venv --python "$target" || verdict=FAILED
        lines+=("ansible-core $core, modules on Python $target: $verdict")
        ran=$((ran + 1))
        [ "$verdict" = ok ] || failed=1
    done
}

lines=() ran=0 failed=0
for cell in "${cells[@]}"; do
    IFS='|' read -r core pythons targets <<<"$cell"
    [[ $core == "${UNITS_ONLY:-}"* ]] || continue
    run_cell "${core// /}" "$pythons" "$targets"
done
printf '\n'
printf '%s\n' "${lines[@]}"
[ "$ran" -gt 0 ] || fail "this machine has no Python for any of the cells"
exit "$failed"
