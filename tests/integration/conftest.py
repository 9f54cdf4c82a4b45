# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: a lab, reset before each test, and the real ansible-playbook."""

from __future__ import annotations

import contextlib
import tempfile
import typing as t
from pathlib import Path

import pytest

from tests.integration.support.lifecycle import Ends
from tests.integration.support.playbook_runner import PlaybookRunner
from tests.integration.support.scenarios import AT_ONCE, put_manual
from tests.lab.client import LabClient
from tests.lab.lab import Lab, running_lab
from tests.lab.ssh.server import Bastion, missing_packages, running_bastion

Labs = t.Callable[[bool], LabClient]


#: Directory -> the marker of its tests. Those that are not listed run with ``make integration``.
SUITES = {"lifecycle": "slow", "guides": "slow", "awx": "slow", "faults": "hard"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of a suite by the directory that they are in."""
    for item in items:
        marker = SUITES.get(item.path.parent.name)
        if marker:
            item.add_marker(marker)


@pytest.fixture(scope="session")
def labs(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Labs]:
    """Labs of this worker: with the Redshift-like proxy (True), on plain PostgreSQL (False). Started on first use."""
    started: dict[bool, LabClient] = {}
    with contextlib.ExitStack() as stack:

        def lab_of(redshift_like: bool) -> LabClient:
            if redshift_like not in started:
                directory: Path = tmp_path_factory.mktemp("lab")
                stack.enter_context(running_lab(Lab(directory, redshift_like=redshift_like)))
                started[redshift_like] = LabClient.read(directory)
            return started[redshift_like]

        yield lab_of


@pytest.fixture
def lab(labs: Labs) -> LabClient:
    """The lab with the Redshift-like proxy, reset."""
    client = labs(True)
    client.reset()
    return client


@pytest.fixture
def made(lab: LabClient) -> LabClient:
    """The lab with a finished manual integration."""
    lab.switches(**AT_ONCE)
    put_manual(lab)
    return lab


@pytest.fixture
def plain_lab(labs: Labs) -> LabClient:
    """The lab on plain PostgreSQL, reset."""
    client = labs(False)
    client.reset()
    return client


@pytest.fixture(params=[True, False], ids=["redshift", "postgresql"])
def either_lab(labs: Labs, request: pytest.FixtureRequest) -> LabClient:
    """Both labs, one after the other, reset: the result of the test must not depend on the proxy."""
    client = labs(request.param)
    client.reset()
    return client


@pytest.fixture(scope="module")
def ends() -> Ends:
    """The state after each operation of the role that nothing interrupts."""
    return Ends()


@pytest.fixture
def playbook() -> t.Iterator[PlaybookRunner]:
    """Runs playbooks: ``playbook([{"hosts": "all", ...}], check=True, registers=["result"])``.

    Not in tmp_path, whose name may be too long for the socket that ansible-core 2.21 makes in its temporary directory.
    """
    with tempfile.TemporaryDirectory(prefix="play_", ignore_cleanup_errors=True) as directory:
        yield PlaybookRunner(Path(directory))


@pytest.fixture(scope="module")
def bastion() -> t.Iterator[Bastion]:
    """A host that is reached by ssh. Its directory has a short name, and every user may enter it."""
    if missing_packages():
        pytest.skip(f"as root, make system installs {', '.join(missing_packages())}")
    temporary = tempfile.TemporaryDirectory(prefix="bastion_", ignore_cleanup_errors=True)
    with temporary as directory, running_bastion(Path(directory)) as running:
        yield running
