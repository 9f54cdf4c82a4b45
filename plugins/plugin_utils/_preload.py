# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load what the templates of the role use, before the workers of ansible-playbook are forked.

Otherwise each worker loads it again, which takes longer than the templates.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import importlib

PACKAGE = "ansible_collections.community.immuta.plugins"
#: The filters, all of which Ansible loads with the first one, and the lookup.
TEMPLATE_PLUGINS = (
    "filter._bootstrap_plan",
    "filter._bootstrap_result",
    "filter._left_directories",
    "filter._preflight_login",
    "filter._preflight_probed",
    "filter._preflight_result",
    "filter._preflight_table",
    "lookup._role_options",
)


def load_template_plugins() -> None:
    """Load them. To be called where the main process loads an action plugin."""
    for name in TEMPLATE_PLUGINS:
        importlib.import_module(f"{PACKAGE}.{name}")
