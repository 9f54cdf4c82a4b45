# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of the demo: each runs a playbook, and then checks independently that it did what was promised."""

from __future__ import annotations

import secrets
import typing as t
from pathlib import Path

from demo.playbooks import HERE, INDENT, DemoError, Playbooks, say
from tests.lab.client import LabClient

PLAYBOOK = "community.immuta.redshift_integration"
DATABASE, ACCOUNT, GROUP = "immuta_policies", "immuta_system", "immuta_impersonation"
INVENTORY = """\
redshift_clusters:
  hosts:
    analytics:
      redshift_integration_host: analytics.abc123.eu-west-1.redshift.amazonaws.com
  vars:
    redshift_integration_auto_bootstrap: false
    redshift_integration_database: {database}
    redshift_integration_initial_database: {initial_database}
    redshift_integration_authentication_type: userPassword
    redshift_integration_username: {account}
    redshift_integration_password: "{{{{ lookup('env', 'IMMUTA_SYSTEM_PASSWORD') }}}}"
    redshift_integration_login_user: {admin}
    redshift_integration_login_password: "{{{{ lookup('env', 'REDSHIFT_ADMIN_PASSWORD') }}}}"
    redshift_integration_ssl_mode: verify-full
    redshift_integration_ca_cert: {ca_cert}
    # Address of the simulated cluster; a real one needs neither line.
    redshift_integration_login_host: {host}
    redshift_integration_login_port: {port}
"""
IMPERSONATION = f"""\
    redshift_integration_impersonation:
      enabled: true
      role: {GROUP}
"""


def inventory_of(lab: LabClient) -> str:
    """Return the inventory of the simulated cluster."""
    return INVENTORY.format(
        database=DATABASE, initial_database=lab.redshift_initial_database, account=ACCOUNT,
        admin=lab.redshift_admin_user, ca_cert=lab.redshift_ca_cert, host=lab.redshift_host, port=lab.redshift_port,
    )  # fmt: skip


class Demo:
    """The steps, in order.

    :param directory: gets inventory.yml
    """

    def __init__(self, directory: Path, lab: LabClient) -> None:
        self.lab = lab
        self.password = f"Im1{secrets.token_hex(8)}"
        self.secrets = {
            "IMMUTA_API_KEY": lab.immuta_api_key,
            "IMMUTA_SYSTEM_PASSWORD": self.password,
            "REDSHIFT_ADMIN_PASSWORD": lab.redshift_admin_password,
        }
        self.settings = {"IMMUTA_URL": lab.immuta_url}
        self.inventory = directory / "inventory.yml"
        self.inventory.write_text(inventory_of(lab), encoding="utf-8")
        self._playbooks = Playbooks(directory, self.secrets, self.settings)

    def steps(self) -> list[tuple[str, t.Callable[[], str]]]:
        """Return the headline of each step, and its function, which returns a sentence on what was proved."""
        return [
            ("Preview with --check --diff", self.preview),
            ("Manual bootstrap, and a check of its result", self.bootstrap),
            ("Second run: nothing to do", self.again),
            ("Update: enable impersonation, after a preview", self.update),
            ("Deletion of the integration and of its objects in Redshift", self.delete),
        ]

    def preview(self) -> str:
        """Run in check mode on an empty system."""
        self._playbooks.run(PLAYBOOK, "--check", "--diff")
        promise(not self.lab.integrations(), "The preview created an integration in Immuta.")
        promise(not self._has("pg_database", "datname", DATABASE), "The preview created a database in Redshift.")
        promise(not self._has("pg_user", "usename", ACCOUNT), "The preview created a user in Redshift.")
        return "Nothing was changed: no integration in Immuta, no new database and no new user in Redshift."

    def bootstrap(self) -> str:
        """Bootstrap the integration, and verify the result with SQL and API requests."""
        self._playbooks.run(PLAYBOOK)
        self._playbooks.run(HERE / "proof.yml")
        promise(self._statuses() == ["enabled"], f"The integration is not enabled: {self._statuses()}.")
        promise(self.lab.can_log_in(ACCOUNT, self.password, DATABASE), "The system account cannot log in.")
        return "The integration is enabled, and the system account can log in to Redshift."

    def again(self) -> str:
        """Run the same playbook a second time."""
        self.lab.clear_requests()
        connections = len(self.lab.proxy_log()["connections"])
        changed = self._playbooks.run(PLAYBOOK)
        promise(changed == 0, f"The second run changed something ({changed} tasks).")
        asked = len(self.lab.requests())
        promise(asked == 1, f"The second run made {asked} API requests.")
        promise(len(self.lab.proxy_log()["connections"]) == connections, "The second run connected to Redshift.")
        return "Nothing was changed (changed=0): one request to Immuta, no connection to Redshift."

    def update(self) -> str:
        """Enable impersonation, by a change of the inventory."""
        with self.inventory.open("a", encoding="utf-8") as file:
            file.write(IMPERSONATION)
        say(_indented("Added to inventory.yml:", *(f"+ {line}" for line in IMPERSONATION.splitlines())))
        self._playbooks.run(PLAYBOOK, "--check", "--diff")
        promise(not self._impersonation(), "The preview of the update changed Immuta.")
        self._playbooks.run(PLAYBOOK)
        promise(self._statuses() == ["enabled"] and self._impersonation(), "Impersonation is not enabled in Immuta.")
        promise(self._has("pg_group", "groname", GROUP), f"Redshift has no group {GROUP}.")
        return f"Impersonation is enabled in Immuta, and Redshift has the group {GROUP}."

    def delete(self) -> str:
        """Delete the integration, and drop what the scripts created."""
        wanted = ("redshift_integration_state=absent", "redshift_integration_drop_objects=true")
        self._playbooks.run(PLAYBOOK, *(word for value in wanted for word in ("-e", value)))
        promise(not self.lab.integrations(), "Immuta still has the integration.")
        promise(not self._has("pg_user", "usename", ACCOUNT), "Redshift still has the system account.")
        left = self.lab.sql(r"SELECT nspname FROM pg_namespace WHERE nspname LIKE 'immuta\_%'", DATABASE)
        promise(not left, "Redshift still has schemas of Immuta.")
        return "The integration is gone, and Redshift has neither the system account nor a schema of Immuta."

    def _has(self, catalog: str, column: str, name: str) -> bool:
        return bool(self.lab.sql(f"SELECT 1 FROM {catalog} WHERE {column} = '{name}'"))

    def _statuses(self) -> list[str]:
        return [row["status"] for row in self.lab.integrations()]

    def _impersonation(self) -> bool:
        rows = self.lab.integrations()
        return bool(rows and rows[0]["config"].get("impersonation", {}).get("enabled"))


def promise(kept: bool, sentence: str) -> None:
    """Raise an error with this sentence if something is not as promised."""
    if not kept:
        raise DemoError(sentence)


def _indented(*lines: str) -> str:
    return "\n".join(f"{INDENT}{line}" for line in lines)
