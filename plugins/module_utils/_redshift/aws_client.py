# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Call AWS. The only file that uses boto3, which is imported only if it is needed: that takes a few tenths of a second.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import importlib
import logging
import os
import re
import typing as t

from ansible.module_utils.basic import missing_required_lib

from .._errors import DatabaseError
from .._types import Options
from . import aws_login
from .aws_login import AwsCall

#: Service -> client, as boto3 makes it.
MakeClient = t.Callable[[str], t.Any]

TIMEOUTS = {"connect_timeout": 10, "read_timeout": 30, "retries": {"mode": "standard", "max_attempts": 3}}


class AwsClient:
    """Calls AWS as ``login_aws`` says.

    :param aws: what is set in ``login_aws``
    """

    def __init__(self, aws: Options) -> None:
        self._aws = aws
        self._session: t.Any = None

    def __call__(self, request: AwsCall) -> t.Mapping[str, t.Any]:
        """Call an operation.

        :raises DatabaseError: boto3 is missing, or AWS refused the call
        """
        if self._session is None:
            self._session = self._make_session(request)
        return self._send(self._session, request)

    def _make_session(self, request: AwsCall) -> t.Any:
        """Return a session, with the credentials of the role if one has to be assumed."""
        own = _guarded(lambda: make_session(self._own_parameters()), request, self._aws)
        if "assume_role_arn" not in self._aws:
            return own
        assumed = self._send(own, aws_login.assume_role_call(self._aws))["Credentials"]
        return make_session(
            {
                "aws_access_key_id": assumed["AccessKeyId"],
                "aws_secret_access_key": assumed["SecretAccessKey"],
                "aws_session_token": assumed["SessionToken"],
                "region_name": own.region_name,
            }
        )

    def _own_parameters(self) -> dict[str, t.Any]:
        """Return profile and region. Of the two variables with a region, boto3 only knows AWS_DEFAULT_REGION."""
        region = self._aws.get("region") or os.environ.get("AWS_REGION") or None
        return {"profile_name": self._aws.get("profile"), "region_name": region}

    def _send(self, session: t.Any, request: AwsCall) -> t.Mapping[str, t.Any]:
        endpoint = None if request.service == "sts" else self._aws.get("endpoint_url")

        def send() -> t.Mapping[str, t.Any]:
            client = session.client(request.service, endpoint_url=endpoint, config=_config())
            response: t.Mapping[str, t.Any] = getattr(client, _method(request.operation))(**request.parameters)
            return response

        return t.cast(t.Mapping[str, t.Any], _guarded(send, request, self._aws))


def make_session(parameters: dict[str, t.Any]) -> t.Any:
    """Return a session of boto3.

    :raises DatabaseError: boto3 is missing
    """
    for name in ("boto3", "botocore", "urllib3"):  # on the level DEBUG, botocore logs responses with their passwords
        logging.getLogger(name).setLevel(logging.WARNING)
    return _import("boto3").Session(**parameters)


def _config() -> t.Any:
    return _import("botocore.config").Config(**TIMEOUTS)


def _import(name: str) -> t.Any:
    try:
        return importlib.import_module(name)
    except ImportError as exc:
        raise DatabaseError(missing_required_lib("boto3", reason="for login_aws")) from exc


def _guarded(work: t.Callable[[], t.Any], request: AwsCall, aws: Options) -> t.Any:
    """Do something with boto3, and turn its exceptions into an error of this collection."""
    exceptions = _import("botocore.exceptions")
    try:
        return work()
    except exceptions.ClientError as exc:
        error = exc.response.get("Error", {})
        problem = aws_login.failure(request, aws, str(error.get("Code")), str(error.get("Message") or "no message"))
    except exceptions.BotoCoreError as exc:
        problem = aws_login.failure(request, aws, type(exc).__name__, str(exc))
    except ValueError as exc:  # botocore refuses an endpoint_url that is not an address with this
        problem = aws_login.failure(request, aws, "ValueError", str(exc))
    raise problem


def _method(operation: str) -> str:
    """Return the name that boto3 has for an operation."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).lower()
