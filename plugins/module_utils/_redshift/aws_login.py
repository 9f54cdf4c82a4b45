# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Temporary credentials of AWS for a login: which call, with which parameters, and what its response means. Pure.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._errors import DatabaseError, OptionError
from .._types import Options

#: Calls an operation of AWS and returns its response.
CallAws = t.Callable[["AwsCall"], t.Mapping[str, t.Any]]

#: What AWS accepts, in seconds.
SHORTEST, LONGEST = 900, 3600
DEFAULT_USER, DEFAULT_PORT = "postgres", 5439
_NOT_ENCRYPTED = ("disable", "allow")
_ENCRYPTED = ("require", "verify-ca", "verify-full")


@dataclasses.dataclass(frozen=True)
class AwsCall:
    """One call of an operation.

    :param service: name of the service for boto3
    :param operation: name of the operation in AWS, which is also the name of the IAM action
    """

    service: str
    operation: str
    parameters: dict[str, t.Any]

    @property
    def action(self) -> str:
        """The IAM action that the call needs."""
        return f"{self.service}:{self.operation}"


def settings(options: Options) -> dict[str, t.Any]:
    """Return what is set in ``login_aws``; nothing if temporary credentials are not asked for."""
    return {name: value for name, value in (options.get("login_aws") or {}).items() if value not in (None, "", [])}


def check(options: Options, default_user: str) -> None:
    """Check ``login_aws`` by itself and against the other options.

    :param default_user: what ``login_user`` is if the user does not set it
    :raises OptionError: the options contradict each other; nothing was sent
    """
    problems = _own_problems(settings(options)) + _login_problems(options, default_user)
    if problems:
        raise OptionError("Nothing was sent. " + " ".join(problems), problems=problems)


def _own_problems(aws: Options) -> list[str]:
    found = []
    if ("cluster_identifier" in aws) == ("workgroup_name" in aws):
        found.append("Set either cluster_identifier or workgroup_name in login_aws.")
    if "workgroup_name" in aws and ("db_user" in aws or "db_groups" in aws):
        found.append(
            "Remove db_user and db_groups from login_aws: for a workgroup, the IAM identity decides who logs in."
        )
    elif "db_groups" in aws and "db_user" not in aws:
        found.append("Set db_user in login_aws, which db_groups requires.")
    if "external_id" in aws and "assume_role_arn" not in aws:
        found.append("Set assume_role_arn in login_aws, which external_id requires.")
    if not SHORTEST <= aws.get("duration", SHORTEST) <= LONGEST:
        found.append(f"Set duration in login_aws to {SHORTEST} to {LONGEST} seconds.")
    return found


def _login_problems(options: Options, default_user: str) -> list[str]:
    others = {
        "login_user": options["login_user"] not in ("", DEFAULT_USER, default_user),
        "login_password": bool(options["login_password"]),
        "login_unix_socket": bool(options["login_unix_socket"]),
    }
    others_set = [name for name, is_set in others.items() if is_set]
    found = [f"Remove {' and '.join(others_set)}, or login_aws: they exclude each other."] if others_set else []
    if options["ssl_mode"] in _NOT_ENCRYPTED:
        found.append("Set ssl_mode to require or higher: with login_aws, TLS is required.")
    return found


def credentials_call(aws: Options, database: str) -> AwsCall:
    """Return the call that makes temporary credentials. A user that does not exist is never created by it."""
    if "workgroup_name" in aws:
        names = {"workgroup_name": "workgroupName", "duration": "durationSeconds"}
        return AwsCall("redshift-serverless", "GetCredentials", {"dbName": database, **_renamed(aws, names)})
    names = {"cluster_identifier": "ClusterIdentifier", "duration": "DurationSeconds"}
    if "db_user" not in aws:
        return AwsCall("redshift", "GetClusterCredentialsWithIAM", {"DbName": database, **_renamed(aws, names)})
    names.update(db_user="DbUser", db_groups="DbGroups")
    parameters = {"DbName": database, "AutoCreate": False, **_renamed(aws, names)}
    return AwsCall("redshift", "GetClusterCredentials", parameters)


def address_call(aws: Options) -> AwsCall:
    """Return the call that looks up host and port."""
    if "workgroup_name" in aws:
        return AwsCall("redshift-serverless", "GetWorkgroup", {"workgroupName": aws["workgroup_name"]})
    return AwsCall("redshift", "DescribeClusters", {"ClusterIdentifier": aws["cluster_identifier"]})


def assume_role_call(aws: Options) -> AwsCall:
    """Return the call that assumes the role."""
    parameters = {"RoleArn": aws["assume_role_arn"], "RoleSessionName": "community.immuta", "DurationSeconds": SHORTEST}
    return AwsCall("sts", "AssumeRole", {**parameters, **_renamed(aws, {"external_id": "ExternalId"})})


def _renamed(aws: Options, names: Options) -> dict[str, t.Any]:
    return {name: aws[option] for option, name in names.items() if option in aws}


def with_address(options: Options, call: CallAws) -> dict[str, t.Any]:
    """Return the options with host and port, looked up if they are not set, and with TLS.

    :raises DatabaseError: AWS refused the call, or the cluster does not have an address yet
    """
    found = {**options, "ssl_mode": options["ssl_mode"] if options["ssl_mode"] in _ENCRYPTED else "require"}
    if options["login_host"]:
        return found
    request = address_call(settings(options))
    address = _address(call(request))
    if not address.get("host"):
        raise DatabaseError(
            f"{target(settings(options))} does not have an endpoint in the response to {request.operation}. "
            "Wait until it is available, or set login_host."
        )
    port = address["port"] if options["login_port"] == DEFAULT_PORT else options["login_port"]
    return {**found, "login_host": address["host"], "login_port": port}


