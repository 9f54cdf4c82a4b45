#!/usr/bin/env bash
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Installs the Debian packages of requirements/debian.txt whose program is missing. Starts no service. Needs root; an
# ordinary user is shown the command.

set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

command -v apt-get >/dev/null || fail "this is not Debian or Ubuntu. Install the equivalents of requirements/debian.txt."
PATH=$PATH:/usr/sbin:/sbin # sshd
missing=()
while read -r package program; do
    command -v "$program" >/dev/null || missing+=("$package")
done < <(grep -v '^#' requirements/debian.txt)
[ "${#missing[@]}" -gt 0 ] || exit 0

install=(apt-get --quiet --quiet install --yes --no-install-recommends "${missing[@]}")
[ "$(id -u)" -eq 0 ] || fail "run this as root: ${install[*]}"
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 # the second: invoke-rc.d starts nothing
# Not with "step", whose log root would leave behind in the checkout of an ordinary user.
apt-get --quiet --quiet update
"${install[@]}"
