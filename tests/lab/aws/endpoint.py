# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An endpoint that takes the place of AWS, for what moto does not have: logins by IAM identity, and Serverless.

Each request and each response is checked against botocore's model of the service: operation, names of members,
required ones. STS is here too, so that one endpoint is enough for an assumed role.
"""

from __future__ import annotations

import contextlib
import json
import threading
import typing as t
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import botocore.session

Parameters = dict[str, t.Any]
#: Operation -> its service for botocore.
SERVICES = {
    "GetClusterCredentials": "redshift",
    "GetClusterCredentialsWithIAM": "redshift",
    "DescribeClusters": "redshift",
    "GetCredentials": "redshift-serverless",
    "GetWorkgroup": "redshift-serverless",
    "AssumeRole": "sts",
}
#: The access key of the credentials that AssumeRole returns.
ROLE_KEY = "ASIAROLE"
ROLE_SECRET, ROLE_TOKEN = "MarkerOfRoleSecretXy73", "MarkerOfRoleTokenXy74"


class Call(t.NamedTuple):
    """A request. ``key`` is the access key that it is signed with."""

    operation: str
    parameters: Parameters
    key: str = ""


class Refusal(t.NamedTuple):
    """An error of AWS."""

    status: int
    code: str
    message: str


class AwsEndpoint(ThreadingHTTPServer):
    """The endpoint. ``calls`` lists the requests.

    :param cluster: name of the only cluster and of the only workgroup
    :param address: their host and port
    :param user: the database user that is returned, and ``password`` its password
    """

    def __init__(self, cluster: str, address: tuple[str, int], user: str, password: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.cluster, self.address, self.user, self.password = cluster, address, user, password
        self.external_id = ""
        self.calls: list[Call] = []
        self.refuses: dict[str, Refusal] = {}
        self._session = botocore.session.Session()

    @property
    def url(self) -> str:
        """The address of the endpoint."""
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def operations(self) -> list[str]:
        """The operations that were called."""
        return [call.operation for call in self.calls]

    def respond(self, call: Call) -> Refusal | Parameters:
        """Return the response to a request."""
        model = self._session.get_service_model(SERVICES[call.operation]).operation_model(call.operation)
        _check(call.operation, {name.partition(".")[0] for name in call.parameters}, model.input_shape)
        self.calls.append(call)
        refusal = self.refuses.get(call.operation) or self._refusal(call.parameters)
        if refusal:
            return refusal
        found: Parameters = getattr(self, f"_{call.operation}")()
        _check(call.operation, set(found), model.output_shape)
        return found

    def _refusal(self, parameters: Parameters) -> Refusal | None:
        if parameters.get("ClusterIdentifier", self.cluster) != self.cluster:
            return Refusal(404, "ClusterNotFound", f"Cluster {parameters['ClusterIdentifier']} not found.")
        if parameters.get("workgroupName", self.cluster) != self.cluster:
            return Refusal(400, "ResourceNotFoundException", f"Workgroup {parameters['workgroupName']} not found.")
        if "RoleArn" in parameters and parameters.get("ExternalId", "") != self.external_id:
            return Refusal(403, "AccessDenied", "User is not authorized to perform: sts:AssumeRole")
        return None

    def _GetClusterCredentials(self) -> Parameters:
        return {"DbUser": self.user, "DbPassword": self.password}

    def _GetClusterCredentialsWithIAM(self) -> Parameters:
        return {"DbUser": self.user, "DbPassword": self.password}

    def _GetCredentials(self) -> Parameters:
        return {"dbUser": self.user, "dbPassword": self.password}

    def _DescribeClusters(self) -> Parameters:
        endpoint = {"Address": self.address[0], "Port": self.address[1]}
        return {"Clusters": [{"ClusterIdentifier": self.cluster, "Endpoint": endpoint}]}

    def _GetWorkgroup(self) -> Parameters:
        endpoint = {"address": self.address[0], "port": self.address[1]}
        return {"workgroup": {"workgroupName": self.cluster, "endpoint": endpoint}}

    def _AssumeRole(self) -> Parameters:
        keys = {"AccessKeyId": ROLE_KEY, "SecretAccessKey": ROLE_SECRET, "SessionToken": ROLE_TOKEN}
        return {"Credentials": {**keys, "Expiration": "2099-01-01T00:00:00Z"}}


def _check(operation: str, given: set[str], shape: t.Any) -> None:
    if not set(shape.required_members) <= given <= set(shape.members):
        raise ValueError(f"{operation} does not have {sorted(given)}")


class _Handler(BaseHTTPRequestHandler):
    """Speaks the query protocol (Redshift, STS), and JSON (Serverless)."""

    server: AwsEndpoint

    def do_POST(self) -> None:  # the name that http.server calls
        """Respond to a request."""
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        target = self.headers.get("X-Amz-Target")
        if target:
            operation, parameters = target.partition(".")[2], json.loads(text)
        else:
            parameters = {name: found[0] for name, found in parse_qs(text).items()}
            operation = parameters.pop("Action")
            parameters.pop("Version")
        found = self.server.respond(Call(operation, parameters, self._key()))
        self._send(found, _json(found) if target else _xml(operation, found))

    def _key(self) -> str:
        return str(self.headers.get("Authorization")).partition("Credential=")[2].partition("/")[0]

    def _send(self, found: Refusal | Parameters, body: str) -> None:
        data = body.encode()
        self.send_response(found.status if isinstance(found, Refusal) else 200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: t.Any) -> None:
        """Log nothing."""


def _json(found: Refusal | Parameters) -> str:
    if isinstance(found, Refusal):
        return json.dumps({"__type": found.code, "message": found.message})
    return json.dumps(found)


def _xml(operation: str, found: Refusal | Parameters) -> str:
    if isinstance(found, Refusal):
        error = {"Code": found.code, "Message": found.message}
        return f"<ErrorResponse><Error>{_members(error)}</Error></ErrorResponse>"
    return f"<{operation}Response><{operation}Result>{_members(found)}</{operation}Result></{operation}Response>"


def _members(values: Parameters) -> str:
    return "".join(f"<{name}>{_value(name, value)}</{name}>" for name, value in values.items())


def _value(name: str, value: t.Any) -> str:
    if isinstance(value, list):  # in the query protocol of Redshift, the elements of Clusters are called Cluster
        return "".join(f"<{name[:-1]}>{_members(one)}</{name[:-1]}>" for one in value)
    return _members(value) if isinstance(value, dict) else escape(str(value))


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
