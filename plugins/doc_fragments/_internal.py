# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation of every internal filter and lookup says."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation fragment C(community.immuta._internal)."""

    DOCUMENTATION = r"""
author:
  - The community.immuta authors (@ansible-collections)
description:
  - B(This is an internal plugin of the role P(community.immuta.redshift_integration#role) and of the playbooks.)
    It can change at any time. Do not use it in playbooks or roles.
options: {}
"""
