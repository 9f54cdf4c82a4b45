# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is loaded before the workers of ansible-playbook are forked."""

from __future__ import annotations

import sys
from pathlib import Path

from ansible_collections.community.immuta.plugins.plugin_utils._preload import (
    PACKAGE,
    TEMPLATE_PLUGINS,
    load_template_plugins,
)

PLUGINS = Path(__file__).parents[4] / "plugins"


def test_every_filter_and_lookup_is_listed():
    files = [path for directory in ("filter", "lookup") for path in (PLUGINS / directory).glob("[!.]*.py")]
    assert sorted(TEMPLATE_PLUGINS) == sorted(f"{path.parent.name}.{path.stem}" for path in files)


def test_they_are_loaded(monkeypatch):
    names = [f"{PACKAGE}.{name}" for name in TEMPLATE_PLUGINS]
    for name in names:
        monkeypatch.delitem(sys.modules, name, raising=False)
    load_template_plugins()
    assert all(name in sys.modules for name in names)
