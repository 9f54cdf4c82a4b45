# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""moto's server in this process: IAM with its policies, STS, Secrets Manager, and Redshift as far as moto has it.

moto hands out a user and a password that no database knows. The test makes that user before the response is sent.
"""

from __future__ import annotations

import contextlib
import io
import json
import threading
import typing as t
import urllib.request
from urllib.parse import parse_qs
from xml.etree import ElementTree

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

REGION = "eu-west-1"
#: Signs the requests that prepare a test. They are not in ``calls``.
OWNER = "AKIAOWNER"
_SECRETS = ("DbPassword", "SecretAccessKey", "SessionToken")
#: Makes a database user with a password.
MakeUser = t.Callable[[str, str], None]
Environment = dict[str, str]


class MotoServer:
    """The server. ``calls`` lists the operations, each with its parameters; ``secrets`` what was handed out.

    :param make_user: called with each user and password that GetClusterCredentials hands out
    """

    def __init__(self, make_user: MakeUser) -> None:
        self._make_user = make_user
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._respond, threaded=True, request_handler=_Handler)
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.secrets: list[str] = []

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def operations(self) -> list[str]:
        """The operations that were called."""
        return [operation for operation, _parameters in self.calls]

    def client(self, service: str) -> t.Any:
        """Return a client of boto3, for what prepares a test."""
        keys = {"aws_access_key_id": OWNER, "aws_secret_access_key": "owner"}
        return boto3.client(service, region_name=REGION, endpoint_url=self.url, **keys)

    def new_identity(self, name: str, *policies: dict[str, t.Any]) -> Environment:
        """Make an IAM user with these policies, and return the environment that has its credentials."""
        iam = self.client("iam")
        iam.create_user(UserName=name)
        for number, policy in enumerate(policies):
            iam.put_user_policy(UserName=name, PolicyName=f"p{number}", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        self.secrets.append(key["SecretAccessKey"])
        return environment(key["AccessKeyId"], key["SecretAccessKey"], self.url)

    def check_permissions(self) -> None:
        """From now on, check signature and policies of every request."""
        self._post("reset-auth", b"0")

    def reset(self) -> None:
        """Forget everything, and allow everything."""
        self._post("reset", b"")
        self._post("reset-auth", b"inf")

    def _post(self, name: str, data: bytes) -> None:
        request = urllib.request.Request(f"{self.url}/moto-api/{name}", data, {"Content-Type": "text/plain"})
        with urllib.request.urlopen(request) as response:
            response.read()

    def _respond(self, environ: dict[str, t.Any], start_response: t.Callable[..., t.Any]) -> t.Iterable[bytes]:
        request = Request(environ)
        body = request.get_data()
        environ["wsgi.input"] = io.BytesIO(body)
        response = Response.from_app(self._moto, environ)
        if OWNER not in request.headers.get("Authorization", OWNER):
            self._look(request, body.decode(), response)
        return response(environ, start_response)

    def _look(self, request: Request, body: str, response: Response) -> None:
        """Note a call, and make the user that it hands out."""
        values = {name: found[0] for name, found in parse_qs(body).items()}
        operation = values.pop("Action", "") or request.headers.get("X-Amz-Target", "").partition(".")[2]
        self.calls.append((operation, values))
        if response.status_code != 200 or operation not in ("GetClusterCredentials", "AssumeRole"):
            return
        nodes = ElementTree.fromstring(response.get_data()).iter()
        found = {node.tag.rpartition("}")[2]: str(node.text) for node in nodes}
        self.secrets += [found[name] for name in _SECRETS if name in found]
        if "DbUser" in found:
            self._make_user(found["DbUser"], found["DbPassword"])

    def serve(self) -> None:
        """Serve until ``stop`` is called."""
        self._server.serve_forever()

    def stop(self) -> None:
        """Stop, and close the socket."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(MotoRequestHandler):
    """Logs nothing."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""


def environment(key: str, secret: str, url: str) -> Environment:
    """Return the environment variables with credentials and the address of all services of AWS."""
    keys = {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_EC2_METADATA_DISABLED": "true"}
    return {**keys, "AWS_ENDPOINT_URL": url, "AWS_REGION": REGION}


@contextlib.contextmanager
def running_moto(make_user: MakeUser) -> t.Iterator[MotoServer]:
    """Serve until the block ends. What moto knows belongs to the process, so it is forgotten first."""
    server = MotoServer(make_user)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        server.reset()
        yield server
    finally:
        server.reset()
        server.stop()
        thread.join()
