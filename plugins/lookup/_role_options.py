# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lookup ``community.immuta._role_options``."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _role_options
short_description: "[INTERNAL] Return options of the modules from the variables of the role"
version_added: 1.0.0
extends_documentation_fragment:
  - community.immuta._internal
options:
  _terms:
    description:
      - Groups of options. Those of a later group win.
    type: list
    elements: str
    choices:
      - connection
      - settings
      - account
      - username
      - integration
      - login
      - login_as_system_account
      - preflight
      - script
      - decision
    required: true
  undefined:
    description:
      - What is done with a variable that refers to one that does not exist. V(omit) leaves out its option.
    type: str
    choices: [fail, omit]
    default: fail
"""

EXAMPLES = r"""
- name: Read an integration with the variables of the role
  community.immuta.redshift_integration_info:
  module_defaults:
    group/community.immuta.immuta: "{{ lookup('community.immuta._role_options', 'connection') }}"
"""

RETURN = r"""
_raw:
  description:
    - One dictionary with the options that are set.
  type: list
  elements: dict
"""

import os
import typing as t

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.community.immuta.plugins.module_utils._module._role_options import (
    GROUPS,
    TEXTS,
    RoleOptions,
)
from ansible_collections.community.immuta.plugins.plugin_utils._templates import (
    UndefinedVariableError,
    VariableError,
    read_variable,
)

Vars = dict[str, t.Any]


class LookupModule(LookupBase):
    """The lookup of this file."""

    def run(self, terms: list[str], variables: Vars | None = None, undefined: str = "fail") -> list[Vars]:
        """Return the options of some groups as one dictionary."""
        unknown = [term for term in terms if term not in GROUPS]
        if unknown:
            raise AnsibleLookupError(f"The group {unknown[0]} does not exist. The groups are {', '.join(GROUPS)}.")
        options = RoleOptions(lambda name: self._read(variables or {}, name, undefined == "omit"), os.environ)
        try:
            return [{name: value for term in terms for name, value in options.group(term).items()}]
        except VariableError as exc:
            raise AnsibleLookupError(str(exc)) from None

    def _read(self, variables: Vars, name: str, omit_undefined: bool) -> t.Any:
        try:
            return read_variable(self._templar, variables, name, is_text=name in TEXTS)
        except UndefinedVariableError:
            if omit_undefined:
                return None
            raise
