# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The integrations of the tenant, and the forms in which responses show them (docs/dev/api-contract.md, section 4)."""

from __future__ import annotations

import copy
import dataclasses
import typing as t

from tests.lab.immuta_api import redaction
from tests.lab.immuta_api.payload import DEFAULT_PORT, REDSHIFT, Payload
from tests.lab.immuta_api.switches import Switches

BUSY = frozenset({"creating", "editing", "migrating", "deleting"})
GONE = frozenset({"deleted", "disabled"})
_SEEDED_APART = ("id", "status")

Json = dict[str, t.Any]


@dataclasses.dataclass
class Integration:
    """One integration.

    `body` is what responses show: type, autoBootstrap, config, validationResults, and whatever a test seeded.
    No secret is ever in it.
    """

    id: str
    status: str
    body: Json
    #: the system account's password, which Immuta keeps for a manual integration; never shown
    secret: str | None = dataclasses.field(default=None, repr=False)
    #: whether the automatic set-up created the database, so that a deletion drops it
    made_database: bool = False

    @property
    def type(self) -> str:
        """The type, such as `Redshift`."""
        return str(self.body.get("type"))

    @property
    def config(self) -> Json:
        """The configuration; empty if a test seeded something else."""
        config = self.body.get("config")
        return config if isinstance(config, dict) else {}

    @property
    def key(self) -> tuple[str, str]:
        """What must be unique among those in use: type and host."""
        return self.type, str(self.config.get("host", "")).casefold()

    @property
    def in_use(self) -> bool:
        """Whether it counts; deleted and disabled ones do not."""
        return self.status not in GONE

    @property
    def auto(self) -> bool:
        """Whether Immuta set it up itself."""
        return bool(self.body.get("autoBootstrap"))

    def payload(self) -> Payload:
        """Return what it was made from, with the password if Immuta keeps it."""
        config = copy.deepcopy(self.config)
        if self.secret is not None:
            config["password"] = self.secret
        return Payload(self.type, self.auto, {"host": "", "database": "", **config})

    def set_payload(self, payload: Payload) -> None:
        """Store a new configuration."""
        self.body |= {
            "type": payload.type,
            "autoBootstrap": payload.auto,
            "config": redaction.without_secrets(copy.deepcopy(payload.config)),
        }
        self.secret = None if payload.auto else payload.password

    def set_validation(self, validation: Json) -> None:
        """Store validation results."""
        self.body["validationResults"] = validation


class Store:
    """All integrations, by id."""

    def __init__(self) -> None:
        self._all: dict[str, Integration] = {}
        self._last = 0

    def clear(self) -> None:
        """Remove all integrations; ids start at 1 again."""
        self._all.clear()
        self._last = 0

    def all(self) -> list[Integration]:
        """Return all integrations in the order of their creation."""
        return list(self._all.values())

    def get(self, integration_id: str) -> Integration | None:
        """Return one integration."""
        return self._all.get(integration_id)

    def in_use(self, type_: str, host: str) -> Integration | None:
        """Return the integration that uses a host."""
        wanted = (type_, host.casefold())
        return next((one for one in self._all.values() if one.in_use and one.key == wanted), None)

    def add(self, payload: Payload, status: str, validation: Json) -> Integration:
        """Create an integration."""
        integration = Integration(self._next_id(), status, {"validationResults": validation})
        integration.set_payload(payload)
        self._all[integration.id] = integration
        return integration

    def seed(self, body: Json) -> Integration:
        """Add an integration as a test describes it: any type, any status, any fields, `id` if specified.

        A secret in it is stored apart, as if the integration had been created with it.
        """
        fields = {name: value for name, value in body.items() if name not in _SEEDED_APART}
        integration_id = str(body["id"]) if body.get("id") is not None else self._next_id()
        integration = Integration(integration_id, str(body.get("status", "enabled")), {})
        if fields.get("type") == REDSHIFT and not fields.get("autoBootstrap"):
            config = fields.get("config")
            integration.secret = config.get("password") if isinstance(config, dict) else None
        integration.body = redaction.without_secrets(copy.deepcopy(fields))
        self._all[integration.id] = integration
        return integration

    def remove(self, integration: Integration) -> None:
        """Remove an integration."""
        self._all.pop(integration.id, None)

    def _next_id(self) -> str:
        self._last += 1
        while str(self._last) in self._all:
            self._last += 1
        return str(self._last)


def shown_id(integration: Integration, switches: Switches) -> str | int:
    """Return the id as responses show it."""
    as_number = switches.id_type == "number" and integration.id.isdigit()
    return int(integration.id) if as_number else integration.id


def outcome(integration: Integration, switches: Switches, status: str | None = None) -> Json:
    """Return the response to POST, PUT and DELETE: id, status, validationResults."""
    validation = integration.body.get("validationResults")
    return {
        "id": shown_id(integration, switches),
        "status": status or integration.status,
        **({} if validation is None else {"validationResults": validation}),
        **_extra(switches),
    }


def shown(integration: Integration, switches: Switches) -> Json:
    """Return an integration as GET shows it."""
    body = copy.deepcopy(integration.body)
    if integration.type == REDSHIFT and isinstance(body.get("config"), dict):
        body["config"] = _shown_config(body["config"], switches)
    return {**outcome(integration, switches), **body}


def status_response(integration: Integration, switches: Switches) -> Json | str:
    """Return the body of GET /integrations/{id}/status."""
    if switches.status_body == "string":
        return integration.status
    if switches.status_body == "bare":
        return {"status": integration.status}
    return outcome(integration, switches)


def _shown_config(config: Json, switches: Switches) -> Json:
    """Return a configuration with defaults, hidden secrets and spellings as the switches say."""
    if switches.port_default_returned:
        config.setdefault("port", DEFAULT_PORT)
    if switches.impersonation_default == "disabled":
        config.setdefault("impersonation", {"enabled": False})
    okta = config.get("okta")
    if isinstance(okta, dict):
        _spell_app_id(okta, switches)
        _masked(okta, switches)
        if switches.okta_layout == "flat":
            config |= config.pop("okta")
    if config.get("authenticationType") == "userPassword":
        _masked(config, switches)
    if not switches.username_in_get:
        config.pop("username", None)
    return config


def _spell_app_id(okta: Json, switches: Switches) -> None:
    value = okta.pop("appId", okta.pop("appID", None))
    if value is not None:
        okta[switches.okta_app_id] = value


def _masked(fields: Json, switches: Switches) -> None:
    """Show that there is a password, if the tenant does."""
    if switches.secrets_in_get != "absent":
        fields["password"] = "[REDACTED]" if switches.secrets_in_get == "redacted" else None


def _extra(switches: Switches) -> Json:
    return {"undocumented": {"since": None, "flags": [1, "two"]}} if switches.extra_fields else {}
