# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# /// script
# dependencies = ["nox>=2025.02.09", "antsibull-nox>=1.10.0"]
# ///
"""Sessions of the tooling of the Ansible community. What every change must pass is in the Makefile."""

from __future__ import annotations

import antsibull_nox
import nox

antsibull_nox.load_antsibull_nox_toml()


@nox.session(name="suite", python=False, default=False)
def suite(session: nox.Session) -> None:
    """Run targets of the Makefile: nox -s suite -- unit integration."""
    for target in session.posargs or ["test"]:
        session.run("make", target, external=True)


if __name__ == "__main__":
    nox.main()
