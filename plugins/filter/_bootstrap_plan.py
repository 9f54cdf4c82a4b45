# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter ``community.immuta._bootstrap_plan``."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _bootstrap_plan
short_description: "[INTERNAL] Decide what the role redshift_integration does next"
version_added: 1.0.0
extends_documentation_fragment:
  - community.immuta._internal
options:
  _input:
    description:
      - The result of M(community.immuta.redshift_integration), predicted or real.
    type: dict
    required: true
  variables:
    description:
      - The variables of the role, without their prefix, and what else the role knows.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Decide what is to be done
  ansible.builtin.set_fact:
    __redshift_integration_todo: >-
      {{ __redshift_integration_plan | community.immuta._bootstrap_plan(__redshift_integration_options) }}
"""

RETURN = r"""
_value:
  description:
    - The task file that continues, the scripts, and what the tasks need to know of them.
  type: dict
"""

import typing as t

from ansible_collections.community.immuta.plugins.module_utils._module._bootstrap_plan import bootstrap_plan


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"_bootstrap_plan": bootstrap_plan}
