# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request body of an integration, and Joi-like complaints about a malformed one (contract, section 3)."""

from __future__ import annotations

import copy
import dataclasses
import re
import typing as t

from tests.lab.immuta_api.errors import ApiError
from tests.lab.immuta_api.switches import Switches

REDSHIFT = "Redshift"
TYPES = (REDSHIFT, "Snowflake", "Databricks", "Azure Synapse Analytics", "Google BigQuery", "Trino", "Native S3")
AUTHENTICATION_TYPES = ("userPassword", "okta")
DEFAULT_PORT = 5439
DEFAULT_GROUP = "immuta_impersonation"
_HOST = re.compile(
    r"(?=.{1,253}\Z)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\Z"
)
_IPV6 = re.compile(r"\[?[0-9A-Fa-f:]*:[0-9A-Fa-f:.]+\]?\Z")
_FIELDS = frozenset(
    (
        "host", "port", "database", "initialDatabase", "authenticationType", "username", "password", "okta",
        "impersonation", "connectArgs",
    )
)  # fmt: skip
_OKTA_FIELDS = ("username", "password", "idpHost", "role")

Json = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Payload:
    """A well-formed request body, with the defaults filled in by its properties."""

    type: str
    auto: bool
    config: Json

    @property
    def host(self) -> str:
        """The host; also the key of the integration."""
        return str(self.config["host"])

    @property
    def database(self) -> str:
        """The database that Immuta manages."""
        return str(self.config["database"])

    @property
    def initial_database(self) -> str | None:
        """The database to connect to first; None in the form with one script."""
        return self.config.get("initialDatabase")

    @property
    def okta(self) -> bool:
        """Whether Okta decides who may log in."""
        return self.config.get("authenticationType") == "okta"

    @property
    def username(self) -> str:
        """Who logs in: the one-time account (automatic) or the system account (manual)."""
        source = self.config.get("okta") or {} if self.okta else self.config
        return str(source.get("username", ""))

    @property
    def password(self) -> str | None:
        """The password of `username`; None with Okta, and where none is known."""
        return None if self.okta else self.config.get("password")

    @property
    def account(self) -> str:
        """The account that Immuta keeps using."""
        return f"immuta_system_{self.database}" if self.auto else self.username

    @property
    def group(self) -> str | None:
        """The group for impersonation; None where it is off."""
        impersonation = self.config.get("impersonation") or {}
        return str(impersonation.get("role") or DEFAULT_GROUP) if impersonation.get("enabled") else None

    def attribute(self, name: str) -> t.Any:
        """Return the value of an attribute by its name in the API, as it is compared for a change."""
        if name == "type":
            return self.type
        if name == "autoBootstrap":
            return self.auto
        if name == "host":
            return self.host.casefold()
        return self.config.get(name, DEFAULT_PORT if name == "port" else None)

    def with_credentials(self, config: Json) -> Payload:
        """Return the same with other credentials: those of a DELETE."""
        return dataclasses.replace(self, config={**self.config, "authenticationType": "userPassword", **config})


def parse(body: t.Any, switches: Switches, purpose: str) -> Payload:
    """Return a well-formed body as a payload, or raise the 400 that names the first bad field.

    :param purpose: `integration` (POST, PUT), `script`, or `initial script`
    """
    _object(body, "value")
    _choice(body, "type", TYPES)
    if body["type"] != REDSHIFT:
        raise ApiError(501, f"This simulator sets up Redshift integrations only, not {body['type']}.")
    _required(body, "autoBootstrap", bool, "a boolean")
    if purpose != "integration" and body["autoBootstrap"]:
        _refuse("autoBootstrap", "must be [false]")
    _required(body, "config", dict, "of type object")
    _config(body["config"], body["autoBootstrap"], switches, purpose)
    return Payload(body["type"], body["autoBootstrap"], copy.deepcopy(body["config"]))


def refuse_odd_credentials(credentials: Json) -> None:
    """Raise the 400 for malformed credentials in a DELETE. Which of them are needed is not decided here."""
    if "authenticationType" in credentials:
        _choice(credentials, "authenticationType", AUTHENTICATION_TYPES)
    for name in ("username", "password"):
        if name in credentials:
            _required(credentials, name, str, "a string")
    if "okta" in credentials:
        _okta(credentials)


def _refuse_odd_text(label: str, value: t.Any) -> None:
    """Raise the 400 for what no database takes: something else than text, a null character, half a surrogate pair."""
    if not isinstance(value, str):
        _refuse(label, "must be a string")
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        _refuse(label, "contains an invalid character")


def _config(config: Json, auto: bool, switches: Switches, purpose: str) -> None:
    _required(config, "host", str, "a string", "config.")
    if not (_HOST.match(config["host"]) or _IPV6.match(config["host"])):
        _refuse("config.host", "must be a valid hostname")
    if "port" in config:
        _port(config["port"])
    _required(config, "database", str, "a string", "config.")
    if auto or purpose == "initial script" or "initialDatabase" in config or not switches.single_script_allowed:
        _required(config, "initialDatabase", str, "a string", "config.")
    _credentials(config)
    if "impersonation" in config:
        _impersonation(config["impersonation"])
    if "connectArgs" in config:
        _required(config, "connectArgs", str, "a string", "config.")
    unknown = sorted(set(config) - _FIELDS)
    if unknown and switches.unknown_fields == "rejected":
        _refuse(f"config.{unknown[0]}", "is not allowed")


def _port(port: t.Any) -> None:
    whole = isinstance(port, int) or (isinstance(port, float) and port.is_integer())  # to JSON, 1.0 is 1
    if isinstance(port, bool) or not whole:
        _refuse("config.port", "must be a number")
    if not 1 <= port <= 65535:
        _refuse("config.port", "must be a valid port")


def _credentials(config: Json) -> None:
    _choice(config, "authenticationType", AUTHENTICATION_TYPES, "config.")
    by_password = config["authenticationType"] == "userPassword"
    for name in ("username", "password"):
        if by_password or name in config:
            _required(config, name, str, "a string", "config.")
    if not by_password or "okta" in config:
        _okta(config, "config.")


def _okta(source: Json, prefix: str = "") -> None:
    _required(source, "okta", dict, "of type object", prefix)
    okta = source["okta"]
    for name in (*_OKTA_FIELDS, "appID" if "appID" in okta else "appId"):
        _required(okta, name, str, "a string", f"{prefix}okta.")


def _impersonation(value: t.Any) -> None:
    _object(value, "config.impersonation")
    _required(value, "enabled", bool, "a boolean", "config.impersonation.")
    if "role" in value:
        _required(value, "role", str, "a string", "config.impersonation.")


def _object(value: t.Any, label: str) -> None:
    if not isinstance(value, dict):
        _refuse(label, "must be of type object")


def _choice(source: Json, name: str, choices: t.Sequence[str], prefix: str = "") -> None:
    if name not in source:
        _refuse(prefix + name, "is required")
    if source[name] not in choices:
        _refuse(prefix + name, f"must be one of [{', '.join(choices)}]")


def _required(source: Json, name: str, kind: type, words: str, prefix: str = "") -> None:
    if name not in source:
        _refuse(prefix + name, "is required")
    if not isinstance(source[name], kind):
        _refuse(prefix + name, f"must be {words}")
    if source[name] == "":
        _refuse(prefix + name, "is not allowed to be empty")
    if isinstance(source[name], str):
        _refuse_odd_text(prefix + name, source[name])


def _refuse(label: str, complaint: str) -> t.NoReturn:
    raise ApiError(400, f'"{label}" {complaint}', validation={"source": "payload", "keys": [label]})
