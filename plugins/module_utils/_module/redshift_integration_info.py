# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Retrieve information about integrations.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import os

from .._immuta import option_checks
from .._immuta.config_fields import Settings
from .._immuta.endpoints import Integrations
from .._immuta.record import IntegrationRecord
from .._result import Outcome
from .._types import Options


def read(options: Options, api: Integrations) -> Outcome:
    """Return one integration, or all that are in use; an empty list if nothing matches.

    :raises OptionError: an option is wrong
    :raises ApiError: Immuta refused
    """
    host, integration_id = options["host"], options["id"]
    settings = Settings({"host": host} if host is not None else {})
    option_checks.raise_on_problems(
        option_checks.connection_problems(options, os.environ) + option_checks.settings_problems(settings)
    )
    found = _one(integration_id, api) if integration_id else api.all()
    if host is not None:
        found = [record for record in found if record.is_of_host(host)]
    problems = [record.describe() for record in found if not record.is_healthy]
    values = {
        "integrations": [record.as_options() for record in found],
        "healthy": not problems,
        "problems": problems,
    }
    return Outcome(False, values, has_diff=False)


def _one(integration_id: str, api: Integrations) -> list[IntegrationRecord]:
    record = api.by_id(integration_id)
    return [record] if record is not None and record.is_in_use else []
