# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps a run of ansible-playbook in one process group, so that one signal ends all its processes at once.

Since ansible-core 2.19 each worker leaves the group of ansible-playbook. Put this directory on PYTHONPATH.
"""

from __future__ import annotations

import os


def _stay() -> None:
    """Replace os.setsid."""


os.setsid = _stay
