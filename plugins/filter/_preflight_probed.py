# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter ``community.immuta._preflight_probed``."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _preflight_probed
short_description: "[INTERNAL] Choose the hosts that the probes are sent for"
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
    msg: "{{ hosts | community.immuta._preflight_probed }}"
"""

RETURN = r"""
_value:
  description: The first host of each tenant that can be used.
  type: list
"""

import typing as t

from ansible_collections.community.immuta.plugins.module_utils._module._preflight_report import preflight_probed


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"_preflight_probed": preflight_probed}
