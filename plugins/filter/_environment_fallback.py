# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter ``community.immuta._environment_fallback``."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _environment_fallback
short_description: "[INTERNAL] Return a variable of the role, or if it is empty, that of the environment"
version_added: 1.0.0
extends_documentation_fragment:
  - community.immuta._internal_filter
notes:
  - The text is returned byte for byte. It is not templated again, and not turned into a list, a dictionary or a
    boolean, as ansible-core before 2.19 does with texts that look like one.
options:
  _input:
    description:
      - The text. One that is empty counts as not specified.
    type: str
    required: true
  variable:
    description:
      - Name of the variable, without its prefix.
    type: str
    choices: [username, password, login_user, login_password]
    required: true
  authentication_type:
    description:
      - The variable of this name. With V(okta), no environment variable replaces C(username) and C(password).
    type: str
  login_aws:
    description:
      - The variable of this name. Unless it is empty, no environment variable replaces C(login_user) and
        C(login_password).
    type: dict
"""

EXAMPLES = r"""
- name: Show the user
  ansible.builtin.debug:
    msg: "{{ login_user | default('') | community.immuta._environment_fallback('login_user', login_aws={}) }}"
"""

RETURN = r"""
_value:
  description:
    - The text, empty if neither is set.
  type: str
"""

import os
import typing as t

from ansible_collections.community.immuta.plugins.module_utils._module._accounts import from_environment

try:
    from ansible.utils.unsafe_proxy import NativeJinjaUnsafeText
except ImportError:  # since ansible-core 2.19, a text that a filter returns is neither templated nor converted
    NativeJinjaUnsafeText = str


def environment_fallback(text: t.Any, variable: str, **values: t.Any) -> str:
    """Return a text, or if it is empty, what the environment has for this variable of the role."""
    given = "" if text is None else str(text)
    return t.cast(str, NativeJinjaUnsafeText(given or from_environment(variable, values, os.environ)))


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"_environment_fallback": environment_fallback}
