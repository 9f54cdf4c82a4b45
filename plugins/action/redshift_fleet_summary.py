# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows what a run did for every cluster. Runs on the controller, where all variables are."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.community.immuta.plugins.module_utils._module.redshift_fleet_summary import Facts, summarize
from ansible_collections.community.immuta.plugins.modules.redshift_fleet_summary import (
    COMPARISON,
    FAILURE,
    RESULT,
    argument_spec,
)


class ActionModule(ActionBase):
    """Action plugin of redshift_fleet_summary. There is no module process: only the controller has all variables."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Show the table, and hand the data to the statistics of the run."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        self.validate_argument_spec(argument_spec())
        active = set(variables.get("ansible_play_hosts", []))
        names = variables.get("ansible_play_hosts_all", [])
        facts = {str(name): _facts(variables["hostvars"].raw_get(name), name, name in active) for name in names}
        found = summarize(facts, bool(self._task.check_mode))
        self._display.display("\n".join(["", *found["table"], ""]))
        data = {"immuta_summary": {key: found[key] for key in ("hosts", "totals")}}
        result.update(changed=False, ansible_stats={"data": data, "per_host": False, "aggregate": True}, **found)
        return result


def _facts(raw: t.Any, name: str, is_reached: bool) -> Facts:
    variables = raw if isinstance(raw, dict) else {}
    compared = (variables.get(COMPARISON) or {}).get("hosts", {}).get(name, {})
    return Facts(compared, variables.get(RESULT) or {}, str(variables.get(FAILURE) or ""), is_reached)
