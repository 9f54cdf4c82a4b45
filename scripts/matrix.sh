#!/usr/bin/env bash
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Runs the tests marked "matrix" on each supported line of ansible-core, on the oldest and the newest with both drivers. A cell's ansible-core lives
# in .venvs; pytest itself runs in .venv, and reads from the environment what to test:
#   ANSIBLE_PLAYBOOK       ansible-playbook of the cell
#   TEST_MODULE_PYTHON     the modules' interpreter
#   TEST_COLLECTIONS_PATH  where community.postgresql and this collection are found
#   TEST_DRIVER            psycopg2 or psycopg3
# ARGUMENTS go to pytest. A cell whose Python is not on the machine is left out, with a sentence at the end.

set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

# ansible-core, the Pythons it takes (the first one found is used), and community.postgresql: "newest" as in .collections,
# or a release of the "ansible" package and the version in it: the oldest that galaxy.yml allows. Last the drivers.
cells=(
    "2.16.19     |3.10 3.11 3.12|11.1.0 3.9.0|psycopg2 psycopg3"
    "2.17.14     |3.12 3.11 3.10|newest|psycopg3"
    "2.18.19     |3.11 3.12 3.13|newest|psycopg2"
    "$(pinned '<')|3.12 3.11 3.13|newest|psycopg3"
    "2.20.10     |3.12 3.13 3.14|newest|psycopg3"
    "$(pinned '>=')|3.13 3.14 3.12|newest|psycopg2 psycopg3"
)

# collections_for SOURCE: sets $collections to the folder for a cell's third field.
collections_for() {
    collections=$PWD/.collections
    [ "$1" != newest ] || return 0
    local bundle=${1% *} version=${1#* }
    collections=$PWD/.venvs/collections-$version
    postgresql_collection "$bundle" "$version" "$collections"
    ln -sfn ../../../.. "$collections/ansible_collections/community/immuta"
}

# run_cell CORE PYTHONS SOURCE DRIVERS [PYTEST ARGUMENTS]: adds its lines to $lines.
run_cell() {
    local core=$1 pythons source=$3 drivers python folder driver verdict
    read -ra pythons <<<"$2"
    read -ra drivers <<<"$4"
    shift 4
    if ! python=$(find_python "${pythons[@]}"); then
        lines+=("ansible-core $core: LEFT OUT, this machine has none of the Pythons ${pythons[*]}")
        return
    fi
    folder=.venvs/core-${core%.*}
    core_venv "$folder" "$python" "$core"
    collections_for "$source"
    for driver in "${drivers[@]}"; do
        printf '\n== ansible-core %s, %s, %s ==\n' "$core" "$("$python" --version)" "$driver"
        verdict=ok
        PATH=$PWD/$folder/bin:$PATH ANSIBLE_PLAYBOOK=$PWD/$folder/bin/ansible-playbook \
            TEST_MODULE_PYTHON=$PWD/$folder/bin/python TEST_COLLECTIONS_PATH=$collections TEST_DRIVER=$driver \
            .venv/bin/python -m pytest tests/integration -m matrix -n 2 "$@" || verdict=FAILED
        lines+=("ansible-core $core, $driver: $verdict")
        ran=$((ran + 1))
        [ "$verdict" = ok ] || failed=1
    done
}

lines=() ran=0 failed=0
for cell in "${cells[@]}"; do
    IFS='|' read -r core pythons source drivers <<<"$cell"
    run_cell "${core// /}" "$pythons" "$source" "$drivers" "$@"
done
printf '\n'
printf '%s\n' "${lines[@]}"
[ "$ran" -gt 0 ] || fail "not one cell could run"
exit "$failed"
