# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module of this collection inside the worker of ansible-playbook.

A module process costs half a second, most of it to start Python; in the worker the same work takes a few hundredths.
This is done only if it makes no difference: on a local connection, not delegated, with the Python of ansible-playbook
itself, as the same user and with the same environment. Otherwise the module is run as usual. docs/dev/in-process.md
says more.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import sys
import types
import typing as t

from ansible import constants as C
from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import AnsibleValidationError, UnsupportedError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

from ansible_collections.community.immuta.plugins.module_utils import _script_dir
from ansible_collections.community.immuta.plugins.module_utils._context import Context
from ansible_collections.community.immuta.plugins.module_utils._immuta.client import REQUESTS_ERROR
from ansible_collections.community.immuta.plugins.module_utils._option_secrets import option_secrets, shown_options
from ansible_collections.community.immuta.plugins.module_utils._redact import Redactor
from ansible_collections.community.immuta.plugins.module_utils._result import Result, perform

Vars = dict[str, t.Any]

#: The off switch, as a variable and in the environment of ansible-playbook. The variable wins; empty means not set.
SWITCH_VARIABLE, SWITCH_ENVIRONMENT = "immuta_run_in_process", "IMMUTA_IN_PROCESS"
TERMINATION_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class InProcessAction(ActionBase):
    """Base of the action plugins, one for each module."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = True
    #: The Python module of the module: its ``argument_spec``, ``core`` and ``secrets_of`` are used.
    module: t.ClassVar[t.Any]

    def run(self, tmp: str | None = None, task_vars: Vars | None = None) -> Result:
        """Run the module, here or as a module process."""
        result: Result = super().run(tmp, task_vars)
        if not self.may_run_here(task_vars or {}):
            result.update(self._run_there(task_vars or {}))
            return result
        # As a module gets them: plain JSON, values out of a vault as text.
        result.update(self.run_here(json.loads(json.dumps(self._task.args, default=str))))
        return result

    def _run_there(self, task_vars: Vars) -> Result:
        """Run the module as a process, on the host of the task."""
        result: Result = self._execute_module(task_vars=task_vars, wrap_async=self._task.async_val)
        return result

    def may_run_here(self, task_vars: Vars) -> bool:
        """Return whether a module process would have the same Python, user and environment as this one."""
        return (
            self._is_switched_on(task_vars)
            and self._connection.transport == "local"
            and not self._task.delegate_to
            and self._connection.become is None
            and not self._task.async_val
            and not any(self._task.environment or [])
            and REQUESTS_ERROR is None
            and self._is_our_python(task_vars)
        )

    def _is_switched_on(self, task_vars: Vars) -> bool:
        name, value = SWITCH_VARIABLE, self._templar.template(task_vars.get(SWITCH_VARIABLE))
        if value in (None, ""):
            name, value = SWITCH_ENVIRONMENT, os.environ.get(SWITCH_ENVIRONMENT) or True
        try:
            return bool(boolean(value))
        except TypeError as exc:
            raise AnsibleActionFail(f"{name} must be true or false, got {value!r}.") from exc

    def _is_our_python(self, task_vars: Vars) -> bool:
        configured = task_vars.get("ansible_python_interpreter")
        if configured is None:
            configured = C.config.get_config_value("INTERPRETER_PYTHON", variables=task_vars)
        return os.path.abspath(str(self._templar.template(configured))) == os.path.abspath(sys.executable)

    def run_here(self, args: Vars) -> Result:
        spec = self.module.argument_spec()
        validation = ArgumentSpecValidator(spec).validate(args)
        options: Vars = validation.validated_parameters
        if validation.error_messages:
            secrets = option_secrets(spec, options)
            message = Redactor(secrets).text("; ".join(map(self._sentence, validation.errors)))
            result: Result = {"failed": True, "msg": message}
        else:
            secrets = self.module.secrets_of(options)
            result = self._perform(options, secrets)
        return {**result, "invocation": {"module_args": shown_options(spec, options, secrets)}}

    def _perform(self, options: Vars, secrets: list[str]) -> Result:
        core = self.module.core
        context = Context(bool(self._task.check_mode), self._display.display, _run_id())
        with _no_script_left(context.run_id):
            return perform(lambda: core(options, context), secrets, bool(self._task.diff))

    def _sentence(self, error: AnsibleValidationError) -> str:
        """Return the message of AnsibleModule about an option that it refuses."""
        unknown = isinstance(error, UnsupportedError)
        return f"Unsupported parameters for ({self._task.action}) module: {error.msg}" if unknown else str(error.msg)


def _run_id() -> int:
    """Return the process id of ansible-playbook, of which this process is a worker."""
    parent = multiprocessing.parent_process()
    return parent.pid if parent and parent.pid else os.getpid()


@contextlib.contextmanager
def _no_script_left(run: int) -> t.Iterator[None]:
    """Remove the temporary scripts of this run where it is ended meanwhile: no later task is there to do so."""
    before = {signum: signal.getsignal(signum) or signal.SIG_DFL for signum in TERMINATION_SIGNALS}

    def end(signum: int, _frame: types.FrameType | None) -> None:
        _script_dir.remove_all_of(run)
        signal.signal(signum, before[signal.Signals(signum)])
        os.kill(os.getpid(), signum)

    for signum in TERMINATION_SIGNALS:
        if before[signum] is not signal.SIG_IGN:
            signal.signal(signum, end)
    try:
        yield
    finally:
        for signum in TERMINATION_SIGNALS:
            signal.signal(signum, before[signum])
        if _script_dir.process_has_ended(run):
            _script_dir.remove_all_of(run)
