# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter ``community.immuta._left_directories``."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _left_directories
short_description: "[INTERNAL] Find the temporary scripts that no task removed"
version_added: 1.0.0
extends_documentation_fragment:
  - community.immuta._internal
options:
  _input:
    description:
      - What P(community.immuta._bootstrap_plan#filter) returned.
    type: dict
    required: true
  generated:
    description:
      - The results of M(community.immuta.redshift_integration_script), one for each script.
    type: list
    elements: dict
    required: true
  runs:
    description:
      - The results of M(community.immuta.redshift_script), one for each script.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what is left
  ansible.builtin.debug:
    msg: "{{ todo | community.immuta._left_directories([generated], [run]) }}"
"""

RETURN = r"""
_value:
  description:
    - The directories of these scripts.
  type: list
  elements: str
"""

import typing as t

from ansible_collections.community.immuta.plugins.module_utils._module._bootstrap_result import left_directories


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"_left_directories": left_directories}
