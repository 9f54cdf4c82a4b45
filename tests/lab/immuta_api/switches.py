# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every unknown of the contract as a switch. The defaults are the contract's assumptions (its section 9)."""

from __future__ import annotations

import dataclasses
import typing as t


@dataclasses.dataclass
class Switches:
    """What the simulated tenant does where the documentation is silent, and how its operations end."""

    # --- form of the answers ---
    #: A3: type of `id` in answers
    id_type: t.Literal["string", "number"] = "string"
    #: A2: HTTP status of every successful answer
    success_code: int = 200
    #: A4: a script is raw text, a JSON string, or {"script": ...}
    script_answer: t.Literal["text", "json_string", "json_object"] = "text"
    #: content type of a script; empty: text/html for raw text (hapi's default for a string), else application/json
    script_content_type: str = ""
    #: A5: `password` and `okta.password` in GET
    secrets_in_get: t.Literal["absent", "redacted", "null"] = "absent"
    #: GET returns `config.username`
    username_in_get: bool = True
    #: A6: spelling of the Okta application id in answers (requests may use both)
    okta_app_id: t.Literal["appId", "appID"] = "appId"
    #: A13: GET returns `port: 5439` when the request had none
    port_default_returned: bool = True
    #: A16: `impersonation` in GET when the request had none
    impersonation_default: t.Literal["absent", "disabled"] = "disabled"
    #: answers hold a field that nobody documented
    extra_fields: bool = False
    #: A8: what GET shows once an integration is deleted
    delete_end: t.Literal["404", "deleted", "disabled"] = "404"
    #: with delete_end deleted or disabled: the list keeps showing it
    gone_in_list: bool = True
    #: status in the answer of DELETE; `deleted` waits for the end of the deletion
    delete_answer: t.Literal["deleting", "deleted"] = "deleting"
    #: A9: body of GET /integrations/{id}/status
    status_body: t.Literal["full", "bare", "string", "not_implemented"] = "full"
    #: A12: a 422 carries `validationResults`
    validation_in_422: bool = False
    #: hostile: error messages, and the validation in answers to writes, repeat the secrets of the request
    echo_secrets: bool = False
    #: hostile: how they are written there
    echo_form: t.Literal["plain", "percent", "base64", "upper"] = "plain"
    #: verb in the 409 of DELETE on a busy integration (the documentation has "edit")
    delete_busy_verb: t.Literal["edit", "delete"] = "edit"

    # --- what is accepted ---
    #: A14: seconds that a token is valid
    token_lifetime: float = 3600.0
    #: `Bearer <API key>` is accepted without an exchange
    bearer_key_accepted: bool = True
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
    #: fields of `config` that nobody documented
    unknown_fields: t.Literal["accepted", "rejected"] = "accepted"
    #: the form without `initialDatabase` (one script) is allowed
    single_script_allowed: bool = True
    #: automatic set-up takes on a `database` that is already there
    existing_database_allowed: bool = False
    #: scripts/create on a host that has an integration: strict: as POST (400, 409); conflict: 409 only; none: a script
    script_host_check: t.Literal["strict", "conflict", "none"] = "strict"
    #: requests a second before a 429; 0: no limit
    rate_limit: int = 0
    #: form of Retry-After
    retry_after: t.Literal["seconds", "date"] = "seconds"

    # --- how operations go ---
    #: false: nothing is looked up or run in the warehouse, every validation passes
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
    #: the edit script gives the system account its (new) password; false: it leaves an account that is there alone
    script_edit_sets_password: bool = True
    #: scripts tell when they were generated, so that no two are the same
    script_timestamp: bool = False

    def update(self, values: t.Mapping[str, t.Any]) -> None:
        """Set several switches, or none: ValueError tells the first that is unknown or has a wrong value."""
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
