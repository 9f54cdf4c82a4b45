# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module that logs in to Redshift, perhaps delegated to a bastion.

A playbook for clusters has ``connection: local``, and names the Python of ansible-playbook for the modules. Both are
about this machine, and Ansible applies both to a delegated host too. Here, neither is.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import os
import sys
import typing as t

from ansible import constants as C
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure

from ansible_collections.community.immuta.plugins.module_utils._result import Result
from ansible_collections.community.immuta.plugins.plugin_utils._in_process import InProcessAction, Vars

PYTHON = "ansible_python_interpreter"
PIPELINING = ("ansible_pipelining", "ansible_ssh_pipelining")


class SqlAction(InProcessAction):
    """Base of the action plugins of modules that log in to Redshift."""

    def run(self, tmp: str | None = None, task_vars: Vars | None = None) -> Result:
        """Run the module on the host of the task, or on the one that it is delegated to."""
        host, all_vars = self._task.delegate_to, dict(task_vars or {})
        if not host or host == all_vars.get("inventory_hostname"):
            return super().run(tmp, task_vars)
        own = own_variables(host, all_vars)
        problem = connection_problem(host, self._connection.transport, own)
        if problem:
            raise AnsibleActionFail(problem)
        self._keep_payload_out_of_files(own)
        try:
            result = super().run(tmp, self._with_its_python(host, own, all_vars))
        except AnsibleConnectionFailure as exc:  # not its cause: ansible-core would add the same message after ours
            reason = " ".join(exc.message.split()).rstrip(" .")
            message = f"The connection to {host} failed: {reason}. Fix it and run again."
            raise AnsibleActionFail(message) from None
        return naming(host, result)

    def _keep_payload_out_of_files(self, own: Vars) -> None:
        """Send the module, with its options, through the connection instead of a file on a remote host.

        A file would remain there if ansible-playbook is killed. A variable of the host for pipelining wins.
        """
        connection = self._connection
        if connection.transport == "local" or any(own.get(name) is not None for name in PIPELINING):
            return
        if connection.has_option("pipelining"):
            connection.set_option("pipelining", True)

    def _with_its_python(self, host: str, own: Vars, task_vars: Vars) -> Vars:
        """Return the variables of the task with the Python that the delegated host has in the inventory.

        Only the Python of ansible-playbook is replaced, which a variable of the play names. On the controller
        it is the right one.
        """
        if self._connection.transport == "local":
            return task_vars
        delegated = task_vars["ansible_delegated_vars"]
        python = self._templar.template(delegated[host].get(PYTHON))
        if python is None or os.path.abspath(str(python)) != os.path.abspath(sys.executable):
            return task_vars
        others = {name: value for name, value in delegated[host].items() if name != PYTHON}
        replaced = {**others, **({PYTHON: own[PYTHON]} if own.get(PYTHON) else {})}
        return {**task_vars, "ansible_delegated_vars": {**delegated, host: replaced}}


def own_variables(host: str, task_vars: Vars) -> Vars:
    """Return what the inventory says of a delegated host, without the variables of the play."""
    hostvars = task_vars.get("hostvars") or {}
    if host not in hostvars:
        return {}
    found = hostvars[host]
    return {name: found.get(name) for name in (PYTHON, "ansible_connection", *PIPELINING)}


def connection_problem(host: str, transport: str, own: t.Mapping[str, t.Any]) -> str:
    """Return why a delegated host cannot be used: the task would be run on this machine, without a word.

    :param transport: the connection that Ansible chose
    :param own: what the inventory says of the host
    """
    if transport != "local" or own.get("ansible_connection") == "local" or host in C.LOCALHOST:
        return ""
    found = own.get("ansible_connection")
    advice = (
        "Set connection: local as a keyword of the play, and not ansible_connection as one of its variables."
        if found
        else f"Set ansible_connection: ssh for {host} in the inventory."
    )
    return (
        f"Nothing was run. The task is delegated to {host}, but the play has a local connection, and {host} would mean "
        f"this machine. {advice}"
    )


def naming(host: str, result: Result) -> Result:
    """Return the result of a module; a failure names the host where it happened."""
    if not result.get("failed"):
        return result
    message = str(result.get("msg") or "The module failed").rstrip()
    message += "" if message.endswith((".", "!", "?")) else "."
    # Only a process that ended without a result of ours has this, above all if the Python is not there.
    advice = f" Check ansible_python_interpreter of {host}." if result.get("module_stderr") else ""
    return {**result, "msg": f"{message} This was run on {host}.{advice}"}
