# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ensure that an account of Redshift has a password. Private to this collection."""

from __future__ import annotations

import typing as t

from .._context import Context
from .._errors import DatabaseError, OptionError
from .._redshift.session import (
    Session,
    StatementError,
    connect,
    is_wrong_password,
)
from .._result import Outcome
from .redshift_preflight import password_problems

Options = t.Mapping[str, t.Any]


def ensure_password(options: Options, context: Context) -> Outcome:
    """Log in as the account; where its password is another one, set it as the privileged account, and log in again.

    :raises OptionError: Redshift would refuse the password; nothing was sent
    :raises DatabaseError: no login, no such account, or no right to change it
    """
    problems = password_problems(options["password"], hashed=False)
    if problems:
        raise OptionError(" ".join(problems), problems=problems)
    changed = not _may_log_in(options)
    if changed and not context.check_mode:
        with connect(options) as session:
            _set_password(session, options)
        if not _may_log_in(options):
            raise DatabaseError(
                f"The password of {options['username']} was set, and is refused all the same. Check that the account "
                "may log in: its connection limit, VALID UNTIL, and whether it is disabled."
            )
    return Outcome(changed, {}, before=_side(changed), after=_side(False))


def _may_log_in(options: Options) -> bool:
    own = {**options, "login_user": options["username"], "login_password": options["password"]}
    try:
        with connect(own):
            return True
    except DatabaseError as exc:
        if not is_wrong_password(exc):
            raise
        return False


def _set_password(session: Session, options: Options) -> None:
    try:
        found = session.rows("SELECT usename FROM pg_user WHERE lower(usename) = lower(%s)", (options["username"],))
        if not found:
            raise DatabaseError(f"Redshift has no account {options['username']}. Check username.")
        name = str(found[0]["usename"]).replace('"', '""')
        session.run(f"ALTER USER \"{name}\" PASSWORD '{options['password']}'")  # its characters were checked
    except StatementError as exc:
        raise DatabaseError(
            f"The password of {options['username']} could not be set: {exc.message.rstrip('.')}. "
            f"Check that login_user {options['login_user']} may change accounts.",
            sqlstate=exc.sqlstate,
        ) from exc


def _side(differs: bool) -> dict[str, str]:
    return {"password": "(another one)" if differs else "(as given)"}
