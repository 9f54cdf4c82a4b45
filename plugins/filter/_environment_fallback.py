# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter ``community.immuta._environment_fallback``."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _environment_fallback
short_description: "[INTERNAL] Return a text, or if it is empty, an environment variable"
version_added: 1.0.0
author:
  - The community.immuta authors (@ansible-collections)
description:
  - B(This is an internal filter of the role P(community.immuta.redshift_integration#role).)
    It can change at any time. Do not use it in playbooks or roles.
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
      - Name of the environment variable. One that is empty counts as not set.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show the user
  ansible.builtin.debug:
    msg: "{{ login_user | default('') | community.immuta._environment_fallback('REDSHIFT_LOGIN_USER') }}"
"""

RETURN = r"""
_value:
  description:
    - The text, empty if neither is set.
  type: str
"""

import os
import typing as t

try:
    from ansible.utils.unsafe_proxy import NativeJinjaUnsafeText
except ImportError:  # since ansible-core 2.19, a text that a filter returns is neither templated nor converted
    NativeJinjaUnsafeText = str


def environment_fallback(text: t.Any, variable: str) -> str:
    """Return a text, or if it is empty, the environment variable of this name."""
    given = "" if text is None else str(text)
    return t.cast(str, NativeJinjaUnsafeText(given or os.environ.get(variable, "")))


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"_environment_fallback": environment_fallback}
