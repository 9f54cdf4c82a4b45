# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check options before anything is sent. Pure.

Private to this collection: it can change at any time.

Each check returns sentences that name the option and what is accepted; all of them are reported at once.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from .. import _environment
from .._errors import OptionError
from .._options import CONNECTION, environment
from .._types import Environ, Options, Problems
from .address import normalized
from .config_fields import FIELDS, Settings
from .payload import Payload
from .record import IntegrationRecord

MAX_TIMEOUT = 86400  # seconds

_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?")
_EXAMPLE_HOST = "cluster.abc123.eu-west-1.redshift.amazonaws.com"
#: What a new integration needs.
REQUIRED_TO_CREATE = ("auto_bootstrap", "host", "database", "authentication_type")


def raise_on_problems(problems: Problems) -> None:
    """Raise one error that lists every problem; do nothing if there is none."""
    error = error_of(problems)
    if error:
        raise error


def error_of(problems: Problems) -> OptionError | None:
    """Return one error that lists every problem; None if there is none."""
    return OptionError("Nothing was sent. " + " ".join(problems), problems=problems) if problems else None


def connection_problems(options: Options, environ: Environ) -> Problems:
    """Check the options that say how to reach Immuta.

    :param environ: the environment variables of the process that sends the requests
    """
    name = {
        option: _environment.named(option, options[option], variable, environ)
        for option, variable in environment().items()
    }
    found = _environment_problems(options, environ) + _url_problems(name["immuta_url"], options)
    found = found or _pair_problems(options, environ)
    if options["client_key"] and not options["client_cert"]:
        found.append(f"{name['client_key']} needs client_cert, the certificate that belongs to it.")
    if not 1 <= options["timeout"] <= MAX_TIMEOUT:
        found.append(f"{name['timeout']} must be between 1 and {MAX_TIMEOUT} seconds, got {options['timeout']}.")
    if options["retries"] < 0:
        found.append(f"{name['retries']} must be 0 or more, got {options['retries']}.")
    if not re.fullmatch(r"[!-~]+", str(options["immuta_api_key"])):
        wrong = "is empty or contains invalid characters; copy it unchanged from Immuta."
        found.append(f"{name['immuta_api_key']} {wrong}")
    return found


def settings_problems(settings: Settings) -> Problems:
    """Check the values of settings, and whether they contradict each other."""
    found = _host_problems(settings.get("host"))
    port = settings.get("port")
    if port is not None and not 1 <= port <= 65535:
        found.append(f"port must be between 1 and 65535, got {port}.")
    found += [f"{name} is empty: set a value, or leave it out." for name, value in settings.items() if value == ""]
    known = sorted(set(settings.get("extra_config", {})) & set(FIELDS.values()))
    found += [f"extra_config contains {field}, which has its own option: use that option." for field in known]
    return found + _credential_problems(settings)


def create_problems(settings: Settings) -> Problems:
    """Check that the settings are enough for a new integration."""
    missing = [name for name in REQUIRED_TO_CREATE if name not in settings]
    found = [f"To create an integration, set {_enumerate(missing)}."] if missing else []
    if settings.get("auto_bootstrap") and "initial_database" not in settings:
        found.append("With auto_bootstrap=true, set initial_database: Immuta connects to it first.")
    return found + login_problems(settings)


def login_problems(settings: Settings) -> Problems:
    """Check that the settings contain complete credentials for their authentication_type."""
    kind = settings.get("authentication_type")
    if kind == "userPassword" and not (settings.get("username") and settings.get("password")):
        return ["With authentication_type=userPassword, set username and password."]
    okta = settings.get("okta", {})
    missing = [name for name in ("username", "password", "app_id", "idp_host", "role") if not okta.get(name)]
    if kind == "okta" and missing:
        return [f"With authentication_type=okta, set okta.{', okta.'.join(missing)}."]
    return []


