# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes `ansible_collections.community.immuta` importable for pytest."""

from __future__ import annotations

from pathlib import Path

COLLECTIONS = Path(__file__).parent / ".collections"

# Not there under ansible-test, which brings its own loader and whose module tests have no ansible.plugins.
if COLLECTIONS.is_dir():
    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader([str(COLLECTIONS)])
