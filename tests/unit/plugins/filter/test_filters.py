# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The private filters of the role."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import yaml

from ansible_collections.community.immuta.plugins.doc_fragments import _internal

PACKAGE = "ansible_collections.community.immuta.plugins.filter"
FILTERS = sorted(path.stem for path in (Path(__file__).parents[4] / "plugins" / "filter").glob("_[a-z]*.py"))


@pytest.mark.parametrize("name", FILTERS)
def test_each_file_has_one_filter_that_is_marked_as_internal(name):
    module = importlib.import_module(f"{PACKAGE}.{name}")
    assert list(module.FilterModule().filters()) == [name]
    documentation = yaml.safe_load(module.DOCUMENTATION)
    assert documentation["name"] == name
    assert documentation["short_description"].startswith("[INTERNAL]")
    assert documentation["extends_documentation_fragment"] == ["community.immuta._internal"]


def test_the_shared_documentation_says_that_they_are_internal():
    documentation = yaml.safe_load(_internal.ModuleDocFragment.DOCUMENTATION)
    assert "This is an internal plugin" in documentation["description"][0]
