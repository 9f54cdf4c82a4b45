# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module of the same name inside ansible-playbook, if that makes no difference.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import FILE_COMMON_ARGUMENTS

from ansible_collections.community.immuta.plugins.modules import redshift_integration_script
from ansible_collections.community.immuta.plugins.plugin_utils._in_process import InProcessAction


class ActionModule(InProcessAction):
    """Action plugin of redshift_integration_script."""

    module: t.ClassVar[t.Any] = redshift_integration_script

    def may_run_here(self, task_vars: dict[str, t.Any]) -> bool:
        """Leave options of files to the module, which has the means of AnsibleModule for them."""
        asks_for_more = any(self._task.args.get(name) is not None for name in FILE_COMMON_ARGUMENTS)
        return not asks_for_more and super().may_run_here(task_vars)
