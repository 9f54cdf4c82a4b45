# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A switch for each open point of the contract. Defaults are the assumptions in docs/dev/api-contract.md, section 9."""

from __future__ import annotations

import dataclasses
import typing as t

#: endpoints that older or newer versions of Immuta do not have
Optional = t.Literal[
    "/bim/apikey/authenticate",
    "/health",
    "/integrations/{id}/status",
    "/integrations/scripts/initial-create",
    "/integrations/scripts/create",
    "/integrations/scripts/cleanup",
    "/integrations/{id}/scripts/edit",
    "/integrations/{id}/scripts/delete",
]
#: endpoints of the connections API, which most versions do not have
Connections = t.Literal["/data/connection/{key}", "/api/connections/{key}"]


@dataclasses.dataclass
class Switches:
    """What the simulated tenant does where nothing is documented, and how its operations end."""

    # --- which API it is ---
    #: endpoints that this version of Immuta does not have: 404 `Not Found`
    missing_endpoints: list[Optional] = dataclasses.field(default_factory=list)
    #: endpoints of the connections API that this version has
    connection_endpoints: list[Connections] = dataclasses.field(default_factory=list)
    #: which bootstrap Immuta offers: classic: two scripts, `initialDatabase` required; single (SaaS, Spectrum): one
    #: script, `initialDatabase` refused, no first script for Redshift; both: as the payload says
    bootstrap_form: t.Literal["classic", "both", "single"] = "both"
    #: the automatic bootstrap is offered
    automatic_offered: bool = True
    #: schema of `{id}` in paths: any text, an integer, a positive integer; others get a 400 from the schema
    id_schema: t.Literal["any", "integer", "positive"] = "any"

    # --- form of the responses ---
    #: A3: type of `id` in responses
    id_type: t.Literal["string", "number"] = "string"
    #: A2: HTTP status of every successful response
    success_code: int = 200
    #: A4: a script is raw text, a JSON string, or {"script": ...}
    script_response: t.Literal["text", "json_string", "json_object"] = "text"
    #: content type of a script; empty: text/html for raw text (hapi's default for a string), else application/json
    script_content_type: str = ""
    #: A5: `password` and `okta.password` in GET
    secrets_in_get: t.Literal["absent", "redacted", "null"] = "absent"
    #: GET returns `config.username`
    username_in_get: bool = True
    #: A6: spelling of the Okta application id in responses (in requests too if unknown fields are rejected)
    okta_app_id: t.Literal["appId", "appID"] = "appId"
    #: A6: where the Okta fields are in responses (in requests too if unknown fields are rejected): in `config.okta`, or
    #: flat in `config`
    okta_layout: t.Literal["nested", "flat"] = "nested"
    #: A13: GET returns `port: 5439` when the request had none
    port_default_returned: bool = True
    #: A16: `impersonation` in GET when the request had none
    impersonation_default: t.Literal["absent", "disabled"] = "disabled"
    #: responses contain an undocumented field
    extra_fields: bool = False
    #: A8: what GET shows once an integration is deleted
    delete_end: t.Literal["404", "deleted", "disabled"] = "404"
    #: with delete_end deleted or disabled: the list keeps showing it
    gone_in_list: bool = True
    #: response of DELETE: the status in its body (`deleted` waits for the end of the deletion), or 204 without a body
    delete_response: t.Literal["deleting", "deleted", "no_content"] = "deleting"
    #: A9: body of GET /integrations/{id}/status (missing_endpoints: it does not exist)
    status_body: t.Literal["full", "bare", "string"] = "full"
    #: A12: a 422 carries `validationResults`
    validation_in_422: bool = False
    #: a 400 of the schema names the field (Joi's error), or nothing (hapi's default, then also without `validation`)
    schema_errors: t.Literal["named", "unnamed"] = "named"
    #: A12: `validation` in a 400 of the schema: hapi's object or V1's list; a 422 only ever has the list
    error_validation: t.Literal["absent", "object", "list"] = "object"
    #: hostile: error messages, and the validation in responses to writes, repeat the secrets of the request
    echo_secrets: bool = False
    #: hostile: how the secrets are written there
    echo_form: t.Literal["plain", "percent", "base64", "upper"] = "plain"
    #: verb in the 409 of DELETE on a busy integration (the documentation has "edit")
    delete_busy_verb: t.Literal["edit", "delete"] = "edit"

    # --- what is accepted ---
    #: A14: seconds that a token is valid
    token_lifetime: float = 3600.0
    #: `Bearer <API key>` is accepted without an exchange
    bearer_key_accepted: bool = True
    #: the token is accepted without `Bearer` too
    bare_token_accepted: bool = True
    #: A10: what PUT must not change
    non_editable: list[str] = dataclasses.field(
        default_factory=lambda: ["type", "autoBootstrap", "host", "port", "database", "initialDatabase"]
    )
    #: A11: PUT replaces the whole configuration; false: it is merged over the old one
    put_replaces: bool = True
    #: PUT without credentials is malformed; false: a manual integration keeps those it has
    put_requires_credentials: bool = True
    #: A7: layout of the credentials in DELETE: {"username": ...} or {"config": {...}}
    delete_body: t.Literal["flat", "nested", "both"] = "both"
    #: fields that nobody documented (Joi rejects them by default)
    unknown_fields: t.Literal["accepted", "rejected"] = "accepted"
    #: documented fields of `config` that this version does not know, such as port: rejected
    fields_not_known: list[str] = dataclasses.field(default_factory=list)
    #: `{}` as body of DELETE: a payload, as hapi sees it, or the same as no body
    delete_empty_object: t.Literal["payload", "no_body"] = "payload"
    #: automatic set-up reuses a `database` that already exists
    existing_database_allowed: bool = False
    #: what the script endpoints for a new integration check: strict: the host as POST does (400, 409); conflict: 409
    #: only; connect: they connect to the host too (422 for a host under .invalid); none: nothing
    script_host_check: t.Literal["strict", "conflict", "connect", "none"] = "strict"
    #: requests a second before a 429; 0: no limit
    rate_limit: int = 0
    #: form of Retry-After
    retry_after: t.Literal["seconds", "date"] = "seconds"

    # --- how operations go ---
    #: false: nothing is read or run in the warehouse, every validation passes
    check_warehouse: bool = True
    #: outcome of validation tests by part of their name ("*": all): passed, failed, warning, skipped
    validation_outcomes: dict[str, str] = dataclasses.field(default_factory=dict)
    #: seconds in `creating`
    create_seconds: float = 0.2
    #: seconds in `editing`
    edit_seconds: float = 0.2
    #: seconds in `deleting`
    delete_seconds: float = 0.2
    #: seconds in `migrating`
    migrate_seconds: float = 0.2
    #: error: ends in `createError`
    create_outcome: t.Literal["ok", "error"] = "ok"
    #: error: ends in `editError`
    edit_outcome: t.Literal["ok", "error"] = "ok"
    #: error: ends in `deleteError`
    delete_outcome: t.Literal["ok", "error"] = "ok"
    #: error: ends in `migrateError`
    migrate_outcome: t.Literal["ok", "error"] = "ok"

    # --- scripts ---
    #: the create script can be run twice (IF NOT EXISTS, OR REPLACE); false: plain CREATE
    script_create_rerunnable: bool = True
    #: the edit script sets the (new) password of the system account; false: it does not change an existing account
    script_edit_sets_password: bool = True
    #: scripts contain the time when they were generated, so that no two are the same
    script_timestamp: bool = False
    #: the create and edit scripts use Python UDFs: USAGE ON LANGUAGE plpythonu and one function in it
    script_python_udf: bool = False

    def update(self, values: t.Mapping[str, t.Any]) -> None:
        """Set several switches, or none: ValueError names the first that is unknown or has a wrong value."""
        hints = t.get_type_hints(Switches)
        for name, value in values.items():
            if name not in hints:
                raise ValueError(f"There is no switch {name!r}.")
            if not _fits(value, hints[name]):
                raise ValueError(f"The switch {name} cannot be {value!r}; it is {_described(hints[name])}.")
        for name, value in values.items():
            setattr(self, name, value)

    def copy(self) -> Switches:
        """Return an independent copy."""
        return Switches(**dataclasses.asdict(self))


def _fits(value: object, hint: t.Any) -> bool:
    """Return whether a value from JSON has the type of a field."""
    origin, inner = t.get_origin(hint), t.get_args(hint)
    if origin is t.Literal:
        return value in inner
    if origin is list:
        return isinstance(value, list) and all(_fits(item, inner[0]) for item in value)
    if origin is dict:
        return isinstance(value, dict) and all(_fits(item, inner[1]) for item in value.values())
    if hint in (int, float):
        numbers = (int, float) if hint is float else (int,)
        return isinstance(value, numbers) and not isinstance(value, bool)
    return isinstance(value, hint)


def _described(hint: t.Any) -> str:
    """Return a type in words."""
    if t.get_origin(hint) is t.Literal:
        return "one of " + ", ".join(map(str, t.get_args(hint)))
    return getattr(hint, "__name__", str(hint)) if t.get_origin(hint) is None else str(hint)
