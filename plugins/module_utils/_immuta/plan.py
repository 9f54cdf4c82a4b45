# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide what is to be done, without doing it. Pure: no request, no clock.

Private to this collection: it can change at any time.

The functions raise no errors: a plan that cannot be carried out is returned with the reason in ``refusal``,
so that a report can show it for one host and go on with the next.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._errors import OptionError
from .._types import Options
from . import option_checks
from .config_fields import Settings
from .diff import Changes, changes, describe_changes, not_editable
from .payload import Payload, create_payload, delete_payload, has_credentials, update_payload
from .record import IntegrationRecord, predicted


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is to be done with the integration of one host.

    :param operation: ``created``, ``updated``, ``repaired``, ``deleted`` or ``none``
    :param record: the integration as Immuta has it, None if there is none
    :param payload: the request body; for a deletion the credentials, or None
    :param changes: the settings that differ, without secrets
    :param pushes_password: whether the password is sent even if nothing differs
    :param refusal: why the operation cannot be carried out, None if it can
    """

    operation: str
    record: IntegrationRecord | None
    payload: Payload | None = None
    changes: Changes = dataclasses.field(default_factory=dict)
    pushes_password: bool = False
    refusal: OptionError | None = None

    def after(self) -> IntegrationRecord | None:
        """Return the predicted integration. The diff shows it, so that check mode and the real run agree."""
        if self.operation == "deleted":
            return None
        return self.record if self.payload is None else predicted(self.record, self.payload)

    def raise_refusal(self) -> None:
        """Raise the refusal if there is one: nothing was sent."""
        if self.refusal:
            raise self.refusal


def plan_present(record: IntegrationRecord | None, settings: Settings, options: Options) -> Plan:
    """Plan to create, update or repair an integration, or nothing.

    :param record: the integration of the host if it is in use, None otherwise
    :param settings: those of the host, as of ``settings_of``, checked with ``option_checks.settings_problems``
    :param options: ``id`` and ``update_password`` are read; either may be missing
    :returns: a plan that may have a ``refusal``: options are missing, Immuta does not edit a setting, or an update
        needs credentials
    """
    if record is None:
        return _plan_create(settings, options)
    found = changes(record, settings)
    pushes = options.get("update_password") == "always" and has_credentials(settings)
    operation = "repaired" if record.has_failed else "updated" if found or pushes else "none"
    refused = not_editable(found)
    if refused and record.status != "createError":  # after which everything may be changed
        return Plan(operation, record, changes=found, refusal=_not_editable(record, refused))
    if operation == "none":
        return Plan("none", record)
    payload = update_payload(record, settings)
    return Plan(operation, record, payload, found, pushes, _missing_login(operation, record, settings, payload))


def plan_absent(record: IntegrationRecord | None, settings: Settings) -> Plan:
    """Plan to delete an integration, or nothing.

    :param record: the integration of the host if it is in use, None otherwise
    :param settings: ``host``, and the credentials for an automatic integration
    :returns: a plan that may have a ``refusal``: the id is that of another host, or the credentials are missing
    """
    if record is None or record.status == "deleting":  # not waited for with wait=false
        return Plan("none", record)
    refusal = option_checks.error_of(option_checks.host_problems_of(record, settings))
    if refusal or not record.auto_bootstrap:
        return Plan("deleted", record, refusal=refusal)
    if not has_credentials(settings):
        return Plan("deleted", record, refusal=_needs_privileged_credentials(record))
    return Plan("deleted", record, delete_payload(record, settings))


def _plan_create(settings: Settings, options: Options) -> Plan:
    if options.get("id"):
        return Plan("created", None, refusal=_unknown_id(options["id"]))
    refusal = option_checks.error_of(option_checks.create_problems(settings))
    return Plan("created", None, create_payload(settings), refusal=refusal)


def _unknown_id(integration_id: t.Any) -> OptionError:
    return OptionError(
        f"Immuta has no Redshift integration with id {integration_id}. Check the id, or leave it out: an integration "
        "is found by its host, and created if there is none."
    )


def _not_editable(record: IntegrationRecord, refused: Changes) -> OptionError:
    return OptionError(
        f"{record.name} cannot be changed as requested: {describe_changes(refused)}. Immuta does not edit these "
        "settings. Nothing was sent. Fix the options, or delete the integration (state=absent) and create it again.",
        not_editable=sorted(refused),
    )


def _missing_login(
    operation: str, record: IntegrationRecord, settings: Settings, payload: Payload
) -> OptionError | None:
    problems = option_checks.update_problems(settings, payload)
    if not problems:
        return None
    return OptionError(
        f"{record.name} needs to be {operation}. Immuta requires the credentials with every change, because it "
        f"does not return them. Nothing was sent. {' '.join(problems)}",
        problems=problems,
    )


def _needs_privileged_credentials(record: IntegrationRecord) -> OptionError:
    return OptionError(
        f"{record.name} was set up automatically, and Immuta requires privileged credentials to delete it. Nothing was "
        "sent. Set authentication_type with username and password, or with okta."
    )
