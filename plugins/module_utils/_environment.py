# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environment variables that stand in for options that are not specified. Pure.

Private to this collection: it can change at any time.

An environment variable that is set but empty counts as not set: a credential of AWX sets all its variables, also those
of fields that nobody filled in.
"""

from __future__ import annotations

import typing as t

from ._types import Environ

#: What Ansible takes for a boolean.
_BOOLEANS = frozenset(["y", "yes", "on", "1", "true", "t", "1.0", "n", "no", "off", "0", "false", "f", "0.0"])


def plain_value(variable: str, environ: Environ) -> str:
    """Return the value of an environment variable as it is, empty if it is not set."""
    return environ.get(variable, "")


def clean_value(variable: str, environ: Environ) -> str:
    """Return the value of an environment variable without blanks and line breaks around it.

    Pasted keys and addresses have them, and so does what is read from a file or a vault: none has them itself.
    """
    return environ.get(variable, "").strip()


def is_wrong(text: str, kind: str, choices: t.Sequence[str] = ()) -> str:
    """Return what a text should be to be taken for a value of this type, or nothing if it can.

    :param kind: the type of the option, as in an argument spec
    """
    if choices and text not in choices:
        return f"one of {', '.join(choices)}"
    if kind == "bool" and text.lower() not in _BOOLEANS:
        return "true or false"
    if kind == "int" and not text.removeprefix("-").isdecimal():
        return "a whole number"
    return ""


def named(option: str, value: t.Any, variable: str, environ: Environ) -> str:
    """Return the name of an option for a message, with that of the environment variable if its value is from there."""
    return f"{option} (set by {variable})" if clean_value(variable, environ) == str(value) else option