def _address(response: Options) -> dict[str, t.Any]:
    if "workgroup" in response:
        endpoint = response["workgroup"].get("endpoint") or {}
        return {"host": endpoint.get("address"), "port": endpoint.get("port", DEFAULT_PORT)}
    clusters: list[Options] = response.get("Clusters") or [{}]
    endpoint = clusters[0].get("Endpoint") or {}
    return {"host": endpoint.get("Address"), "port": endpoint.get("Port", DEFAULT_PORT)}


def with_credentials(options: Options, call: CallAws) -> dict[str, t.Any]:
    """Return the options with the user and the password that AWS made.

    :raises DatabaseError: AWS refused the call
    """
    request = credentials_call(settings(options), options["login_db"])
    response = {name[:1].lower() + name[1:]: value for name, value in call(request).items()}
    if not response.get("dbUser") or not response.get("dbPassword"):
        raise DatabaseError(f"The response of AWS to {request.operation} contains no credentials. Check endpoint_url.")
    return {**options, "login_user": response["dbUser"], "login_password": response["dbPassword"]}


def target(aws: Options) -> str:
    """Return what ``login_aws`` names, for a message."""
    if "workgroup_name" in aws:
        return f"Workgroup {aws['workgroup_name']}"
    return f"Cluster {aws.get('cluster_identifier')}"


def login_advice(aws: Options) -> str:
    """Return what to do if Redshift refuses the credentials that AWS made."""
    user = f", and that db_user {aws['db_user']} exists there: it is never created" if "db_user" in aws else ""
    name = target(aws)
    return f"Check that login_host and login_port are those of {name[:1].lower()}{name[1:]}{user}."


def login_name(options: Options) -> str:
    """Return who logs in, for a message."""
    aws = settings(options)
    if not aws:
        return f"login_user {options['login_user']}"
    return f"db_user {aws['db_user']} of login_aws" if "db_user" in aws else "The database user of the IAM identity"


_NOT_FOUND = "Check cluster_identifier or workgroup_name, region, and that the credentials are of the right account."
_NO_TOKEN = "Log in to AWS, for example with aws sso login, and run again."
_CONFIG = "Check profile in login_aws, and the configuration files of AWS where the module runs."
_SOURCE = "Check where the AWS credentials come from: profile, instance role or OIDC token."
_THROTTLED = "Run fewer hosts at once (forks, throttle), and run again."
_OLD_BOTO3 = "Check region and endpoint_url in login_aws, and update boto3."
_EXPIRED = "The AWS credentials have expired: get new ones, for example with aws sso login, and run again."
_CLOCK = "Check the clock of this machine, which must be right within five minutes, and the AWS credentials."
_UNKNOWN_KEY = "Check the AWS credentials: AWS does not know this access key."
_NO_NETWORK = "Check the network, the proxy and endpoint_url of login_aws."
#: Code of an error of AWS, or name of an exception of botocore -> what to do.
_ADVICE = {
    "ClusterNotFound": _NOT_FOUND,
    "ClusterNotFoundFault": _NOT_FOUND,
    "ResourceNotFoundException": _NOT_FOUND,
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "TokenRetrievalError": _EXPIRED,
    "UnauthorizedSSOTokenError": _EXPIRED,
    "SSOTokenLoadError": _NO_TOKEN,
    "RequestExpired": _CLOCK,
    "RequestTimeTooSkewed": _CLOCK,
    "SignatureDoesNotMatch": _CLOCK,
    "InvalidSignatureException": _CLOCK,
    "InvalidClientTokenId": _UNKNOWN_KEY,
    "UnrecognizedClientException": _UNKNOWN_KEY,
    "InvalidAccessKeyId": _UNKNOWN_KEY,
    "Throttling": _THROTTLED,
    "ThrottlingException": _THROTTLED,
    "NoRegionError": "Set region in login_aws, or the environment variable AWS_REGION.",
    "NoCredentialsError": "Set AWS credentials where the module runs: environment variables, profile or instance role.",
    "PartialCredentialsError": "Set both the access key and the secret key of AWS.",
    "CredentialRetrievalError": _SOURCE,
    "InvalidIdentityToken": _SOURCE,
    "ProfileNotFound": _CONFIG,
    "ConfigParseError": _CONFIG,
    "InvalidConfigError": _CONFIG,
    "UnknownServiceError": _OLD_BOTO3,
    "InvalidRegionError": "Check region in login_aws: it is not the name of a region.",
    "ResponseParserError": _NO_NETWORK,
    "EndpointConnectionError": _NO_NETWORK,
    "ConnectTimeoutError": _NO_NETWORK,
    "ReadTimeoutError": _NO_NETWORK,
    "ProxyConnectionError": _NO_NETWORK,
    "SSLError": "Check the certificate of the endpoint, and AWS_CA_BUNDLE.",
}
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")


def failure(request: AwsCall, aws: Options, code: str, message: str) -> DatabaseError:
    """Return the error of a call that failed.

    :param code: of an error of AWS, or the name of the exception of botocore
    """
    advice = _ADVICE.get(code, "Check login_aws and run again.")
    if code in _DENIED:
        advice = f"Allow the IAM identity the action {request.action}."
        if request.service == "sts":
            advice = f"Allow the IAM identity the action {request.action}, and check the trust policy and external_id."
    text = " ".join(message.split()).rstrip(".")
    return DatabaseError(
        f"{target(aws)}: {request.operation} of AWS failed with {code}: {text}. {advice}",
        aws_error=code,
        aws_action=request.action,
    )
