# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read integrations. Private to this collection."""

from __future__ import annotations

import os

from .._immuta import option_checks
from .._immuta.endpoints import (
    Integrations,
    host_of,
    in_use,
)
from .._immuta.payload import Record, to_integration
from .._immuta.record import condition, is_healthy
from .._result import Outcome
from .._types import Options


def read(options: Options, api: Integrations) -> Outcome:
    """Return one integration, or all that are in use; an empty list where nothing matches.

    :raises OptionError: an option is wrong
    :raises ApiError: Immuta refused
    """
    host, wanted = options["host"], options["id"]
    settings = {"host": host} if host is not None else {}
    option_checks.refuse(
        option_checks.connection_problems(options, os.environ) + option_checks.settings_problems(settings)
    )
    found = _one(wanted, api) if wanted else api.all()
    if host is not None:
        found = [record for record in found if host_of(record).casefold() == host.casefold()]
    problems = [condition(record) for record in found if not is_healthy(record)]
    values = {
        "integrations": [to_integration(record) for record in found],
        "healthy": not problems,
        "problems": problems,
    }
    return Outcome(False, values, has_diff=False)


def _one(integration_id: str, api: Integrations) -> list[Record]:
    record = api.by_id(integration_id)
    return [record] if record is not None and in_use(record) else []
