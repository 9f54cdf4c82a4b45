# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares every cluster of the play with what Immuta has. Runs on the controller, where all variables are."""

from __future__ import annotations

import datetime
import os
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.community.immuta.plugins.module_utils._immuta.client import REQUESTS_ERROR, Client
from ansible_collections.community.immuta.plugins.module_utils._immuta.endpoints import Integrations
from ansible_collections.community.immuta.plugins.module_utils._immuta.record import IntegrationRecord
from ansible_collections.community.immuta.plugins.module_utils._module.redshift_fleet_info import compare
from ansible_collections.community.immuta.plugins.module_utils._types import Options
from ansible_collections.community.immuta.plugins.modules.redshift_fleet_info import argument_spec
from ansible_collections.community.immuta.plugins.plugin_utils._fleet import FleetVariables
from ansible_collections.community.immuta.plugins.plugin_utils._variable_names import spelling_warnings


class ActionModule(ActionBase):
    """Action plugin of redshift_fleet_info. There is no module process: only the controller has all variables."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Compare the clusters, in one request for each tenant."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        _validation, options = self.validate_argument_spec(argument_spec())
        if REQUESTS_ERROR:
            raise AnsibleActionFail("redshift_fleet_info requires the Python library requests on the controller.")
        names = options["hosts"] if options["hosts"] is not None else variables.get("ansible_play_hosts_all", [])
        fleet = FleetVariables(self._templar, variables, self._task.get_play().get_vars())
        clusters = [fleet.cluster(str(name)) for name in names]
        warnings = spelling_warnings({str(name): fleet.names(str(name)) for name in names})
        result.update({"warnings": warnings} if warnings else {})
        compared_at = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        result.update(changed=False, compared_at=compared_at, **compare(clusters, fleet.declared(), _read, os.environ))
        return result


def _read(options: Options) -> list[IntegrationRecord]:
    return Integrations(Client(options), check_mode=True).all()
