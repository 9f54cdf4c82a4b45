# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter ``community.immuta._preflight_table``."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _preflight_table
short_description: "[INTERNAL] Show what was found out about all hosts"
version_added: 1.0.0
extends_documentation_fragment:
  - community.immuta._internal
options:
  _input:
    description: What C(_preflight_result) returned for each host.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Use the filter
  ansible.builtin.debug:
    msg: "{{ hosts | community.immuta._preflight_table }}"
"""

RETURN = r"""
_value:
  description: The lines of the table.
  type: list
"""

import typing as t

from ansible_collections.community.immuta.plugins.module_utils._module._preflight_report import preflight_table


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"_preflight_table": preflight_table}
