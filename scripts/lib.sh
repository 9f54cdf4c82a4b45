# shellcheck shell=bash
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the scripts share. To be sourced from the root of the checkout.

me=$(basename "$0" .sh) # for messages

# fail WORDS...: ends the script with one sentence.
fail() {
    printf '%s: %s\n' "$me" "$*" >&2
    exit 1
}

# step SENTENCE COMMAND...: runs quietly. If the command fails, names the step and shows the last lines of its output.
step() {
    local sentence=$1 log=.cache/$me.log
    shift
    printf '%s: %s\n' "$me" "$sentence"
    mkdir -p .cache
    if ! "$@" >"$log" 2>&1 </dev/null; then
        tail -n 15 "$log" >&2
        fail "failed while $sentence. The whole output is in $log. Fix the cause and run again."
    fi
}

# find_python VERSION...: prints the first of these versions (3.11) that is on this machine, in PATH or in pyenv's
# directory, and can make virtual environments. Fails if there is none.
find_python() {
    local version candidate
    for version in "$@"; do
        for candidate in "python$version" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$version".*/bin/python; do
            if "$candidate" -c 'import venv, ensurepip' 2>/dev/null; then
                command -v "$candidate"
                return
            fi
        done
    done
    return 1
}

# pip_in DIRECTORY ARGUMENTS...: pip of a virtual environment, without questions and notices about new versions.
pip_in() {
    local directory=$1
    shift
    "$directory/bin/python" -m pip --disable-pip-version-check --no-input "$@"
}

# copy_files DIRECTORY: copies all files that git knows or would know into it. Not those that are deleted but tracked.
copy_files() {
    git ls-files -z --cached --others --exclude-standard --deduplicate |
        while IFS= read -r -d '' file; do
            if [ -e "$file" ]; then printf '%s\0' "$file"; fi
        done | xargs -0 cp --parents --no-dereference -t "$1"
}

# bundled_collection NAME VERSION BUNDLE TARGET: puts collection NAME into TARGET/ansible_collections, from release
# BUNDLE of the "ansible" package: no Galaxy server is needed.
bundled_collection() {
    local name=$1 version=$2 bundle=$3 target=$4 wheel=.cache/ansible-$3-py3-none-any.whl
    mkdir -p .cache "$target/ansible_collections"
    [ -f "$wheel" ] ||
        step "downloading the ansible $bundle package (about 50 MB) for $name" \
            pip_in .venv download --quiet --no-deps --ignore-requires-python --only-binary=:all: \
            --dest .cache "ansible==$bundle"
    [ ! -d "$target/ansible_collections/${name/.//}" ] || return 0
    (cd .cache && grep -F "  ${wheel##*/}" ../scripts/bundles.sha256 | sha256sum --check --status) ||
        fail "$wheel does not have the checksum in scripts/bundles.sha256. Remove it and run again."
    step "extracting $name $version from it" \
        .venv/bin/python scripts/extract_collection.py "$wheel" "$name" "$version" "$target"
}

# postgresql_collection BUNDLE VERSION TARGET: the same for community.postgresql.
postgresql_collection() {
    bundled_collection community.postgresql "$2" "$1" "$3"
}

# pinned OPERATOR: prints the ansible-core that requirements/dev.in pins for Python "<" or ">=" 3.12.
pinned() {
    sed -n "s/^ansible-core==\([0-9.]*\); python_version $1 .*/\1/p" requirements/dev.in
}

# core_venv DIRECTORY PYTHON CORE: creates a virtual environment with this ansible-core and what the modules import.
core_venv() {
    local directory=$1 python=$2 requirements
    requirements="ansible-core==$3"$'\n'$(grep -E '^(requests|psycopg)' requirements/dev.in)
    [ "$(cat "$directory/.done" 2>/dev/null)" != "$PWD $python $requirements" ] || return 0
    step "creating $directory" "$python" -m venv --clear "$directory"
    printf '%s\n' "$requirements" >"$directory/requirements.txt"
    step "installing ansible-core $3 into $directory" pip_in "$directory" install --quiet -r "$directory/requirements.txt"
    printf '%s\n' "$PWD $python $requirements" >"$directory/.done"
}
