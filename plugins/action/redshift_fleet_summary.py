# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows and records what a run did for every cluster. Runs on the controller, where all variables are."""

from __future__ import annotations

import json
import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.community.immuta.plugins.module_utils._errors import FileError
from ansible_collections.community.immuta.plugins.module_utils._module.redshift_fleet_summary import Facts, summarize
from ansible_collections.community.immuta.plugins.module_utils._redact import Redactor
from ansible_collections.community.immuta.plugins.modules.redshift_fleet_summary import (
    COMPARISON,
    FAILURE,
    RESULT,
    argument_spec,
)
from ansible_collections.community.immuta.plugins.plugin_utils._fleet import FleetVariables

Vars = dict[str, t.Any]
#: What the role leaves in the variables of a host, besides its result.
_PLAN = "__redshift_integration_todo"
_ACCOUNT = "__redshift_integration_account"
_ENDED_AT = "__redshift_integration_ended_at"
#: The time of the comparison after which the role decided or failed: with another one, it was in an earlier run.
DECIDED_AFTER = "__redshift_integration_decided_after"
FAILED_AFTER = "__redshift_integration_failed_after"
_GENERATED = ("__redshift_integration_first_script", "__redshift_integration_second_script")
_RUNS = ("__redshift_integration_first_run", "__redshift_integration_second_run")


class ActionModule(ActionBase):
    """Action plugin of redshift_fleet_summary. There is no module process: only the controller has all variables."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: Vars | None = None) -> Vars:
        """Show the table, hand the data to the statistics of the run, and write the files."""
        result: Vars = super().run(tmp, task_vars)
        variables = task_vars or {}
        _validation, options = self.validate_argument_spec(argument_spec())
        facts = self._facts(variables)
        found = summarize(facts, bool(self._task.check_mode))
        self._display.display("\n".join(["", *found["table"], ""]))
        data = {"immuta_summary": {key: found[key] for key in ("hosts", "totals")}}
        result.update(changed=False, ansible_stats={"data": data, "per_host": False, "aggregate": True}, **found)
        if options["dest"]:
            result.update(self._write(options, facts, variables))
        return result

    def _facts(self, variables: Vars) -> dict[str, Facts]:
        """Return what the run left for each host, without the secrets of those that failed."""
        active = set(variables.get("ansible_play_hosts", []))
        names = [str(name) for name in variables.get("ansible_play_hosts_all", [])]
        fleet = FleetVariables(self._templar, variables, self._task.get_play().get_vars())
        found = {name: _facts_of(variables["hostvars"].raw_get(name), name, name in active) for name in names}
        return {
            name: facts.redacted(Redactor(fleet.secrets(name))) if facts.failure else facts
            for name, facts in found.items()
        }

    def _write(self, options: Vars, facts: dict[str, Facts], variables: Vars) -> Vars:
        # To load these takes longer than the rest of the task, and most runs write no record.
        from ansible_collections.community.immuta.plugins.plugin_utils._report.files import write_record
        from ansible_collections.community.immuta.plugins.plugin_utils._report.origin import header_now
        from ansible_collections.community.immuta.plugins.plugin_utils._report.run_formats import as_data
        from ansible_collections.community.immuta.plugins.plugin_utils._report.run_record import record_of

        record = record_of(facts, header_now(self._templar, variables), options["expected"])
        try:
            return {"files": write_record(record, options["dest"], options["formats"])}
        except FileError as exc:  # what was done must not be lost
            message = f"{exc.message} The record of the run is in the result of this task."
            return {"failed": True, "msg": message, "record": as_data(record)}


def _facts_of(raw: t.Any, name: str, is_reached: bool) -> Facts:
    variables = raw if isinstance(raw, dict) else {}
    comparison = variables.get(COMPARISON) or {}
    started_at = str(comparison.get("compared_at") or "")
    is_of_run = {name: variables.get(name, started_at) == started_at for name in (DECIDED_AFTER, FAILED_AFTER)}
    of_role = variables if is_of_run[DECIDED_AFTER] else {}
    return Facts(
        compared=_plain(comparison.get("hosts", {}).get(name)),
        result=_plain(of_role.get(RESULT)),
        failure=str(variables.get(FAILURE) or "") if is_of_run[FAILED_AFTER] else "",
        is_reached=is_reached,
        plan=_plain(of_role.get(_PLAN)),
        generated=tuple(_plain(of_role.get(name)) for name in _GENERATED),
        runs=tuple(_plain(of_role.get(name)) for name in _RUNS),
        account=_plain(of_role.get(_ACCOUNT)),
        started_at=started_at,
        ended_at=str(variables.get(_ENDED_AT) or ""),
    )


def _plain(value: t.Any) -> Vars:
    """Return a variable as plain data: ansible-core has its own types, which cannot be copied."""
    found = json.loads(json.dumps(value or {}, default=str))
    return found if isinstance(found, dict) else {}
