# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request body of an integration, and the complaints of its schema (docs/dev/api-contract.md, section 3)."""

from __future__ import annotations

import copy
import dataclasses
import re
import typing as t

from tests.lab.immuta_api.errors import ApiError, SchemaError
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
_APP_IDS = ("appId", "appID")
#: the Okta fields that stand in `config` itself if the tenant has them flat; user name and password are there anyway
_FLAT_OKTA_FIELDS = ("idpHost", "role", *_APP_IDS)
_OPTIONAL_TEXTS = ("connectArgs", *_FLAT_OKTA_FIELDS)
#: the types for which there is a first script
_TYPES_WITH_FIRST_SCRIPT = ("Azure Synapse Analytics", REDSHIFT)

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
        """The password of `username`; None with Okta, or if it is not known."""
        return None if self.okta else self.config.get("password")

    @property
    def account(self) -> str:
        """The account that Immuta keeps using."""
        return f"immuta_system_{self.database}" if self.auto else self.username

    @property
    def group(self) -> str | None:
        """The group for impersonation; None if it is off."""
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
    _choice(body, "type", _types(switches, purpose))
    if body["type"] != REDSHIFT:
        raise ApiError(501, f"This simulator sets up Redshift integrations only, not {body['type']}.")
    _required(body, "autoBootstrap", bool, "a boolean")
    if body["autoBootstrap"] and (purpose != "integration" or not switches.automatic_offered):
        _refuse("autoBootstrap", "must be [false]")
    _required(body, "config", dict, "of type object")
    _config(body["config"], body["autoBootstrap"], switches, purpose)
    _refuse_unknown(body, ("type", "autoBootstrap", "config"), switches)
    return Payload(body["type"], body["autoBootstrap"], _with_nested_okta(copy.deepcopy(body["config"])))


def _types(switches: Switches, purpose: str) -> t.Sequence[str]:
    """Return the types that an endpoint accepts."""
    if purpose != "initial script":
        return TYPES
    return [name for name in _TYPES_WITH_FIRST_SCRIPT if name != REDSHIFT or switches.bootstrap_form != "single"]


def _with_nested_okta(config: Json) -> Json:
    """Return a configuration with the Okta fields in `okta`, wherever the request had them."""
    if config["authenticationType"] != "okta" or "okta" in config:
        return config
    okta = {name: config.pop(name) for name in (*_OKTA_FIELDS, *_APP_IDS) if name in config}
    return {**config, "okta": okta}


def refuse_odd_credentials(credentials: Json) -> None:
    """Raise the 400 for malformed credentials in a DELETE. Which of them are needed is not decided here."""
    if "authenticationType" in credentials:
        _choice(credentials, "authenticationType", AUTHENTICATION_TYPES)
    for name in ("username", "password"):
        if name in credentials:
            _required(credentials, name, str, "a string")
    if "okta" in credentials:
        _required(credentials, "okta", dict, "of type object")
        _okta(credentials["okta"], _app_id(credentials["okta"]), "okta.")


def _refuse_odd_text(label: str, value: t.Any) -> None:
    """Raise the 400 for what no database accepts: anything but text, a null character, half a surrogate pair."""
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
    _initial_database(config, auto or purpose == "initial script", switches)
    _credentials(config, switches)
    if "impersonation" in config:
        _impersonation(config["impersonation"], switches)
    for name in _OPTIONAL_TEXTS:
        if name in config:
            _required(config, name, str, "a string", "config.")
    not_known = [name for name in switches.fields_not_known if name in config]
    if not_known:
        _refuse(f"config.{not_known[0]}", "is not allowed")
    _refuse_unknown(config, _known_fields(switches), switches, "config.")


def _known_fields(switches: Switches) -> frozenset[str]:
    """Return the fields of `config` in the schema of this tenant."""
    if switches.okta_layout == "nested":
        return _FIELDS
    return _FIELDS - {"okta"} | {"idpHost", "role", switches.okta_app_id}


def _refuse_unknown(source: Json, known: t.Collection[str], switches: Switches, prefix: str = "") -> None:
    """Raise the 400 for a field that the schema does not know, as Joi does by default."""
    unknown = sorted(set(source) - set(known))
    if unknown and switches.unknown_fields == "rejected":
        _refuse(prefix + unknown[0], "is not allowed")


def _initial_database(config: Json, needed: bool, switches: Switches) -> None:
    there = "initialDatabase" in config
    if switches.bootstrap_form == "single":
        if there:
            _refuse("config.initialDatabase", "is not allowed")
    elif needed or there or switches.bootstrap_form == "classic":
        _required(config, "initialDatabase", str, "a string", "config.")


def _port(port: t.Any) -> None:
    whole = isinstance(port, int) or (isinstance(port, float) and port.is_integer())  # to JSON, 1.0 is 1
    if isinstance(port, bool) or not whole:
        _refuse("config.port", "must be a number")
    if not 1 <= port <= 65535:
        _refuse("config.port", "must be a valid port")


def _credentials(config: Json, switches: Switches) -> None:
    _choice(config, "authenticationType", AUTHENTICATION_TYPES, "config.")
    by_password = config["authenticationType"] == "userPassword"
    for name in ("username", "password"):
        if by_password or name in config:
            _required(config, name, str, "a string", "config.")
    if by_password and "okta" not in config:
        return
    closed = switches.unknown_fields == "rejected"
    if _is_flat(config, switches):
        _okta(config, switches.okta_app_id if closed else _app_id(config), "config.")
        return
    _required(config, "okta", dict, "of type object", "config.")
    okta = config["okta"]
    app_id = switches.okta_app_id if closed else _app_id(okta)
    _okta(okta, app_id, "config.okta.")
    _refuse_unknown(okta, (*_OKTA_FIELDS, app_id), switches, "config.okta.")


def _is_flat(config: Json, switches: Switches) -> bool:
    """Return whether the Okta fields stand in `config` itself. A tenant with an open schema takes both layouts."""
    if switches.unknown_fields == "rejected":
        return switches.okta_layout == "flat"
    return "okta" not in config and any(name in config for name in _FLAT_OKTA_FIELDS)


def _app_id(okta: Json) -> str:
    """Return the spelling that a request uses."""
    return "appID" if "appID" in okta else "appId"


def _okta(okta: Json, app_id: str, prefix: str) -> None:
    for name in (*_OKTA_FIELDS, app_id):
        _required(okta, name, str, "a string", prefix)


def _impersonation(value: t.Any, switches: Switches) -> None:
    _object(value, "config.impersonation")
    _required(value, "enabled", bool, "a boolean", "config.impersonation.")
    if "role" in value:
        _required(value, "role", str, "a string", "config.impersonation.")
    _refuse_unknown(value, ("enabled", "role"), switches, "config.impersonation.")


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
    raise SchemaError(label, complaint)
