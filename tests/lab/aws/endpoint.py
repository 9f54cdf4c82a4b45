# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An endpoint that takes the place of AWS: Redshift and STS, as far as login_aws calls them.

Each request is checked against botocore's model of the service: operation, names of parameters, required ones.
"""

from __future__ import annotations

import contextlib
import threading
import typing as t
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import botocore.session

Parameters = dict[str, str]
#: Operation -> its service for botocore.
SERVICES = {
    "GetClusterCredentials": "redshift",
    "GetClusterCredentialsWithIAM": "redshift",
    "DescribeClusters": "redshift",
    "AssumeRole": "sts",
}


class AwsEndpoint(ThreadingHTTPServer):
    """The endpoint. ``calls`` lists the operations, each with its parameters.

    :param cluster: the only cluster that exists
    :param address: host and port of the cluster
    :param user: the database user that is returned, and ``password`` its password
    """

    def __init__(self, cluster: str, address: tuple[str, int], user: str, password: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.cluster, self.address, self.user, self.password = cluster, address, user, password
        self.calls: list[tuple[str, Parameters]] = []
        self.refuses: set[str] = set()
        self._session = botocore.session.Session()

    @property
    def url(self) -> str:
        """The address of the endpoint."""
        return f"http://127.0.0.1:{self.server_port}"

    def respond(self, operation: str, parameters: Parameters) -> tuple[int, str]:
        """Return the status and the body of a response."""
        self._check(operation, parameters)
        self.calls.append((operation, parameters))
        if operation in self.refuses:
            return 403, _error("AccessDenied", f"User is not authorized to perform {operation}")
        if parameters.get("ClusterIdentifier", self.cluster) != self.cluster:
            return 404, _error("ClusterNotFound", f"Cluster {parameters['ClusterIdentifier']} not found.")
        body = self._bodies()[operation]
        return 200, f"<{operation}Response><{operation}Result>{body}</{operation}Result></{operation}Response>"

    def _check(self, operation: str, parameters: Parameters) -> None:
        shape = self._session.get_service_model(SERVICES[operation]).operation_model(operation).input_shape
        given = {name.partition(".")[0] for name in parameters}
        if not set(shape.required_members) <= given <= set(shape.members):
            raise ValueError(f"{operation} does not accept {sorted(given)}")

    def _bodies(self) -> dict[str, str]:
        credentials = f"<DbUser>{escape(self.user)}</DbUser><DbPassword>{escape(self.password)}</DbPassword>"
        host, port = self.address
        keys = (
            "<AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>role</SecretAccessKey><SessionToken>t</SessionToken>"
        )
        return {
            "GetClusterCredentials": credentials,
            "GetClusterCredentialsWithIAM": credentials,
            "DescribeClusters": "<Clusters><Cluster><Endpoint>"
            f"<Address>{host}</Address><Port>{port}</Port></Endpoint></Cluster></Clusters>",
            "AssumeRole": f"<Credentials>{keys}<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>",
        }


class _Handler(BaseHTTPRequestHandler):
    server: AwsEndpoint

    def do_POST(self) -> None:  # the name that http.server calls
        """Respond to a request in the query protocol."""
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        values = {name: found[0] for name, found in parse_qs(text).items()}
        operation = values.pop("Action")
        values.pop("Version")
        status, body = self.server.respond(operation, values)
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: t.Any) -> None:
        """Log nothing."""


def _error(code: str, message: str) -> str:
    return f"<ErrorResponse><Error><Code>{code}</Code><Message>{escape(message)}</Message></Error></ErrorResponse>"


@contextlib.contextmanager
def running_endpoint(endpoint: AwsEndpoint) -> t.Iterator[AwsEndpoint]:
    """Serve until the block ends."""
    thread = threading.Thread(target=endpoint.serve_forever, daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        endpoint.shutdown()
        endpoint.server_close()
        thread.join()