def update_problems(settings: Settings, payload: Payload) -> Problems:
    """Check that the settings contain the credentials for the update that they are part of."""
    kind = payload["config"].get("authenticationType")
    return login_problems(Settings({"authentication_type": kind, **settings}))


def _environment_problems(options: Options, environ: Environ) -> Problems:
    """Check the environment variables of the connection options that are used.

    Ansible would name the option only, which is nowhere in the playbook. The value is not shown: it may be a secret
    in the wrong place.
    """
    found = []
    for name, row in CONNECTION.items():
        value = _environment.clean_value(row["env"], environ) if "env" in row else ""
        wanted = _environment.is_wrong(value, row["type"], row.get("choices", ())) if value else ""
        if wanted and options[name] == row.get("default"):
            found.append(f"The environment variable {row['env']} is not {wanted}: correct it, or set {name}.")
    return found


def _url_problems(name: str, options: Options) -> Problems:
    accepted = "it must be the address of the tenant with its scheme (example: https://tenant.example.com)."
    parts = _parts_of(str(options["immuta_url"]))
    if parts is None:
        return [f"{name} is not a valid address: {accepted}"]
    if parts.username or parts.password or parts.query or parts.fragment:
        return [f"{name} contains a user, a query or a fragment: {accepted}"]
    if parts.scheme == "http" and not options["allow_http"] and not _is_loopback(str(parts.hostname)):
        return [f"{name} is http://, which sends the API key unencrypted: use https://, or set allow_http=true."]
    return []


def _parts_of(url: str) -> SplitResult | None:
    """Return the parts of an address, None if it is not valid."""
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return None
    return parts if valid and not re.search(r"\s", url) else None


def _pair_problems(options: Options, environ: Environ) -> Problems:
    """Refuse to send the API key of the environment to an address that did not come with it.

    A user who may set a variable of a playbook is not always allowed to read the key: in AWX, for example, users who
    may launch a job template. Without this check, they could have the key sent to their own server.
    """
    variables = environment()
    url, key = (_environment.clean_value(variables[name], environ) for name in ("immuta_url", "immuta_api_key"))
    if not url or not key or str(options["immuta_api_key"]).strip() != key:
        return []
    if normalized(str(options["immuta_url"])) == normalized(url):
        return []
    return [
        f"immuta_url is not the address in {variables['immuta_url']}, and the API key is the one in "
        f"{variables['immuta_api_key']}: a key from the environment is only sent to the address that is set with it. "
        "Remove immuta_url, change the environment, or set immuta_api_key to a key of the other tenant."
    ]


def host_problems_of(record: IntegrationRecord, settings: Settings) -> Problems:
    """Check that an integration that was found by its id is that of the host, if both are specified."""
    host = settings.get("host")
    if host is None or not record.host or record.is_of_host(host):
        return []
    return [f"id {record.id} is the integration of host {record.host}, not of {host}: correct one of them."]


def _is_loopback(host: str) -> bool:
    """Return whether a host is this machine. A name below ``localhost`` may lead anywhere."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


def _host_problems(host: str | None) -> Problems:
    if host is None or host == "" or _HOST.fullmatch(host) or _is_ipv6(host):
        return []
    return [f"host must be a bare host name (example: {_EXAMPLE_HOST}); remove {_wrong_part(host)}."]


def _wrong_part(host: str) -> str:
    if "://" in host:
        return "the scheme"
    return "the port" if re.search(r":\d+$", host) else "the characters that no host name has"


def _is_ipv6(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).version == 6
    except ValueError:
        return False


def _credential_problems(settings: Settings) -> Problems:
    kind = settings.get("authentication_type")
    found = []
    if "password" in settings and "username" not in settings:
        found.append("password needs username, the user that it belongs to.")
    if "okta" in settings and kind == "userPassword":
        found.append("okta requires authentication_type=okta: remove okta, or change authentication_type.")
    if kind == "okta" and ("username" in settings or "password" in settings):
        found.append("username and password cannot be combined with authentication_type=okta: set them within okta.")
    return found


def _enumerate(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
