# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find misspelled variables of the role, which would be ignored without a word.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import difflib
import functools
import os
import typing as t

import yaml

from ansible_collections.community.immuta.plugins.module_utils._module._inventory import PREFIX

_SPECIFICATION = os.path.join("roles", "redshift_integration", "meta", "argument_specs.yml")
#: Set by the role and the playbooks.
_RESULTS = frozenset(PREFIX + name for name in ("result", "fleet", "summary", "failure"))
#: How much a name must resemble another to be a misspelling, and not a variable that somebody made up.
_RESEMBLANCE = 0.85


def spelling_warnings(hosts: t.Mapping[str, t.Iterable[str]]) -> list[str]:
    """Return a sentence for each variable that is probably misspelled.

    :param hosts: inventory name -> the names of its variables
    """
    known = role_variables()
    found: dict[str, list[str]] = {}
    for host, names in hosts.items():
        for name in names:
            if name.startswith(PREFIX) and name not in known and name not in _RESULTS:
                found.setdefault(name, []).append(host)
    meant = {name: _nearest(name, known) for name in sorted(found)}
    return [_sentence(name, found[name], right) for name, right in meant.items() if right]


def _sentence(name: str, hosts: list[str], meant: str) -> str:
    more = f" and {len(hosts) - 1} more" if len(hosts) > 1 else ""
    return f"{name} ({hosts[0]}{more}) is not a variable of the role and has no effect. Is it {meant}?"


def _nearest(name: str, known: t.Iterable[str]) -> str:
    """Return the variable that was probably meant, empty if there is none. The prefix that all have does not count."""
    options = [each[len(PREFIX) :] for each in known]
    nearest = difflib.get_close_matches(name[len(PREFIX) :], options, 1, _RESEMBLANCE)
    return PREFIX + nearest[0] if nearest else ""


@functools.lru_cache(maxsize=1)
def role_variables() -> frozenset[str]:
    """Return the names of the variables in the specification of the role."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    with open(os.path.join(root, _SPECIFICATION), encoding="utf-8") as file:
        specification = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return frozenset(specification["argument_specs"]["main"]["options"])
