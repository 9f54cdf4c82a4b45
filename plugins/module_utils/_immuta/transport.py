# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request to one server: connection, TLS, proxy, retries, size and time.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import contextlib
import json
import math
import random
import time
import typing as t
from urllib.parse import urlsplit

from .._types import Options
from .http_errors import describe_failure, no_response_error
from .http_library import HTTPAdapter, requests, urllib3
from .http_retry import ReadRetry, WriteRetry
from .response import Response

#: What each request gets at least, however little time is left.
MIN_REQUEST_TIMEOUT = 5.0  # seconds
MAX_RESPONSE_BYTES = 32 * 1024 * 1024


class Request(t.NamedTuple):
    """A request.

    :param path: below the address of the tenant, ``/integrations/7`` for example
    :param body: sent as JSON unless it is None
    :param safe: whether the request changes nothing in Immuta, and may be sent again after any transient error
    :param headers: those beside the content types
    """

    method: str
    path: str
    body: t.Any
    safe: bool
    headers: t.Mapping[str, str]


class Transport:
    """Sends requests to one tenant.

    :param options: the connection options of ``_options.CONNECTION``, checked
    """

    def __init__(self, options: Options) -> None:
        self._url = str(options["immuta_url"]).rstrip("/")
        self._timeout = int(options["timeout"])
        self._retries = retries = int(options["retries"])
        common: dict[str, t.Any] = {
            "backoff_factor": 0.5,
            "raise_on_status": False,
            "allowed_methods": None,
            "redirect": False,
            "other": 0,  # an untrusted certificate stays untrusted
        }
        self._read = ReadRetry(retries, **common)
        self._write = WriteRetry(retries, read=False, **common)
        self._end = math.inf
        self._adapter = HTTPAdapter()
        self._session = _session(options, self._url)
        self._session.mount("https://", self._adapter)
        self._session.mount("http://", self._adapter)

    @contextlib.contextmanager
    def within(self, seconds: float) -> t.Iterator[None]:
        """Let no request last longer than this, retries included; the last one has a few seconds in any case."""
        self._end = time.monotonic() + seconds + MIN_REQUEST_TIMEOUT
        try:
            yield
        finally:
            self._end = math.inf

    def send(self, request: Request) -> Response:
        """Send a request, retry it if that is harmless, and return the response whatever its status.

        :raises ApiError: no response
        :raises UnknownResultError: a write was sent and no response came
        """
        self._adapter.max_retries = (self._read if request.safe else self._write).until(self._end)
        timeout = max(1.0, min(float(self._timeout), self._end - time.monotonic()))
        try:
            return self._transfer(request, timeout, self._retries if request.safe else 0)
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as exc:
            server = urlsplit(self._url).netloc.rpartition("@")[2]
            failure = describe_failure(exc, timeout)
            raise no_response_error(request.method, request.path, server, failure, request.safe) from exc

    def _transfer(self, request: Request, timeout: float, retries: int) -> Response:
        """Send a request and read its response; retry if the body was cut off, which ``urllib3`` does not."""
        response = self._session.request(
            request.method,
            self._url + request.path,
            data=None if request.body is None else json.dumps(request.body),
            headers={"Accept": "application/json", "Content-Type": "application/json"},
            auth=_HeaderAuth(request.headers),
            timeout=timeout,
            allow_redirects=request.method == "GET",
            stream=True,
        )
        try:
            content_type = response.headers.get("Content-Type", "")
            return Response(response.status_code, _body_of(response), bool(response.history), content_type)
        except requests.exceptions.ChunkedEncodingError:
            if not retries or time.monotonic() >= self._end:
                raise
        time.sleep(random.uniform(0.5, 1.0))
        return self._transfer(request, timeout, retries - 1)


class _HeaderAuth:
    """Sets our headers as authentication, which ``requests`` neither replaces by netrc nor sends to another host."""

    def __init__(self, headers: t.Mapping[str, str]) -> None:
        self._headers = headers

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(self._headers)
        return request


def _session(options: Options, url: str) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # otherwise netrc would replace our header, and REQUESTS_CA_BUNDLE our ca_path
    # http:// to this machine needs no permission; through a proxy, the key would leave it unencrypted.
    if options.get("use_proxy", True) and (urlsplit(url).scheme == "https" or options.get("allow_http")):
        session.proxies.update(requests.utils.get_environ_proxies(url))
    session.verify = (options.get("ca_path") or True) if options["validate_certs"] else False
    if not options["validate_certs"]:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    if options.get("client_cert"):
        key = options.get("client_key")
        session.cert = (options["client_cert"], key) if key else options["client_cert"]
    session.max_redirects = 5
    return session


def _body_of(response: requests.Response) -> str:
    """Read the body, up to a limit. Immuta sends UTF-8, whatever the header says."""
    body = b""
    with response:
        for chunk in response.iter_content(65536):
            body += chunk
            if len(body) > MAX_RESPONSE_BYTES:
                raise OSError(f"the response is longer than {MAX_RESPONSE_BYTES} bytes")
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and "Content-Encoding" not in response.headers and len(body) < int(length):
        raise requests.exceptions.ChunkedEncodingError("the response was cut off")  # urllib3 1 does not check
    return body.decode("utf-8", errors="replace")
