# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user reads when a request fails. Pure.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import re
import typing as t

from .._errors import ApiError, MissingEndpointError, UnknownResultError
from .._redact import without_secrets
from .._types import Row
from .http_library import requests, urllib3
from .http_retry import AMBIGUOUS_STATUSES
from .response import Response, parse_json

#: HTTP status -> what the user can do
ADVICE_BY_STATUS: dict[int, str] = {
    400: "Fix the reported problem and run again.",
    401: "Check immuta_api_key: it may be wrong, expired or revoked.",
    403: "The user of the API key needs the Immuta permission APPLICATION_ADMIN.",
    404: "Check immuta_url, which must be the address of the tenant itself, and the id if one was specified.",
    409: "Run again when the other change is done.",
    422: "Fix the reported problem and run again.",
    429: "Immuta limits requests: raise retries, or run fewer hosts at the same time (forks, throttle).",
    500: "Immuta reported an internal error. Run again; if it persists, check the Immuta logs.",
    502: "A server between this machine and Immuta failed. Run again.",
    503: "Immuta is not available. Run again later, or raise retries.",
    504: "A gateway stopped waiting for Immuta. Run again.",
}
MISSING_ENDPOINT_ADVICE = (
    "It does not have this endpoint. Check that immuta_url is the address of the tenant itself, and check the version "
    "of Immuta."
)
REDIRECT_ADVICE = "Redirects are not followed here: set immuta_url to the final address."

_PREAMBLE = re.compile(r".*Failed to establish a new connection: |.*>: |\[Errno -?\d+\] ", re.DOTALL)


class Failure(t.NamedTuple):
    """Why no response came, and whether the request may have reached Immuta."""

    reason: str
    may_have_arrived: bool


def no_response_error(method: str, path: str, server: str, failure: Failure, safe: bool) -> ApiError:
    """Return the error for a request without a response.

    :param server: host and port
    :param safe: whether the request changes nothing
    """
    kind = UnknownResultError if failure.may_have_arrived and not safe else ApiError
    return kind(f"{method} {path} at {server}: {failure.reason}", method=method, path=path)


def status_error(method: str, path: str, response: Response, safe: bool) -> ApiError:
    """Return the error for a status that does not mean success."""
    data = _error_body(response)
    message = _message_of(data)
    reasons = _reasons_of(data.get("validation"), message)
    shown = "; ".join(filter(None, (message, reasons)))
    status = f"{response.status} ({shown})" if shown else str(response.status)
    return _kind_of(response, safe)(
        f"{method} {path}: Immuta returned HTTP {status}. {_advice(response)}".rstrip(),
        method=method,
        path=path,
        status_code=response.status,
        server_message=message or None,
        validation_results=None if safe else data.get("validationResults"),
    )


def describe_failure(exc: Exception, timeout: float) -> Failure:
    """Return why no response came.

    :param timeout: seconds after which the request was given up
    """
    errors = requests.exceptions
    cause = _innermost(exc)
    words = _PREAMBLE.sub("", str(cause)).strip() or type(cause).__name__
    reason = _not_connected(exc, words, timeout)
    if reason:
        return Failure(reason, False)
    if isinstance(exc, errors.ReadTimeout) or isinstance(cause, urllib3.exceptions.ReadTimeoutError):
        return Failure(f"no response within {timeout:.0f} s. Raise timeout if Immuta is slow.", True)
    reason = _not_sent(exc, words)
    return Failure(reason, False) if reason else Failure(f"the connection was lost ({words}). Run again.", True)


def _not_connected(exc: Exception, words: str, timeout: float) -> str:
    errors = requests.exceptions
    if isinstance(exc, errors.ProxyError):
        return f"the proxy could not be used ({words}). Check the proxy variables, or set use_proxy=false."
    if isinstance(exc, errors.SSLError):
        return (
            f"no trusted TLS connection ({words}). Check the host in immuta_url; for a private certificate authority "
            "set ca_path, for a client certificate client_cert and client_key."
        )
    if isinstance(exc, errors.ConnectTimeout):
        return f"no connection within {timeout:.0f} s. Check immuta_url and the network, or raise timeout."
    return ""


def _not_sent(exc: Exception, words: str) -> str:
    errors = requests.exceptions
    invalid = (errors.InvalidURL, errors.InvalidSchema, errors.MissingSchema, urllib3.exceptions.LocationParseError)
    if isinstance(exc, errors.TooManyRedirects):
        return "too many redirects. Set immuta_url to the final address."
    if isinstance(exc, invalid):
        return "the address is not valid. Check immuta_url, and the proxy variables."
    if isinstance(exc, OSError) and not isinstance(exc, errors.RequestException):
        return f"cannot be read or sent ({words}). Check ca_path, client_cert and client_key."
    if "NewConnectionError" in repr(exc) or "Name or service not known" in words:
        return f"no connection ({words}). Check immuta_url, the network and the proxy variables."
    return ""


def _innermost(exc: BaseException) -> BaseException:
    """Return the first cause: ``requests`` and ``urllib3`` wrap it in their own errors, object addresses and all."""
    seen = exc
    while True:
        inner = getattr(seen, "reason", None) or next((a for a in seen.args if isinstance(a, BaseException)), None)
        if not isinstance(inner, BaseException) or inner is seen:
            break
        seen = inner
    return seen


def _kind_of(response: Response, safe: bool) -> type[ApiError]:
    if response.is_missing_endpoint():
        return MissingEndpointError
    return UnknownResultError if response.status in AMBIGUOUS_STATUSES and not safe else ApiError


def _advice(response: Response) -> str:
    if response.is_missing_endpoint():
        return MISSING_ENDPOINT_ADVICE
    return REDIRECT_ADVICE if 300 <= response.status < 400 else ADVICE_BY_STATUS.get(response.status, "")


def _error_body(response: Response) -> Row:
    """Return the JSON object of an error (docs/dev/api-contract.md, section 4.4), empty if it is not one."""
    try:
        data = parse_json(response.text)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _message_of(data: Row) -> str:
    message = data.get("message") or data.get("error") or ""
    return message if isinstance(message, str) else ""


def _reasons_of(validation: t.Any, message: str) -> str:
    """Return why Immuta refused a request body, which it says as an object, or as a list of objects.

    :param message: the message of the response, which they often repeat
    """
    rows = validation if isinstance(validation, list) else [validation]
    return "; ".join(filter(None, (_reason_of(without_secrets(row), message) for row in rows)))


def _reason_of(row: t.Any, message: str) -> str:
    if not isinstance(row, dict):
        return str(row) if isinstance(row, (str, int)) else ""
    texts = {key: ", ".join(map(str, item)) if isinstance(item, list) else item for key, item in row.items()}
    shown = {key: item for key, item in texts.items() if isinstance(item, (str, int)) and item != message}
    return ", ".join(f"{key}: {item}" for key, item in shown.items())
