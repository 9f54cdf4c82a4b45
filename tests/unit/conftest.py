# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of all unit tests.

Tests that need the libraries of the lab run with ``make unit`` only: ansible-test does not install them.
"""

from __future__ import annotations

import importlib.util
import pathlib

import pytest
from hypothesis import HealthCheck, settings

# No test depends on time: a busy machine must not make one fail.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

LIBRARIES = ("aiohttp", "psycopg", "schemathesis", "sqlglot")
#: Directories of tests, and files, that import these libraries.
NEED_LIBRARIES = ("lab", "test_corpus.py")


class LeftOut(pytest.Module):
    """A file of tests that cannot be imported here."""

    def collect(self):
        """Skip the file instead of importing it."""
        pytest.skip("the libraries of the lab are not installed", allow_module_level=True)


def pytest_pycollect_makemodule(module_path: pathlib.Path, parent):
    """Leave out the files whose libraries are missing; ansible-test names each file, so they cannot be ignored."""
    if {module_path.name, module_path.parent.name}.isdisjoint(NEED_LIBRARIES):
        return None
    if all(map(importlib.util.find_spec, LIBRARIES)):
        return None
    return LeftOut.from_parent(parent, path=module_path)
