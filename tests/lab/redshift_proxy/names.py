# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names in SQL: which quoted names Redshift folds to lower case (all but those of users), and patterns for names."""

from __future__ import annotations

import re
import typing as t

from tests.lab.redshift_proxy.text import CLOSE, IDENTIFIER, OPEN

#: A name, quoted or not; with a schema; a list of them. Without capturing groups.
NAME = f"(?:{OPEN}I[0-9]+{CLOSE}|[A-Za-z_#][\\w$]*)"
QUALIFIED = rf"{NAME}(?:\.{NAME})*"
NAMES = rf"{NAME}(?:\s*,\s*{NAME})*"

_IDENTIFIER = re.compile(IDENTIFIER)


def compiled(pattern: str) -> re.Pattern[str]:
    """Compile a rule's pattern: a blank stands for any space, letters for either case."""
    return re.compile(pattern.replace(" ", r"\s+"), re.IGNORECASE | re.DOTALL)


#: Where quoted names are those of users ...
_USERS = [
    compiled(pattern)
    for pattern in (
        r"^(?:CREATE|ALTER|DROP) USER\b(?P<names>.*)",
        r"^(?:GRANT|REVOKE|ALTER DEFAULT PRIVILEGES)\b.*\b(?:TO|FROM)\b(?P<names>.*)",
        r"^(?:CREATE|ALTER) GROUP\b.*?\bUSER\b(?P<names>.*)",
        rf"^ALTER DEFAULT PRIVILEGES FOR USER (?P<names>{NAMES})",
        rf"\b(?:OWNER(?: TO)?|AUTHORIZATION) (?P<names>{NAME})",
    )
]
#: ... and where they are not, in such places.
_GROUPS = [compiled(pattern) for pattern in (rf"\bIN GROUP (?P<names>{NAMES})", rf"\b(?:GROUP|ROLE) (?P<names>{NAME})")]


def folded(code: str, parts: t.Sequence[str]) -> list[str]:
    """Return the parts of masked code with quoted names in lower case, except those of users."""
    users = _places(_USERS, code)
    users -= {place for region in _regions(_USERS, code) for place in _places(_GROUPS, region)}
    result = list(parts)
    for place in set(_IDENTIFIER.findall(code)) - users:
        result[int(place)] = result[int(place)].lower()
    return result


def plain(name: str) -> str:
    """Return the name that quoted or unquoted SQL stands for."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()


def _regions(patterns: t.Iterable[re.Pattern[str]], code: str) -> list[str]:
    return [match["names"] for pattern in patterns for match in pattern.finditer(code)]


def _places(patterns: t.Iterable[re.Pattern[str]], code: str) -> set[str]:
    return {place for region in _regions(patterns, code) for place in _IDENTIFIER.findall(region)}
