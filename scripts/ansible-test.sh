#!/usr/bin/env bash
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-test.sh ARGUMENTS...: runs ansible-test on a copy of the checkout, since it accepts only a directory
# ansible_collections/community/immuta without links. The copy, its virtual environments (tests/output) and its home
# directory stay in .ansible-test for the next run.
# ANSIBLE_TEST_BIN=... names the bin directory of another ansible-core than that of .venv.

set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

root=$PWD
area=$root/.ansible-test
home=$area/home
copy=$area/ansible_collections/community/immuta

# A fresh copy of all files that git knows or would know. ansible-test asks git for the list of files, and sees none
# in an ignored directory of this repository: so the copy is a separate repository.
copy_checkout() {
    mkdir -p "$copy"
    find "$copy" -mindepth 1 -maxdepth 1 ! -name tests ! -name .git -exec rm -rf {} +
    [ ! -d "$copy/tests" ] || find "$copy/tests" -mindepth 1 -maxdepth 1 ! -name output -exec rm -rf {} +
    copy_files "$copy"
    [ -d "$copy/.git" ] || git init -q "$copy"
    # If git lists no files, ansible-test would print "All targets skipped" and succeed.
    [ -n "$(git -C "$copy" ls-files --others --exclude-standard plugins)" ] ||
        fail "the copy has no plugins: nothing would be tested"
}

copy_dependencies() {
    rm -rf "${copy%/*}/postgresql"
    cp -r .collections/ansible_collections/community/postgresql "${copy%/*}"
}

# What ansible-test would download, under the names that its versions look for (core 2.16, 2.19, 2.20 and newer).
offer_pip() {
    local version
    mkdir -p "$home/.ansible/test/cache" "$home/.config"
    for version in 23_1_2 24_2 25_2; do
        cp scripts/get_pip_shim.py "$home/.ansible/test/cache/get_pip_$version.py"
    done
    [ ! -d "$HOME/.config/pip" ] || ln -sfn "$HOME/.config/pip" "$home/.config/pip"
}

# The chosen ansible-core, then pyenv's directories (its shims fail for versions that are not active), then the system's.
search_path() {
    local directory found=${ANSIBLE_TEST_BIN:-$root/.venv/bin}
    for directory in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.{9,10,11,12,13,14}.*/bin; do
        if [ -x "$directory/python" ]; then found=$found:$directory; fi
    done
    printf '%s:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n' "$found"
}

git rev-parse --is-inside-work-tree >/dev/null 2>&1 || fail "needs a git checkout: git lists the files"
mkdir -p "$area"
exec 9>"$area/lock"
flock 9 # one at a time: they share the copy
copy_checkout
copy_dependencies
offer_pip
PATH=$(search_path)
HOME=$home
export PATH HOME
cd "$copy"
exec ansible-test "$@"
