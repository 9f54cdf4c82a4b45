#!/usr/bin/env bash
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# as-user.sh COMMAND...: runs a command in a copy of the checkout, as an account that is not root. For tests that must
# pass for everybody: root may write to every file and change its owner, an ordinary user may not.
# Started by root, it creates an account for this run and removes it at the end, with its home directory. Started by an
# ordinary user, it runs the command right here.

set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

[ $# -gt 0 ] || fail "needs a command, for example: scripts/as-user.sh make unit"
if [ "$(id -u)" -ne 0 ]; then
    exec "$@"
fi

account=immuta-test-$$
home=/home/$account

# The account gets the files that git knows or would know, what setup has downloaded, and the settings of downloads.
prepare_home() {
    local checkout=$home/checkout
    mkdir -p "$checkout/.cache" "$home/.config"
    copy_files "$checkout"
    find .cache -maxdepth 1 -name '*.whl' -exec cp -t "$checkout/.cache" {} +
    mkdir "$checkout/.cache/browser"
    [ ! -d .cache/browser/node_modules ] ||
        cp -r .cache/browser/{node_modules,package.json,package-lock.json} "$checkout/.cache/browser"
    [ ! -d "$HOME/.config/pip" ] || cp -r "$HOME/.config/pip" "$home/.config/"
    [ ! -d "$HOME/.cache/pip" ] || cp -r "$HOME/.cache/pip" "$home/.cache-pip"
    git init --quiet "$checkout"
    chown -R "$account:" "$home"
}

# The command has its own process group, so that none of its processes is left when the account is removed.
remove_account() {
    kill -KILL -- "-$group" 2>/dev/null || true
    userdel --force --remove "$account" 2>/dev/null || true
}

useradd --create-home --home-dir "$home" --shell /bin/bash "$account" || fail "cannot create the account $account"
group=0
trap remove_account EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
prepare_home

# Of the caller's settings, only those of downloads: the others may name directories that only root can read.
settings=()
while read -r name; do
    settings+=("$name=${!name}")
done < <(compgen -e | grep -iE '^(PIP_.*|NPM_CONFIG_(REGISTRY|CAFILE)|(https?|no|all)_proxy|SSL_CERT_FILE|REQUESTS_CA_BUNDLE|NODE_EXTRA_CA_CERTS)$')

set -m # a process group for the command
(
    cd "$home/checkout"
    exec runuser --user "$account" -- env --ignore-environment \
        HOME="$home" USER="$account" LOGNAME="$account" SHELL=/bin/bash LC_ALL=C.UTF-8 TERM="${TERM:-dumb}" \
        PATH=/usr/local/bin:/usr/bin:/bin "${settings[@]}" PIP_CACHE_DIR="$home/.cache-pip" "$@"
) </dev/null &
group=$!
wait "$group"
