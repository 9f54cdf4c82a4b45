# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter ``community.immuta._bootstrap_result``."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _bootstrap_result
short_description: "[INTERNAL] Put together what the role redshift_integration returns after scripts"
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
  finished:
    description:
      - The result of M(community.immuta.redshift_integration) at the end.
    type: dict
    required: true
  before:
    description:
      - The value of C(redshift_integration_result) so far.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Set redshift_integration_result
  ansible.builtin.set_fact:
    __redshift_integration_end: >-
      {{ todo | community.immuta._bootstrap_result([generated], [run], finished, redshift_integration_result) }}
"""

RETURN = r"""
_value:
  description:
    - The result of the role as C(result), and C(messages) for the user.
  type: dict
"""

import typing as t

from ansible_collections.community.immuta.plugins.module_utils._module._bootstrap_result import bootstrap_result


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"_bootstrap_result": bootstrap_result}
