#!/usr/bin/env bash
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# scripts/rename.sh NAMESPACE NAME DEST
# Writes a copy of the checkout into the new directory DEST, as collection NAMESPACE.NAME: for your own namespace on
# Galaxy, or for a private hub. Names of authors and the links to the repository stay as they are; in galaxy.yml of the
# copy, set the links to your own.

set -euo pipefail
here=$PWD
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

[ $# -eq 3 ] || fail "it takes three arguments: NAMESPACE NAME DEST"
namespace=$1 name=$2 dest=$3
[[ $dest == /* ]] || dest=$here/$dest
for word in "$namespace" "$name"; do
    [[ $word =~ ^[a-z][a-z0-9_]*$ ]] || fail "\"$word\" is not a name that Galaxy accepts: a-z, 0-9 and _, a letter first"
done
[ ! -e "$dest" ] || fail "$dest exists already: name a new directory"
git rev-parse --git-dir >/dev/null 2>&1 || fail "$PWD is not a git checkout, so it is unknown what belongs to it"

mkdir -p "$dest"
git ls-files --cached --others --exclude-standard -z | tar --create --null --files-from=- | tar --extract -C "$dest"
cd "$dest"

# What must not be renamed is replaced by a placeholder first: no text contains \001.
find . -type f -exec grep --null -lIE 'community[./-]immuta' {} + | xargs -0 sed -i -E \
    -e 's#community\.immuta authors#\x01authors#g' \
    -e 's#ansible-collections/community\.immuta#\x01link#g' \
    -e "s#community\\.immuta#$namespace.$name#g" \
    -e "s#community/immuta#$namespace/$name#g" \
    -e "s#community-immuta#$namespace-$name#g" \
    -e 's#\x01authors#community.immuta authors#g' \
    -e 's#\x01link#ansible-collections/community.immuta#g'
sed -i -e "s#^namespace: .*#namespace: $namespace#" -e "s#^name: .*#name: $name#" galaxy.yml

printf '%s: %s is the collection %s.%s. Build it with: ansible-galaxy collection build %s\n' \
    "$me" "$dest" "$namespace" "$name" "$dest"
