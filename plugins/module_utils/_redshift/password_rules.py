# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Redshift's rules for the password of a user. Pure.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import re

MIN_LENGTH, MAX_LENGTH = 8, 64  # characters
_RULES = (
    (r".*[A-Z].*", "must contain an upper-case letter"),
    (r".*[a-z].*", "must contain a lower-case letter"),
    (r".*[0-9].*", "must contain a digit"),
    (r"[!-~]*", "must not contain a space or a character that is not ASCII"),
    (r"[^'\"\\/@]*", "must not contain ' \" \\ / @"),
)


def password_problems(password: str | None, allow_hash: bool = True) -> list[str]:
    """Check a password against Redshift's rules for CREATE USER.

    :param allow_hash: accept a hash; nobody can log in with one
    """
    if password is None:
        return []
    if re.fullmatch(r"md5[0-9a-f]{32}", password):
        return [] if allow_hash else ["password is a hash: nobody can log in with it. Specify the password itself."]
    found = []
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        found.append(f"must have {MIN_LENGTH} to {MAX_LENGTH} characters")
    found += [text for rule, text in _RULES if not re.fullmatch(rule, password, re.DOTALL)]
    return [f"Redshift would reject the password of the system account: it {', '.join(found)}."] if found else []
