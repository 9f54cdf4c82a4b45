# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pytest plugin: with ``--figures SUITE``, stores what the tests count and how long the suite takes.

``make figures`` writes it to docs/dev/FIGURES.md. Without the option nothing is stored.
"""

from __future__ import annotations

import time
import typing as t

import pytest

from tests.tools.figures import Figures, keep

#: ``record_figures(section, values)``
RecordFigures = t.Callable[[str, Figures], None]

_STARTED = time.monotonic()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption("--figures", metavar="SUITE", help="keep figures of this run, for docs/dev/FIGURES.md")


@pytest.fixture(scope="session")
def record_figures(pytestconfig: pytest.Config) -> RecordFigures:
    """Return a function that stores figures of a test below the name of their section."""
    return keep if pytestconfig.option.figures else lambda section, values: None


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Store the seconds of the suite. Workers of pytest-xdist are parts of it."""
    options = session.config.option
    if options.figures and not hasattr(session.config, "workerinput") and not options.collectonly:
        keep("seconds of the suites", {f"make {options.figures}": round(time.monotonic() - _STARTED)})
