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

from ansible import errors, template
from ansible.errors import AnsibleError, AnsibleUndefinedVariable

#: How ansible-core since 2.19 says that a value is omitted. Before, it is a text.
_OMITTED = getattr(errors, "AnsibleValueOmittedError", ())
#: What a filter, a test or a lookup in a template can raise. ansible-core before 2.19 hands them on as they are.
TEMPLATE_ERRORS = (
    AnsibleError,
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
#: ansible-core before 2.19 makes a list, a dictionary or a boolean of a text that looks like one, unless told not to.
_KEEP_TEXTS = {} if hasattr(template, "trust_as_template") else {"convert_data": False}
#: What is missing, in a message of Jinja. The rest may be the template, with a literal secret in it.
_MISSING = re.compile(r"'[A-Za-z_]\w*' is undefined")


class VariableError(Exception):
    """A variable cannot be read. The message is for the user, and contains no value."""


class UndefinedVariableError(VariableError):
    """A variable refers to one that does not exist."""


def read_variable(templar: t.Any, variables: t.Mapping[str, t.Any], name: str, is_text: bool = False) -> t.Any:
    """Return the value of a variable as plain JSON data, None if it is not set or omitted.

    :param templar: with these variables
    :param is_text: whether the value is a text, every byte of which counts
    :raises UndefinedVariableError: it refers to a variable that does not exist
    :raises VariableError: it cannot be templated or decrypted
    """
    if name not in variables:
        return None
    try:
        value = templar.template(variables[name], **(_KEEP_TEXTS if is_text else {}))
        if "omit" in variables and value == variables["omit"]:
            return None
        return json.loads(json.dumps(value, default=str, allow_nan=False))
    except _OMITTED:
        return None
    except AnsibleUndefinedVariable as exc:
        found = _MISSING.search(str(exc))
        reason = found[0] if found else "it refers to something that does not exist"
        message = f"{name} cannot be read: {reason}. Define it, or run with the vault that has it."
        raise UndefinedVariableError(message) from None
    except TEMPLATE_ERRORS:  # no message of these: it may contain the value
        raise VariableError(f"{name} cannot be templated or decrypted. Check its value and the vault.") from None
