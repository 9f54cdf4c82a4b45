# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read integrations. Private to this collection."""

from __future__ import annotations

import typing as t

from ansible_collections.community.immuta.plugins.module_utils import _validate
from ansible_collections.community.immuta.plugins.module_utils._integrations import Integrations
from ansible_collections.community.immuta.plugins.module_utils._outcome import Outcome
from ansible_collections.community.immuta.plugins.module_utils._payload import to_integration

Options = t.Mapping[str, t.Any]


def read(options: Options, api: Integrations) -> Outcome:
    """Return one integration, or all that are in use; an empty list where nothing matches.

    :raises OptionError: an option is wrong
    :raises ApiError: Immuta refused
    """
    host, wanted = options["host"], options["id"]
    settings = {"host": host} if host is not None else {}
    _validate.refuse(_validate.connection_problems(options) + _validate.settings_problems(settings))
    found = [record for record in [api.by_id(wanted)] if record is not None] if wanted else api.all()
    shown = [to_integration(record) for record in found]
    if host is not None:
        shown = [row for row in shown if str(row["config"].get("host", "")).casefold() == host.casefold()]
    return Outcome(False, {"integrations": shown}, has_diff=False)
