# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module of the same name inside ansible-playbook, if that makes no difference.

A script on the controller is sent to another host with the options of the module. It is never a file there, so nothing
has to be removed, whatever happens to the run.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.community.immuta.plugins.module_utils._errors import ImmutaError
from ansible_collections.community.immuta.plugins.module_utils._module.redshift_script import ScriptFile
from ansible_collections.community.immuta.plugins.module_utils._option_secrets import option_secrets
from ansible_collections.community.immuta.plugins.module_utils._redact import Redactor
from ansible_collections.community.immuta.plugins.module_utils._result import Result
from ansible_collections.community.immuta.plugins.modules import redshift_script
from ansible_collections.community.immuta.plugins.plugin_utils._in_process import Vars
from ansible_collections.community.immuta.plugins.plugin_utils._sql_action import SqlAction


class ActionModule(SqlAction):
    """Action plugin of redshift_script."""

    module: t.ClassVar[t.Any] = redshift_script

    def _run_there(self, task_vars: Vars) -> Result:
        """Run the module as a process; a script on the controller is read here."""
        args = self._task.args
        is_there = boolean(args.get("remote_src", True), strict=False) or args.get("content") is not None
        if is_there or not args.get("path"):
            return super()._run_there(task_vars)
        if self._task.async_val:
            raise AnsibleActionFail("remote_src=false cannot be used with async. Use remote_src=true, or no async.")
        return self._send(ScriptFile.of(args, bool(self._task.check_mode)), args, task_vars)

    def _send(self, file: ScriptFile, args: Vars, task_vars: Vars) -> Result:
        redact = Redactor(option_secrets(self.module.argument_spec(), args))
        try:
            sent = {**args, "content": file.take(), "remove": False}
        except ImmutaError as exc:
            return t.cast(Result, redact({"failed": True, **exc.fail_args()}))
        result: Result = self._execute_module(module_args=sent, task_vars=task_vars)
        if result.get("failed"):
            return result
        warnings = [*result.get("warnings", []), *redact(file.warnings)]
        return {**result, "removed": redact(file.removed), **({"warnings": warnings} if warnings else {})}
