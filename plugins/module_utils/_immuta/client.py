# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP to Immuta: one narrow request(). Private to this collection.

Contract: JSON only, the raw API key or a token in C(Authorization), errors as {statusCode, error, message}.
"""

from __future__ import annotations

import contextlib
import json
import math
import random
import re
import time
import traceback
import typing as t
from urllib.parse import urlsplit

from .._errors import ApiError, LostAnswer
from .._redact import Redactor

if t.TYPE_CHECKING:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter
    from urllib3.exceptions import (
        InsecureRequestWarning,
        InvalidHeader,
        LocationParseError,
        ReadTimeoutError,
    )
    from urllib3.util.retry import Retry

    REQUESTS_ERROR: str | None = None
else:
    try:
        import requests
        import urllib3
        from requests.adapters import HTTPAdapter
        from urllib3.exceptions import (
            InsecureRequestWarning,
            InvalidHeader,
            LocationParseError,
            ReadTimeoutError,
        )
        from urllib3.util.retry import Retry
    except ImportError:
        REQUESTS_ERROR = traceback.format_exc()
        Retry = object
    else:
        REQUESTS_ERROR = None

Options = t.Mapping[str, t.Any]

#: Too many requests and unavailable: the server says itself that it did nothing, so a write may be sent again.
SURELY_NOT_DONE = frozenset({429, 503})
#: What a proxy or a restarting server answers: harmless to read again, but a write may have been done behind it.
READ_AGAIN = SURELY_NOT_DONE | {500, 502, 504}
#: A gateway gave up waiting: whether the write was done is unknown.
PERHAPS_DONE = frozenset({502, 504})

TOKEN_PATH = "/bim/apikey/authenticate"
#: What a request has at least, however little time is left.
LAST_REQUEST = 5.0  # seconds
LONGEST_PAUSE = 60.0  # seconds, whatever Retry-After says
LONGEST_ANSWER = 32 * 1024 * 1024  # bytes
_PREAMBLE = re.compile(r".*Failed to establish a new connection: |.*>: |\[Errno -?\d+\] ", re.DOTALL)


class Answer(t.NamedTuple):
    """What came back."""

    status: int
    text: str
    redirected: bool = False

    def json(self, request: str) -> t.Any:
        """Return the decoded body.

        :param request: method and path, for the message
        :raises ApiError: the body is not JSON
        """
        try:
            return parsed(self.text)
        except ValueError as exc:
            raise self.not_json(request) from exc

    def is_ours(self) -> bool:
        """Tell if Immuta itself answered: an error page of something before it is not an answer to the question."""
        try:
            return not self.redirected and (not self.text.strip() or isinstance(parsed(self.text), dict))
        except ValueError:
            return False

    def not_json(self, request: str) -> ApiError:
        """Return the error for a body that is not what Immuta answers."""
        return ApiError(
            f"{request}: the answer is not JSON ({_kind_of(self.text)}). Check that immuta_url is the address of the "
            "Immuta tenant itself and that no proxy or login page answers in its place.",
            status_code=self.status,
        )


def parsed(text: str) -> t.Any:
    """Return decoded JSON.

    :raises ValueError: it is not JSON, or nested deeper than any answer of Immuta
    """
    try:
        return json.loads(text)
    except RecursionError as exc:
        raise ValueError("nested too deeply") from exc


class _ReadPolicy(Retry):
    """Retries for requests that change nothing: every passing fault."""

    statuses: t.ClassVar[frozenset[int]] = READ_AGAIN
    #: moment of time.monotonic() after which nothing is tried again
    end: float = math.inf

    def until(self, end: float) -> _ReadPolicy:
        """Return a copy that ends then."""
        copy = self.new()
        copy.end = end
        return t.cast(_ReadPolicy, copy)

    def new(self, **changes: t.Any) -> t.Any:
        """Return a copy with changes, as before each retry."""
        copy = super().new(**changes)
        copy.end = self.end
        return copy

    def is_exhausted(self) -> bool:
        """Tell if no try is left."""
        return bool(super().is_exhausted()) or time.monotonic() >= self.end

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """Tell if an answer with this status is asked for again."""
        return status_code in self.statuses

    def get_retry_after(self, response: t.Any) -> float | None:
        """Return the seconds that the server asks for, within bounds. A date that is none counts as not given."""
        try:
            pause = super().get_retry_after(response)
        except InvalidHeader:
            return None
        return None if pause is None else min(max(float(pause), 0.0), LONGEST_PAUSE, self._left())

    def get_backoff_time(self) -> float:
        """Return the doubling pause with jitter, so that many hosts do not come back at once."""
        return min(super().get_backoff_time() * random.uniform(0.5, 1.0), LONGEST_PAUSE, self._left())

    def _left(self) -> float:
        return max(0.0, self.end - time.monotonic())


class _WritePolicy(_ReadPolicy):
    """Retries for requests that change something: only where the server surely did nothing."""

    statuses = SURELY_NOT_DONE


class Client:
    """A connection to one Immuta tenant.

    :param options: the connection options of ``_argument_specs.CONNECTION``, checked
    """

    def __init__(self, options: Options) -> None:
        self._url = str(options["immuta_url"]).rstrip("/")
        self._key = str(options["immuta_api_key"])
        self._timeout = int(options["timeout"])
        self._exchange = options["immuta_auth"] == "token"
        self._token: str | None = None
        self._retries = retries = int(options["retries"])
        common: dict[str, t.Any] = {
            "backoff_factor": 0.5,
            "raise_on_status": False,
            "allowed_methods": None,
            "redirect": False,
            "other": 0,  # a wrong certificate will not be right at the next try
        }
        self._read = _ReadPolicy(retries, **common)
        self._write = _WritePolicy(retries, read=False, **common)
        self._end = math.inf
        self._adapter = HTTPAdapter()
        self._session = _session(options, self._url)
        self._session.mount("https://", self._adapter)
        self._session.mount("http://", self._adapter)

    @contextlib.contextmanager
    def within(self, seconds: float) -> t.Iterator[None]:
        """Let no request last longer than that, its retries included; the last one has a few seconds in any case."""
        self._end = time.monotonic() + seconds + LAST_REQUEST
        try:
            yield
        finally:
            self._end = math.inf

    def request(self, method: str, path: str, body: t.Any = None, *, safe: bool, ok: tuple[int, ...] = ()) -> Answer:
        """Send one request and return its answer.

        :param path: below the tenant's address, C(/integrations/7) for instance
        :param body: sent as JSON where it is not None
        :param safe: true if the request changes nothing in Immuta, and may be sent again after any passing fault
        :param ok: statuses to return besides 2xx
        :raises ApiError: no answer or another status
        :raises LostAnswer: a write was sent and its answer was lost
        """
        answer = self._send(method, path, body, safe)
        if answer.status == 401 and self._exchange:
            self._token = None
            answer = self._send(method, path, body, safe)
        if 200 <= answer.status < 300 or (answer.status in ok and answer.is_ours()):
            return answer
        raise self._refusal(method, path, answer, safe)

    def _send(self, method: str, path: str, body: t.Any, safe: bool) -> Answer:
        answer = self._once(method, path, body, safe, {"Authorization": self._authorization()})
        # The token is a secret that no option holds: where the server repeats it, nobody else could tell.
        return answer._replace(text=Redactor([self._token]).text(answer.text)) if self._token else answer

    def _authorization(self) -> str:
        if not self._exchange:
            return self._key
        if self._token is None:
            self._token = self._new_token()
        return f"Bearer {self._token}"

    def _new_token(self) -> str:
        answer = self._once("POST", TOKEN_PATH, {"apikey": self._key}, True, {})
        if answer.status != 200:
            raise self._refusal("POST", TOKEN_PATH, answer, True)
        data = answer.json(f"POST {TOKEN_PATH}")
        token = data.get("token") if isinstance(data, dict) else None
        if not isinstance(token, str) or not re.fullmatch(r"[!-~]+", token):
            raise ApiError(
                f"POST {TOKEN_PATH}: the answer holds no token. Check immuta_api_key, or use immuta_auth=api_key.",
                status_code=answer.status,
            )
        return token

    def _once(self, method: str, path: str, body: t.Any, safe: bool, headers: dict[str, str]) -> Answer:
        self._adapter.max_retries = (self._read if safe else self._write).until(self._end)
        timeout = max(1.0, min(float(self._timeout), self._end - time.monotonic()))
        try:
            return self._transfer(method, path, body, headers, timeout, self._retries if safe else 0)
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as exc:
            raise self._no_answer(method, path, exc, timeout, safe) from exc

    def _transfer(
        self, method: str, path: str, body: t.Any, headers: dict[str, str], timeout: float, retries: int
    ) -> Answer:
        """Send a request and read its answer, again where that was cut off: urllib3 retries what comes before it."""
        response = self._session.request(
            method,
            self._url + path,
            data=None if body is None else json.dumps(body),
            headers={"Accept": "application/json", "Content-Type": "application/json"},
            auth=_Header(headers),
            timeout=timeout,
            allow_redirects=method == "GET",
            stream=True,
        )
        try:
            return Answer(response.status_code, _text(response), bool(response.history))
        except requests.exceptions.ChunkedEncodingError:
            if not retries or time.monotonic() >= self._end:
                raise
        time.sleep(random.uniform(0.5, 1.0))
        return self._transfer(method, path, body, headers, timeout, retries - 1)

    def _no_answer(self, method: str, path: str, exc: Exception, timeout: float, safe: bool) -> ApiError:
        reason, sent = _reason(exc, round(timeout))
        kind = LostAnswer if sent and not safe else ApiError
        where = urlsplit(self._url).netloc.rpartition("@")[2]
        return kind(f"{method} {path} at {where}: {reason}", method=method, path=path)

    def _refusal(self, method: str, path: str, answer: Answer, safe: bool) -> ApiError:
        said, results = _server_words(answer)
        kind = LostAnswer if answer.status in PERHAPS_DONE and not safe else ApiError
        return kind(
            f"{method} {path}: Immuta answered {answer.status}{f' ({said})' if said else ''}.{_advice(answer.status)}",
            method=method,
            path=path,
            status_code=answer.status,
            server_message=said or None,
            validation_results=None if safe else results,
        )


class _Header:
    """Sets our headers as authentication, which C(requests) neither replaces by netrc nor carries to another host."""

    def __init__(self, headers: dict[str, str]) -> None:
        self._headers = headers

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(self._headers)
        return request


def _session(options: Options, url: str) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # else a netrc entry replaces our header, and REQUESTS_CA_BUNDLE our ca_path
    # http:// to this machine needs no leave; through a proxy, the key would go elsewhere in clear.
    if options.get("use_proxy", True) and (urlsplit(url).scheme == "https" or options.get("allow_http")):
        session.proxies.update(requests.utils.get_environ_proxies(url))
    session.verify = (options.get("ca_path") or True) if options["validate_certs"] else False
    if not options["validate_certs"]:
        urllib3.disable_warnings(InsecureRequestWarning)
    if options.get("client_cert"):
        key = options.get("client_key")
        session.cert = (options["client_cert"], key) if key else options["client_cert"]
    session.max_redirects = 5
    return session


def _text(response: requests.Response) -> str:
    """Read the body, no more than an answer of Immuta may hold. The contract is UTF-8, whatever the header says."""
    body = b""
    with response:
        for chunk in response.iter_content(65536):
            body += chunk
            if len(body) > LONGEST_ANSWER:
                raise OSError(f"the answer is longer than {LONGEST_ANSWER} bytes")
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and "Content-Encoding" not in response.headers and len(body) < int(length):
        raise requests.exceptions.ChunkedEncodingError("the answer was cut off")  # urllib3 1 does not tell
    return body.decode("utf-8", errors="replace")


def _reason(exc: Exception, timeout: int) -> tuple[str, bool]:
    """Return what to tell the user, and whether the request may have reached Immuta."""
    problems = requests.exceptions
    cause = _innermost(exc)
    words = _PREAMBLE.sub("", str(cause)).strip() or type(cause).__name__
    if isinstance(exc, problems.ProxyError):
        return f"the proxy could not be used ({words}). Check the proxy variables, or set use_proxy=false.", False
    if isinstance(exc, problems.SSLError):
        return (
            f"no trusted TLS connection ({words}). Check the host in immuta_url; for a private certificate authority "
            "set ca_path, for a client certificate client_cert and client_key.",
            False,
        )
    if isinstance(exc, problems.ConnectTimeout):
        return f"no connection within {timeout} s. Check immuta_url and the network, or raise timeout.", False
    if isinstance(exc, problems.ReadTimeout) or isinstance(cause, ReadTimeoutError):
        return f"no answer within {timeout} s. Raise timeout if Immuta is slow.", True
    if isinstance(exc, problems.TooManyRedirects):
        return "too many redirects. Put the final address into immuta_url.", False
    if isinstance(exc, (problems.InvalidURL, problems.InvalidSchema, problems.MissingSchema, LocationParseError)):
        return "the address is not valid. Check immuta_url, and the proxy variables.", False
    if isinstance(exc, OSError) and not isinstance(exc, problems.RequestException):
        return f"cannot be read or sent ({words}). Check ca_path, client_cert and client_key.", False
    if "NewConnectionError" in repr(exc) or "Name or service not known" in words:
        return f"no connection ({words}). Check immuta_url, the network and the proxy variables.", False
    return f"the connection broke ({words}). Run again.", True


def _innermost(exc: BaseException) -> BaseException:
    """Return the first cause: C(requests) and C(urllib3) wrap it in their own, address and all."""
    seen = exc
    while True:
        inner = getattr(seen, "reason", None) or next((a for a in seen.args if isinstance(a, BaseException)), None)
        if not isinstance(inner, BaseException) or inner is seen:
            break
        seen = inner
    return seen


def _server_words(answer: Answer) -> tuple[str, t.Any]:
    """Return the server's own message and its validation results, where the body holds them (contract, 4.4)."""
    try:
        data = parsed(answer.text)
    except ValueError:
        return "", None
    if not isinstance(data, dict):
        return "", None
    said = data.get("message") or data.get("error") or ""
    return said if isinstance(said, str) else "", data.get("validationResults")


def _kind_of(text: str) -> str:
    start = text.lstrip()[:1]
    if not start:
        return "empty body"
    return "an HTML page" if start == "<" else f"{len(text)} characters that do not parse"


def _advice(status: int) -> str:
    if 300 <= status < 400:
        return " A redirect is not followed here: put the final address into immuta_url."
    return {
        400: " Correct what it names, and run again.",
        401: " Check immuta_api_key: it may be wrong, expired or revoked.",
        403: " The API key's user needs the Immuta permission APPLICATION_ADMIN.",
        404: " Check immuta_url, which takes the address of the tenant itself, and the id, where one was given.",
        409: " Run again when the other change is done.",
        422: " Mend what it names, and run again.",
        429: " Immuta limits requests: raise retries, or run fewer hosts at once (forks, throttle).",
        500: " Immuta failed inside: run again, and look at its logs if it stays.",
        502: " Something between here and Immuta failed: run again.",
        503: " Immuta is not available: run again later, or raise retries.",
        504: " A gateway gave up waiting for Immuta: run again.",
    }.get(status, "")
