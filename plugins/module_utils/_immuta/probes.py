# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes that find out which variant of the contract a tenant speaks, and the reading of their results. Pure.

Private to this collection: it can change at any time.

No probe changes anything: they are GET requests, requests without credentials, and calls of the script endpoints for a
new integration with made-up values and a host that cannot exist (docs/dev/api-contract.md, section 9).
"""

from __future__ import annotations

import typing as t

from .._redact import is_masked
from .._types import Row
from .config_fields import has_flat_okta
from .record import GONE, TYPE
from .response import Response, parse_json

#: Names under .invalid resolve nowhere (RFC 2606): a server that tries to connect reaches nobody.
PROBE_HOST = "probe.invalid"
_LIST = "/integrations"
_CREATE = f"{_LIST}/scripts/create"
_INITIAL = f"{_LIST}/scripts/initial-create"
#: A script is only text. A server that needs longer than this probably tries to reach the host.
SLOW = 5.0  # seconds
LONGEST_MESSAGE = 300  # characters

CONFIRMED, CONTRADICTED, INCONCLUSIVE = "confirmed", "contradicted", "inconclusive"
Verdict = tuple[str, str]


class Probe(t.NamedTuple):
    """A request that changes nothing.

    :param name: how its result is found again
    :param anonymous: whether it is sent without credentials
    """

    name: str
    method: str
    path: str
    body: t.Any = None
    anonymous: bool = False


class Observation(t.NamedTuple):
    """What came back.

    :param response: None if no response came
    :param failure: why no response came
    """

    probe: Probe
    response: Response | None
    seconds: float = 0.0
    failure: str = ""


Observations = t.Mapping[str, Observation]


class Assumption(t.NamedTuple):
    """An open point of the contract, and what to do if the tenant contradicts the assumption."""

    statement: str
    change: str


ASSUMPTIONS: dict[str, Assumption] = {
    "A1": Assumption("type is Redshift", "TYPE in plugins/module_utils/_immuta/record.py"),
    "A2": Assumption("success is 200", "Nothing: every 2xx is a success."),
    "A3": Assumption("id is a string", "Nothing: numbers are accepted too."),
    "A4": Assumption("a script is raw text", "Nothing: a JSON string and an object with script are accepted too."),
    "A5": Assumption("GET returns no secret", "Nothing: secrets are neither compared nor shown."),
    "A6": Assumption(
        "Okta fields are nested, spelled appId",
        "Another spelling: OKTA_FIELDS in plugins/module_utils/_immuta/config_fields.py. Flat fields: extra_config.",
    ),
    "A7": Assumption("DELETE takes flat credentials", "delete_payload in plugins/module_utils/_immuta/payload.py"),
    "A8": Assumption("a deleted integration is a 404", "Nothing: deleted and disabled count as gone too."),
    "A9": Assumption("/status has id, status and results", "Nothing: GET /integrations/{id} is used instead."),
    "A10": Assumption("PUT cannot change host and databases", "plan_present in plugins/module_utils/_immuta/plan.py"),
    "A11": Assumption("PUT replaces the configuration", "update_payload in plugins/module_utils/_immuta/payload.py"),
    "A12": Assumption("a 422 may carry test results", "Nothing: they are shown if they are there."),
    "A13": Assumption("GET returns the port", "DEFAULT_PORT in plugins/module_utils/_immuta/config_fields.py"),
    "A14": Assumption("a token lasts 3600 s", "Nothing: after a 401 a new token is requested."),
    "A15": Assumption("script endpoints change nothing", "Do not use check mode, and report it."),
    "A16": Assumption("impersonation is off by default", "Set the option impersonation."),
    "A17": Assumption("409 while Immuta is busy", "BUSY in plugins/module_utils/_immuta/record.py"),
    "A18": Assumption("a failed create is repaired by PUT", "FAILED in plugins/module_utils/_immuta/record.py"),
}
#: Only an integration that may be changed can show these.
_NEEDS_INTEGRATION = ("A7", "A10", "A11", "A12", "A14", "A17", "A18")

_CONTROL = Probe("control", "POST", f"{_LIST}/scripts/none-such", anonymous=True)
ENDPOINTS = (
    Probe(_INITIAL, "POST", _INITIAL, anonymous=True),
    Probe(_CREATE, "POST", _CREATE, anonymous=True),
    Probe("/api/connections/{key}", "GET", "/api/connections/none-such", anonymous=True),
    Probe("/data/connection/{key}", "GET", "/data/connection/none-such", anonymous=True),
)
_LOGIN = {"authenticationType": "userPassword", "username": "probe_user", "password": "MadeUp0Value"}
_BASE = {"host": PROBE_HOST, "database": "probe_database"}
_ONE = {**_BASE, **_LOGIN}
_TWO = {**_ONE, "initialDatabase": "probe_initial"}
_OKTA = {"username": "probe_user", "password": "MadeUp0Value", "idpHost": "idp.invalid", "role": "probe_role"}
_LAYOUTS = ("nested appId", "nested appID", "flat appId", "flat appID")


def _script(name: str, config: Row, path: str = _CREATE) -> Probe:
    return Probe(name, "POST", path, {"type": TYPE, "autoBootstrap": False, "config": config})


FIRST = (
    _CONTROL,
    *ENDPOINTS,
    _script("one script", _ONE),
    _script("two scripts", _TWO),
    _script("first script", _TWO, _INITIAL),
    Probe("unknown id", "GET", f"{_LIST}/0"),
    Probe("unknown id, status", "GET", f"{_LIST}/0/status"),
    Probe("health", "GET", "/health", anonymous=True),
)
LAST = Probe("list again", "GET", _LIST)


def field_probes(seen: Observations) -> list[Probe]:
    """Return the probes of single fields: each changes one thing in a payload that the tenant accepts."""
    accepted = [name for name in ("one script", "two scripts") if _form(seen.get(name)) == "accepted"]
    if not accepted:
        return []
    base = _ONE if accepted[0] == "one script" else _TWO
    okta = {key: value for key, value in base.items() if key not in _LOGIN}
    fields = [_script("port", {**base, "port": 5439}), _script("unknown field", {**base, "probeField": "probe"})]
    return fields + [_script(layout, {**okta, **_okta(layout)}) for layout in _LAYOUTS]


def _okta(layout: str) -> Row:
    place, spelling = layout.split()
    fields = {**_OKTA, spelling: "probe_app"}
    login = {"authenticationType": "okta"}
    return {**login, **fields} if place == "flat" else {**login, "okta": fields}


def read_contract(rows: list[Row], listing: int, seen: Observations) -> Row:
    """Return what the results mean, as the module documents ``contract``.

    :param rows: what GET /integrations returned
    :param listing: its status
    """
    verdicts = _verdicts(rows, listing, seen)
    return {
        "bootstrap_form": _bootstrap_form(seen),
        "unknown_fields": {"accepted": "accepted", "refused": "rejected"}.get(
            _form(seen.get("unknown field")), INCONCLUSIVE
        ),
        "okta_layouts": [layout for layout in _LAYOUTS if _form(seen.get(layout)) == "accepted"],
        "endpoints": {probe.name: _existence(seen, probe.name) for probe in ENDPOINTS},
        "assumptions": [
            {"id": name, "statement": point.statement, "verdict": verdicts[name][0], "evidence": verdicts[name][1]}
            | {"change": point.change}
            for name, point in ASSUMPTIONS.items()
        ],
        "requests": [{"probe": "list", "request": f"GET {_LIST}", "credentials": True, "status": listing}]
        + [_evidence(one) for one in seen.values()],
    }


def _evidence(one: Observation) -> Row:
    """Return what can be shown of a result: never a script, a page or a configuration."""
    found: Row = {"probe": one.probe.name, "request": f"{one.probe.method} {one.probe.path}"}
    found["credentials"] = not one.probe.anonymous
    if one.response is None:
        return {**found, "status": None, "message": one.failure[:LONGEST_MESSAGE]}
    message = one.response.server_message()[:LONGEST_MESSAGE]
    return {
        **found,
        "status": one.response.status,
        "content_type": one.response.content_type,
        "redirected": one.response.redirected,
        "message": message,
    }


def _form(one: Observation | None) -> str:
    """Return what a script endpoint did: accepted, refused, missing, connects or unclear."""
    response = one.response if one else None
    if response is None or response.redirected:
        return "unclear"
    if 200 <= response.status < 300:
        return "accepted" if _script_form(response) else "unclear"
    if response.is_missing_endpoint():
        return "missing"
    return {400: "refused", 422: "connects"}.get(response.status, "unclear") if response.is_from_immuta() else "unclear"


def _script_form(response: Response) -> str:
    """Return in which form a script came, empty if the body is not a script."""
    try:
        data = parse_json(response.text)
    except ValueError:
        start = response.text.lstrip()[:1]
        return "raw text" if start and start not in '<"{[' else ""
    if isinstance(data, str):
        return "a JSON string"
    return "a JSON object" if isinstance(data, dict) and isinstance(data.get("script"), str) else ""


def _existence(seen: Observations, name: str) -> str:
    """Return whether an endpoint exists, by the response to a request without credentials.

    Immuta refuses such a request with a 401 if the endpoint exists, and does not find it otherwise. This is true only
    if it does not find a path that cannot exist either: a login page in front of Immuta responds to all of them.
    """
    control = seen["control"].response
    response = seen[name].response
    if control is None or response is None or response.redirected or not control.is_missing_endpoint():
        return INCONCLUSIVE
    if response.is_missing_endpoint():
        return "missing"
    return "exists" if response.status == 401 else INCONCLUSIVE


def _bootstrap_form(seen: Observations) -> str:
    one, two, first = (_form(seen.get(name)) for name in ("one script", "two scripts", "first script"))
    if one == "accepted" and first == "accepted" and two == "accepted":
        return "both"
    if one == "accepted" and first in ("missing", "refused"):
        return "single"
    return "classic" if one == "refused" and two == "accepted" else INCONCLUSIVE


def _verdicts(rows: list[Row], listing: int, seen: Observations) -> dict[str, Verdict]:
    ours = [row for row in rows if row.get("type") == TYPE]
    needs = (INCONCLUSIVE, "Only an integration that may be changed can show this.")
    return {
        **dict.fromkeys(_NEEDS_INTEGRATION, needs),
        "A1": _type(ours, seen),
        "A2": _success(listing, seen),
        "A3": _ids(rows),
        "A4": _script_body(seen),
        "A5": _secrets(rows),
        "A6": _okta_fields(ours, seen),
        "A8": _gone(rows),
        "A9": _status_endpoint(seen),
        "A13": _port(ours),
        "A15": _scripts_only(seen),
        "A16": _impersonation(ours),
    }


def _type(ours: list[Row], seen: Observations) -> Verdict:
    if ours:
        return CONFIRMED, f"GET {_LIST} shows {len(ours)} of this type."
    if any(_form(one) == "accepted" for one in seen.values()):
        return CONFIRMED, "A script endpoint accepts it."
    forms = [seen[name] for name in ("one script", "two scripts")]
    if all(_form(one) == "refused" and '"type"' in _message(one) for one in forms):
        return CONTRADICTED, _message(forms[0])
    return INCONCLUSIVE, "No integration of this type, and no script endpoint accepted it."


def _message(one: Observation) -> str:
    return one.response.server_message()[:LONGEST_MESSAGE] if one.response else one.failure[:LONGEST_MESSAGE]


def _success(listing: int, seen: Observations) -> Verdict:
    codes = {listing} | {one.response.status for one in seen.values() if one.response and _form(one) == "accepted"}
    return CONFIRMED if codes == {200} else CONTRADICTED, f"Successful: {_listed(codes)}."


def _listed(values: t.Iterable[t.Any]) -> str:
    return ", ".join(sorted({str(value) for value in values}))


def _ids(rows: list[Row]) -> Verdict:
    kinds = {type(row["id"]).__name__ for row in rows if "id" in row}
    if not kinds:
        return INCONCLUSIVE, "No integration to see."
    shown = _listed({"str": "string", "int": "number"}.get(kind, kind) for kind in kinds)
    return CONFIRMED if kinds == {"str"} else CONTRADICTED, f"Type of id: {shown}."


def _script_body(seen: Observations) -> Verdict:
    forms = {
        (_script_form(one.response), one.response.content_type)
        for one in seen.values()
        if one.response and _form(one) == "accepted"
    }
    if not forms:
        return INCONCLUSIVE, "No script was returned."
    evidence = "; ".join(f"{form} as {kind or 'no content type'}" for form, kind in sorted(forms))
    return CONFIRMED if {form for form, _kind in forms} == {"raw text"} else CONTRADICTED, f"{evidence}."


def _secrets(rows: list[Row]) -> Verdict:
    configs = [row["config"] for row in rows if isinstance(row.get("config"), dict)]
    if not configs:
        return INCONCLUSIVE, "No integration to see."
    nested = [config["okta"] for config in configs if isinstance(config.get("okta"), dict)]
    found = {_kind_of_secret(config["password"]) for config in [*configs, *nested] if "password" in config}
    return (CONTRADICTED, f"password is {_listed(found)}.") if found else (CONFIRMED, "password is absent.")


def _kind_of_secret(value: t.Any) -> str:
    if value is None:
        return "null"
    return "masked" if is_masked(value) else "a value (not shown)"


def _okta_fields(ours: list[Row], seen: Observations) -> Verdict:
    shown = {layout for row in ours if (layout := _layout(row.get("config")))}
    if shown:
        return CONFIRMED if shown == {_LAYOUTS[0]} else CONTRADICTED, f"GET {_LIST} shows: {_listed(shown)}."
    accepted = [layout for layout in _LAYOUTS if _form(seen.get(layout)) == "accepted"]
    if not accepted:
        return INCONCLUSIVE, "No integration with Okta, and no layout was accepted."
    evidence = f"Accepted: {_listed(accepted)}."
    if len(accepted) > 1 or _form(seen.get("unknown field")) == "accepted":
        return INCONCLUSIVE, f"{evidence} Fields that the tenant does not know are probably ignored."
    return CONFIRMED if accepted == [_LAYOUTS[0]] else CONTRADICTED, evidence


def _layout(config: t.Any) -> str:
    """Return the layout of the Okta fields of a configuration, empty if it has none."""
    if not isinstance(config, dict):
        return ""
    flat = has_flat_okta(config)
    fields = config if flat else config.get("okta")
    spelling = next((name for name in ("appId", "appID") if isinstance(fields, dict) and name in fields), "")
    return f"{'flat' if flat else 'nested'} {spelling}" if spelling else ""


def _gone(rows: list[Row]) -> Verdict:
    found = {row["status"] for row in rows if isinstance(row.get("status"), str)} & GONE
    if found:
        return CONTRADICTED, f"GET {_LIST} shows integrations that are {_listed(found)}."
    return INCONCLUSIVE, "No deleted integration to see."


def _status_endpoint(seen: Observations) -> Verdict:
    response = seen["unknown id, status"].response
    known = seen["unknown id"].response
    if response is None or known is None or known.is_missing_endpoint() or not response.is_from_immuta():
        return INCONCLUSIVE, "No clear response."
    if response.is_missing_endpoint():
        return CONTRADICTED, "The endpoint does not exist."
    return INCONCLUSIVE, f"The endpoint returned {response.status} for id 0; its body is not known."


def _port(ours: list[Row]) -> Verdict:
    configs = [row["config"] for row in ours if isinstance(row.get("config"), dict)]
    if not configs:
        return INCONCLUSIVE, "No Redshift integration to see."
    missing = sum("port" not in config for config in configs)
    return CONTRADICTED if missing else CONFIRMED, f"{missing} of {len(configs)} have no port."


def _scripts_only(seen: Observations) -> Verdict:
    """Return whether the script endpoints seem to generate text only."""
    forms = [one for one in seen.values() if one.probe.body is not None]
    if _is_stored(seen):
        return CONTRADICTED, f"GET {_LIST} shows {PROBE_HOST} now. Delete this integration."
    connects = [one for one in forms if _form(one) == "connects"]
    if connects:
        return CONTRADICTED, f"A script endpoint tests {PROBE_HOST}: {_message(connects[0])}"
    if any(one.seconds > SLOW for one in forms):
        return INCONCLUSIVE, f"A script took more than {SLOW:.0f} s: Immuta may have tried to reach {PROBE_HOST}."
    if not any(_form(one) == "accepted" for one in forms) or _form_of_list(seen) is None:
        return INCONCLUSIVE, "No script was returned, or the integrations could not be read again."
    return CONFIRMED, f"Scripts were returned for {PROBE_HOST}, which cannot be reached, and no integration was made."


def _form_of_list(seen: Observations) -> list[Row] | None:
    """Return the integrations after the probes; None if they could not be read."""
    response = seen[LAST.name].response if LAST.name in seen else None
    return rows_of(response) if response else None


def rows_of(response: Response) -> list[Row] | None:
    """Return the integrations of any type in a response; None if it is not a list of them."""
    try:
        data = parse_json(response.text)
    except ValueError:
        return None
    if not 200 <= response.status < 300 or not isinstance(data, list):
        return None
    return [row for row in data if isinstance(row, dict)]


def _is_stored(seen: Observations) -> bool:
    configs = [row.get("config") for row in _form_of_list(seen) or []]
    return any(isinstance(config, dict) and config.get("host") == PROBE_HOST for config in configs)


def _impersonation(ours: list[Row]) -> Verdict:
    configs = [row["config"] for row in ours if isinstance(row.get("config"), dict)]
    blocks = [config.get("impersonation") for config in configs]
    off = [block for block in blocks if block is None or block == {"enabled": False}]
    if not off:
        return INCONCLUSIVE, "No Redshift integration without impersonation to see."
    forms = _listed("absent" if block is None else "enabled: false" for block in off)
    return CONFIRMED, f"GET {_LIST} shows: {forms}."
