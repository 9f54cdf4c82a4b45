# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter ``community.immuta._preflight_result``."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _preflight_result
short_description: "[INTERNAL] Collect what was found out about one host"
version_added: 1.0.0
extends_documentation_fragment:
  - community.immuta._internal
options:
  _input:
    description: The result of M(community.immuta.tenant_info).
    type: dict
    required: true
  compared:
    description: The result of M(community.immuta.redshift_integration) in check mode.
    type: dict
    required: true
  login:
    description: The result of M(community.immuta.redshift_preflight).
    type: dict
    required: true
  problem:
    description: Why the scripts cannot be run. Empty if they can.
    type: str
    required: true
  account:
    description: Which account logged in to Redshift, V(privileged) or V(system).
    type: str
    default: privileged
"""

EXAMPLES = r"""
- name: Use the filter
  ansible.builtin.debug:
    msg: "{{ tenant | community.immuta._preflight_result(compared, login, '') }}"
"""

RETURN = r"""
_value:
  description: What is right and what is not.
  type: dict
"""

import typing as t

from ansible_collections.community.immuta.plugins.module_utils._module._preflight_report import preflight_result


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"_preflight_result": preflight_result}
