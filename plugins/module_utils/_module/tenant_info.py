# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find out whether a tenant and an API key work, and which variant of the contract the tenant speaks.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from .._context import Clock
from .._errors import ApiError
from .._immuta import option_checks, probes
from .._immuta.address import normalized
from .._immuta.client import Client
from .._immuta.http_errors import status_error
from .._immuta.http_library import requests
from .._immuta.probes import Observation, Probe
from .._immuta.response import Response
from .._result import Outcome
from .._types import Options, Row

PASSED, FAILED, UNKNOWN = "passed", "failed", "unknown"
#: In the order in which they are found out: the first that fails leaves the others unknown.
CHECKS = ("reachable", "tls", "api_key", "permission")
#: status -> the check that failed
_FAILED_BY_STATUS = {401: "api_key", 403: "permission"}
_REQUEST = "GET /integrations"


def tenant(options: Options, client: Client, clock: Clock) -> Outcome:
    """Return whether the tenant can be used; one that cannot is a result, not a failure.

    :raises OptionError: an option is wrong
    """
    option_checks.raise_on_problems(option_checks.connection_problems(options, os.environ))
    try:
        response = client.probe("GET", "/integrations")
        rows = _rows(response)
    except ApiError as exc:
        checks = _failed(_failing_check(exc), options)
        return _outcome(options, checks, exc.message)
    checks = _failed(None, options)
    contract = _contract(rows, response.status, client, clock) if options["contract"] else None
    return _outcome(options, checks, "The tenant and the API key work.", contract)


def _outcome(options: Options, checks: dict[str, str], message: str, contract: Row | None = None) -> Outcome:
    usable = all(checks[name] == PASSED for name in CHECKS if name != "tls") and checks["tls"] != FAILED
    values = {"tenant": normalized(options["immuta_url"]), "usable": usable, "checks": checks}
    values |= {"message": message, "contract": contract}
    return Outcome(False, values, has_diff=False)


def _rows(response: Response) -> list[Row]:
    if not 200 <= response.status < 300:
        raise status_error("GET", "/integrations", response, True)
    data = response.json(_REQUEST)
    if not isinstance(data, list):
        raise ApiError(f"{_REQUEST}: the response is not a list of integrations. Check immuta_url.")
    return [row for row in data if isinstance(row, dict)]


def _failing_check(exc: ApiError) -> str:
    """Return which check an error belongs to."""
    if isinstance(exc.__cause__, requests.exceptions.SSLError):
        return "tls"
    return _FAILED_BY_STATUS.get(exc.details.get("status_code") or 0, "reachable")


def _failed(check: str | None, options: Options) -> dict[str, str]:
    """Return the result of each check, given the one that failed."""
    if check is None:
        found = dict.fromkeys(CHECKS, PASSED)
    else:
        place = CHECKS.index(check)
        found = {name: _by_place(CHECKS.index(name) - place) for name in CHECKS}
    verified = urlsplit(options["immuta_url"]).scheme == "https" and options["validate_certs"]
    return found if verified else {**found, "tls": UNKNOWN}


def _by_place(distance: int) -> str:
    return FAILED if distance == 0 else PASSED if distance < 0 else UNKNOWN


def _contract(rows: list[Row], listing: int, client: Client, clock: Clock) -> Row:
    seen: dict[str, Observation] = {}
    for probe in probes.FIRST:
        seen[probe.name] = _observe(probe, client, clock)
    for probe in [*probes.field_probes(seen), probes.LAST]:
        seen[probe.name] = _observe(probe, client, clock)
    return probes.read_contract(rows, listing, seen)


def _observe(probe: Probe, client: Client, clock: Clock) -> Observation:
    start = clock.now()
    response: Response | None = None
    failure = ""
    try:
        response = client.probe(probe.method, probe.path, probe.body, anonymous=probe.anonymous)
    except ApiError as exc:
        failure = exc.message
    return Observation(probe, response, clock.now() - start, failure)
