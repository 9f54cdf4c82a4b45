#!/usr/bin/env bash
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Runs the tests of secrets on each supported line of ansible-core. A cell's ansible-core lives in .venvs; pytest itself
# runs in .venv, and reads from the environment what to test:
#   ANSIBLE_PLAYBOOK       ansible-playbook of the cell
#   TEST_MODULE_PYTHON     the modules' interpreter
#   TEST_COLLECTIONS_PATH  where community.postgresql and this collection are found
#   TEST_DRIVER            psycopg2 or psycopg3
# ARGUMENTS go to pytest. MATRIX_ONLY=2.22 runs the cells of one line of ansible-core. A cell whose Python is not on the
# machine is left out, and the summary says so.
#
# What differs between two cells is how ansible-core masks, logs, warns and shows a failure, how it handles the options
# of a module, and what a driver says of an error. The tests marked "matrix_core" are about that, and every cell runs
# them. The other tests marked "matrix" cover further paths of the same role with the same modules: they are run on the
# oldest and the newest ansible-core only.

set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

# ansible-core, the Pythons it takes (the first one found is used), and community.postgresql: "newest" as in .collections,
# or a release of the "ansible" package and the version in it: the oldest that galaxy.yml allows. Then the drivers with
# which all tests are run, and those with which only the tests marked "matrix_core" are run.
#
# 2.22 is a release candidate. When the final release is out, put its number here, in requirements/dev.in for the
# Pythons that it takes, and in the table of the README. Nothing in the collection depends on the candidate.
cells=(
    "2.16.19     |3.10 3.11 3.12|11.1.0 3.9.0|psycopg2|psycopg3"
    "2.17.14     |3.12 3.11 3.10|newest||psycopg3"
    "2.18.19     |3.11 3.12 3.13|newest||psycopg2"
    "$(pinned '<')|3.12 3.11 3.13|newest||psycopg3"
    "2.20.10     |3.12 3.13 3.14|newest||psycopg2"
    "$(pinned '>=')|3.13 3.14 3.12|newest||psycopg3"
    "2.22.0rc1   |3.13 3.14 3.15|newest|psycopg3|psycopg2"
)

# collections_for SOURCE: sets $collections to the directory for a cell's third field.
collections_for() {
    collections=$PWD/.collections
    [ "$1" != newest ] || return 0
    local bundle=${1% *} version=${1#* }
    collections=$PWD/.venvs/collections-$version
    postgresql_collection "$bundle" "$version" "$collections"
    ln -sfn ../../../.. "$collections/ansible_collections/community/immuta"
}

# run_tests CORE MARKER PYTHON DRIVER [PYTEST ARGUMENTS]: runs the tests with this marker, and adds a line to $lines.
run_tests() {
    local core=$1 marker=$2 python=$3 driver=$4 directory=.venvs/core-${1%.*} verdict=ok
    shift 4
    printf '\n== ansible-core %s, %s, %s: %s ==\n' "$core" "$("$python" --version)" "$driver" "$marker"
    PATH=$PWD/$directory/bin:$PATH ANSIBLE_PLAYBOOK=$PWD/$directory/bin/ansible-playbook \
        TEST_MODULE_PYTHON=$PWD/$directory/bin/python TEST_COLLECTIONS_PATH=$collections TEST_DRIVER=$driver \
        .venv/bin/python -m pytest tests/integration -m "$marker" -n 2 "$@" || verdict=FAILED
    lines+=("ansible-core $core, $driver: $verdict")
    ran=$((ran + 1))
    [ "$verdict" = ok ] || failed=1
}

# run_cell CORE PYTHONS SOURCE DRIVERS CORE_DRIVERS [PYTEST ARGUMENTS]
run_cell() {
    local core=$1 pythons source=$3 drivers core_drivers python driver
    read -ra pythons <<<"$2"
    read -ra drivers <<<"$4"
    read -ra core_drivers <<<"$5"
    shift 5
    if ! python=$(find_python "${pythons[@]}"); then
        lines+=("ansible-core $core: LEFT OUT, this machine has none of the Pythons ${pythons[*]}")
        return
    fi
    core_venv ".venvs/core-${core%.*}" "$python" "$core"
    collections_for "$source"
    for driver in "${drivers[@]}"; do
        run_tests "$core" matrix "$python" "$driver" "$@"
    done
    for driver in "${core_drivers[@]}"; do
        run_tests "$core" matrix_core "$python" "$driver" "$@"
    done
}

lines=() ran=0 failed=0
for cell in "${cells[@]}"; do
    IFS='|' read -r core pythons source drivers core_drivers <<<"$cell"
    [[ $core == "${MATRIX_ONLY:-}"* ]] || continue
    run_cell "${core// /}" "$pythons" "$source" "$drivers" "$core_drivers" "$@"
done
printf '\n'
printf '%s\n' "${lines[@]}"
[ "$ran" -gt 0 ] || fail "not one cell could run"
exit "$failed"
