# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read variables, which are templates of the user.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import json
import re
import typing as t

from ansible.errors import AnsibleError, AnsibleUndefinedVariable

#: What a filter, a test or a lookup in a template can raise. ansible-core before 2.19 hands them on as they are.
TEMPLATE_ERRORS = (AnsibleError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError, OSError)

#: What is missing, in a message of Jinja. The rest may be the template, with a literal secret in it.
_MISSING = re.compile(r"'[\w.]+' is undefined|'[\w. ]+' has no attribute '\w+'")


class VariableError(Exception):
    """A variable cannot be read. The message is for the user, and contains no value."""


class UndefinedVariableError(VariableError):
    """A variable refers to one that does not exist."""


def read_variable(templar: t.Any, variables: t.Mapping[str, t.Any], name: str) -> t.Any:
    """Return the value of a variable as plain JSON data, None if it is not set or omitted.

    :param templar: with these variables
    :raises UndefinedVariableError: it refers to a variable that does not exist
    :raises VariableError: it cannot be templated or decrypted
    """
    if name not in variables:
        return None
    try:
        value = templar.template(variables[name])
        if "omit" in variables and value == variables["omit"]:
            return None
        return json.loads(json.dumps(value, default=str))
    except AnsibleUndefinedVariable as exc:
        found = _MISSING.search(str(exc))
        reason = found[0] if found else "it refers to a variable that does not exist"
        message = f"{name} cannot be read: {reason}. Define it, or run with the vault that has it."
        raise UndefinedVariableError(message) from None
    except TEMPLATE_ERRORS:  # no message of these: it may contain the value
        raise VariableError(f"{name} cannot be templated or decrypted. Check its value and the vault.") from None
