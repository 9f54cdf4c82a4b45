# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts of the role, from the environment if their variables are not set. Pure.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

from .._environment import plain_value
from .._types import Environ, Options

#: Variable of the role, without its prefix -> the environment variable that is used in its place.
SYSTEM_ACCOUNT: dict[str, str] = {"username": "IMMUTA_SYSTEM_USERNAME", "password": "IMMUTA_SYSTEM_PASSWORD"}
PRIVILEGED_ACCOUNT: dict[str, str] = {"login_user": "REDSHIFT_LOGIN_USER", "login_password": "REDSHIFT_LOGIN_PASSWORD"}


def from_environment(variable: str, values: Options, environ: Environ) -> str:
    """Return what the environment sets in place of a variable of the role, empty if nothing.

    With Okta the settings have no system account, and temporary credentials of AWS replace the privileged one.

    :param values: the variables ``authentication_type`` and ``login_aws`` of the role, as far as they are set
    """
    if variable in SYSTEM_ACCOUNT:
        return "" if values.get("authentication_type") == "okta" else plain_value(SYSTEM_ACCOUNT[variable], environ)
    return "" if values.get("login_aws") else plain_value(PRIVILEGED_ACCOUNT[variable], environ)
