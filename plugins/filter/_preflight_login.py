# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter ``community.immuta._preflight_login``."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _preflight_login
short_description: "[INTERNAL] Decide what is checked in Redshift"
version_added: 1.0.0
extends_documentation_fragment:
  - community.immuta._internal
options:
  _input:
    description: The result of M(community.immuta.redshift_integration) in check mode.
    type: dict
    required: true
  variables:
    description: The variables of the role, without their prefix.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Use the filter
  ansible.builtin.debug:
    msg: "{{ compared | community.immuta._preflight_login(variables) }}"
"""

RETURN = r"""
_value:
  description: The account to log in with, and what to check.
  type: dict
"""

import typing as t

from ansible_collections.community.immuta.plugins.module_utils._module._preflight_report import preflight_login


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"_preflight_login": preflight_login}
