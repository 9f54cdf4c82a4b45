# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ensure that a user of Redshift has a password.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

from .._context import Context
from .._errors import DatabaseError, OptionError
from .._redshift.aws_login import login_name
from .._redshift.password_rules import password_problems
from .._redshift.server_errors import StatementError
from .._redshift.session import Session, connect, is_wrong_password, with_address
from .._result import Outcome
from .._types import Options


def ensure_password(options: Options, context: Context) -> Outcome:
    """Log in as the user; if its password is different, set it as ``login_user``, and log in as the user again.

    :raises OptionError: Redshift would reject the password; nothing was sent
    :raises DatabaseError: no login, no such user, or no privilege to change it
    """
    problems = password_problems(options["password"], allow_hash=False)
    if problems:
        raise OptionError(" ".join(problems), problems=problems)
    options = with_address(options)
    changed = not _may_log_in(options)
    if changed and not context.check_mode:
        with connect(options) as session:
            _set_password(session, options)
        if not _may_log_in(options):
            raise DatabaseError(
                f"The password of {options['username']} was changed, but logging in with it still fails. Check that "
                "the user may log in: its connection limit, VALID UNTIL, and whether its password is disabled."
            )
    return Outcome(changed, {}, before=_side(changed), after=_side(False))


def _may_log_in(options: Options) -> bool:
    own = {**options, "login_user": options["username"], "login_password": options["password"], "login_aws": None}
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
            raise DatabaseError(f"Redshift does not have a user {options['username']}. Check username.")
        name = str(found[0]["usename"]).replace('"', '""')
        session.run(f"ALTER USER \"{name}\" PASSWORD '{options['password']}'")  # its characters were checked
    except StatementError as exc:
        raise DatabaseError(
            f"The password of {options['username']} could not be changed: {exc.message.rstrip('.')}. "
            f"Check that {login_name(options)} may change users.",
            sqlstate=exc.sqlstate,
        ) from exc


def _side(differs: bool) -> dict[str, str]:
    return {"password": "(different)" if differs else "(as specified)"}
