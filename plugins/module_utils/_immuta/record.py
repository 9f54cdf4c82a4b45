# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An integration as Immuta has it. Pure.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from .._redact import without_secrets
from .._types import Row
from .config_fields import from_config
from .validation import FAILING, describe_tests, validation_of

#: The only type of integration that this collection manages.
TYPE = "Redshift"

#: Immuta is working on the integration: wait.
BUSY = frozenset({"creating", "editing", "migrating", "deleting"})
#: Switched off by force: not in use any more, and nothing was cleaned up in Redshift.
DISABLED = "disabled"
#: Not in use any more; the list may still show it.
GONE = frozenset({"deleted", DISABLED})
#: The last operation failed.
FAILED = frozenset({"createError", "editError", "migrateError", "deleteError"})
#: In use, but Immuta's periodic check fails.
DEGRADED = "recurringValidationError"
ENABLED = "enabled"
KNOWN = BUSY | GONE | FAILED | {DEGRADED, ENABLED}


@dataclasses.dataclass(frozen=True)
class IntegrationRecord:
    """An integration as Immuta has it (docs/dev/api-contract.md, section 4.1).

    :param raw: the JSON object of the response; any field may be missing or of another type
    """

    raw: Row

    @property
    def id(self) -> str | None:
        """The id as a text, though it may come as a number; None if the response has none."""
        value = self.raw.get("id")
        if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
            return None
        return str(value)

    @property
    def config(self) -> Row:
        """The configuration, empty if the response has none. It may contain secrets."""
        config = self.raw.get("config")
        return config if isinstance(config, dict) else {}

    @property
    def host(self) -> str:
        """The host, empty if the response has none."""
        host = self.config.get("host")
        return host if isinstance(host, str) else ""

    @property
    def status(self) -> str:
        """The status, empty if the response has none (docs/dev/api-contract.md, section 4.2)."""
        value = self.raw.get("status")
        return "" if value is None else str(value)

    @property
    def auto_bootstrap(self) -> bool:
        """Whether Immuta set Redshift up itself."""
        return bool(self.raw.get("autoBootstrap"))

    @property
    def validation(self) -> Row:
        """What Immuta's tests found: ``status`` and ``tests``."""
        return t.cast(Row, self.as_options()["validation"])

    @property
    def is_in_use(self) -> bool:
        """Whether Immuta still uses this integration. An unknown status counts as in use."""
        return self.status not in GONE

    @property
    def is_busy(self) -> bool:
        """Whether Immuta is working on this integration."""
        return self.status in BUSY

    @property
    def has_failed(self) -> bool:
        """Whether the last operation failed."""
        return self.status in FAILED

    @property
    def is_healthy(self) -> bool:
        """Whether the integration is enabled, and Immuta's tests found nothing wrong."""
        return self.status == ENABLED and self.validation["status"] not in FAILING["warning"]

    @property
    def name(self) -> str:
        """How messages name the integration."""
        return f"The integration of {self.as_options()['config'].get('host', 'an unknown host')} (id {self.id})"

    def is_of_host(self, host: str) -> bool:
        """Return whether this is the integration of a host, compared without case."""
        return self.host.casefold() == host.casefold()

    def as_options(self) -> Row:
        """Return the integration under the names of the options, without secrets. Do not change it."""
        return self._as_options

    def describe(self) -> str:
        """Return the status, and a sentence for each test that did not pass."""
        result = self.validation["status"]
        shown = f", and its validation {result}" if result else ""
        return f"{self.name} is {self.status or 'without a status'}{shown}.{describe_tests(self.validation)}"

    @functools.cached_property
    def _as_options(self) -> Row:
        return {
            "id": self.id,
            "status": self.status or None,
            "auto_bootstrap": self.raw.get("autoBootstrap"),
            "config": from_config(self.config),
            "validation": validation_of(self.raw.get("validationResults")),
        }


def predicted(record: IntegrationRecord | None, payload: Row) -> IntegrationRecord:
    """Return what Immuta will show after a create or update.

    :param record: the integration before, None if there is none
    """
    before = record.raw if record else {"id": None}
    return IntegrationRecord({**before, **without_secrets(payload), "status": ENABLED, "validationResults": None})
