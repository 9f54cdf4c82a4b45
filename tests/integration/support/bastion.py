# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller that cannot log in to Redshift itself, beside a bastion that can."""

from __future__ import annotations

import os

from tests.integration.support.playbook_runner import DRIVERS, INTEGRATION
from tests.lab.ssh.server import Bastion

#: No database driver can be imported on the controller.
NO_DRIVER = {"PYTHONPATH": os.pathsep.join(str(INTEGRATION / "drivers" / name) for name in DRIVERS)}


def environment(bastion: Bastion, **more: str) -> dict[str, str]:
    """Return the environment of a controller without a driver, whose ssh reaches the bastion.

    Ansible would keep each connection open for a minute. Nothing must be left after a test, so it does not.
    """
    path = f"{bastion.programs}{os.pathsep}{os.environ['PATH']}"
    return {**NO_DRIVER, "PATH": path, "ANSIBLE_SSH_ARGS": "-o ControlMaster=no", **more}
