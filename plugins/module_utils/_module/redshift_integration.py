# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ensure that the integration of one Redshift host exists as described, or is gone.

Private to this collection: it can change at any time.

Read -> plan -> act, then judge the result. Does not know AnsibleModule.
"""

from __future__ import annotations

import contextlib
import os
import typing as t

from .._context import Context
from .._errors import ApiError, IntegrationError, MissingEndpointError, UnknownResultError
from .._immuta import option_checks
from .._immuta.config_fields import Settings, settings_of
from .._immuta.diff import changes
from .._immuta.endpoints import Integrations
from .._immuta.payload import Payload
from .._immuta.plan import Plan, plan_absent, plan_present
from .._immuta.polling import poll
from .._immuta.record import DEGRADED, DISABLED, KNOWN, IntegrationRecord
from .._immuta.validation import FAILING
from .._result import Outcome
from .._types import Options, Problems, Row

#: How often to plan again after a change by somebody else, before it is reported.
ATTEMPTS = 4
PAUSE_FOR_OTHERS = 1.0  # seconds
#: How long a create without a response is looked for.
LOOK_AGAIN = 8.0  # seconds
FIX_TESTS = "Fix the failed validation tests and run again."
OKTA_WARNING = "Immuta marks Okta authentication for Redshift as deprecated."
UNKNOWN, SET = "(unknown)", "(set)"


def ensure(options: Options, api: Integrations, context: Context) -> Outcome:
    """Bring the integration into the state that the options describe.

    :raises OptionError: the options are wrong or cannot be applied; nothing was sent
    :raises ApiError: Immuta refused
    :raises IntegrationError: Immuta processed it, and the integration is unhealthy
    """
    settings = settings_of(options)
    option_checks.raise_on_problems(_option_problems(options, settings))
    run = _Run(options, settings, api, context)
    plan, record = run.converge()
    outcome = _outcome(plan, record)
    if run.disabled:
        outcome.warn(
            f"{run.disabled.name} is disabled, which counts as absent. Nothing was cleaned up in Redshift: the objects "
            "and the system account of that integration still exist."
        )
    if record is not None:
        judge(plan, record, options["fail_on"], outcome)
    return outcome.warn(OKTA_WARNING) if settings.get("authentication_type") == "okta" else outcome


def judge(plan: Plan, record: IntegrationRecord, fail_on: str, outcome: Outcome) -> None:
    """Fail if the integration is unhealthy after a change; warn if it was found so.

    :raises IntegrationError: with the values of the outcome
    """
    result = record.validation["status"]
    if plan.operation != "none" and record.has_failed:
        raise _unhealthy(record, FIX_TESTS, outcome)
    if plan.operation != "none" and result in FAILING[fail_on]:
        raise _unhealthy(record, f"{FIX_TESTS} The option fail_on controls which results fail the task.", outcome)
    if record.status not in KNOWN:
        outcome.warn(f"{record.describe()} This version of the collection does not know that status.")
    if record.status == DEGRADED or result in FAILING["warning"]:
        outcome.warn(record.describe())


def _option_problems(options: Options, settings: Settings) -> Problems:
    found = option_checks.connection_problems(options, os.environ) + option_checks.settings_problems(settings)
    if not options.get("id") and "host" not in settings:
        found.append("Set host or id, to say which integration is meant.")
    if options["wait_timeout"] < 0:
        found.append(f"wait_timeout must be 0 seconds or more, got {options['wait_timeout']}.")
    return found


class _Run:
    """One call of the module."""

    def __init__(self, options: Options, settings: Settings, api: Integrations, context: Context) -> None:
        self._options = options
        self._settings = settings
        self._api = api
        self._context = context
        #: an integration that was found, but is switched off
        self.disabled: IntegrationRecord | None = None

    def converge(self) -> tuple[Plan, IntegrationRecord | None]:
        """Read, plan, act; if somebody else was faster, read and plan again.

        :returns: the plan that was carried out, and the integration afterwards
        """
        for _attempt in range(ATTEMPTS - 1):
            plan = self._plan()
            try:
                return plan, self._apply(plan)
            except ApiError as exc:
                if not self._lost_race(plan, exc):
                    raise
        plan = self._plan()
        return plan, self._apply(plan)

    def _plan(self) -> Plan:
        record = self._find_stable()
        if self._options["state"] == "present":
            plan = plan_present(record, self._settings, self._options)
        else:
            plan = plan_absent(record, self._settings)
        plan.raise_refusal()
        return plan

    def _apply(self, plan: Plan) -> IntegrationRecord | None:
        if plan.operation == "deleted" and plan.record is not None:
            self._delete(plan.record, plan.payload)
            return None
        if plan.payload is None:
            return plan.record if self._options["state"] == "present" else None
        return self._write(plan, plan.payload)

    def _lost_race(self, plan: Plan, exc: ApiError) -> bool:
        """Return whether Immuta refused because something changed after it was read.

        409 means that it is busy, or that the host has an integration by now; 400 to a create, that there is one that
        could not be created (docs/dev/api-contract.md, section 5); 404, that it was deleted.
        """
        if exc.details.get("method") == "GET" or isinstance(exc, MissingEndpointError):
            return False  # the write before a GET may have been processed
        if plan.operation == "created":
            return exc.status_code in (400, 409) and self._find() is not None
        if exc.status_code == 409:
            self._context.clock.sleep(PAUSE_FOR_OTHERS)
        return exc.status_code in (404, 409)

    def _find(self) -> IntegrationRecord | None:
        if self._options.get("id"):
            return self._if_in_use(self._api.by_id(str(self._options["id"])))
        return self._if_in_use(self._api.by_host(self._settings["host"]))

    def _if_in_use(self, record: IntegrationRecord | None) -> IntegrationRecord | None:
        """Return the integration if Immuta uses it; note one that is disabled, which leaves Redshift as it was."""
        if record is not None and record.status == DISABLED:
            self.disabled = record
        return record if record is not None and record.is_in_use else None

    def _find_stable(self) -> IntegrationRecord | None:
        """Find the integration, and wait until Immuta has finished what it is doing in it."""
        record = self._find()
        return self._wait_until_stable(record) if record is not None and record.is_busy else record

    def _wait_until_stable(self, record: IntegrationRecord) -> IntegrationRecord | None:
        """Wait until an integration is in a stable state, and return it; None if it is gone."""
        limit = float(self._options["wait_timeout"]) if self._options["wait"] else 0.0
        with self._api.within(limit) if limit else contextlib.nullcontext():
            seen = poll(lambda: self._read_again(record), _is_stable, limit, self._context, _progress)
        if seen is not None and seen.is_busy and self._options["wait"]:
            raise IntegrationError(
                f"{seen.name} was still {seen.status} after {self._options['wait_timeout']} s. Check it in Immuta, "
                "raise wait_timeout, or run again: the next run continues from there.",
                status=seen.status,
            )
        return seen

    def _read_again(self, record: IntegrationRecord) -> IntegrationRecord | None:
        return self._find() if record.id is None else self._if_in_use(self._api.read_again(record))

    def _write(self, plan: Plan, payload: Payload) -> IntegrationRecord:
        record = self._send(plan, payload)
        if record.status and not record.is_busy:
            return record
        stable = self._wait_until_stable(record)
        if stable is None:
            raise IntegrationError(f"{record.name} was deleted while waiting for it to become stable. Run again.")
        return stable

    def _send(self, plan: Plan, payload: Payload) -> IntegrationRecord:
        try:
            return self._api.create(payload) if plan.record is None else self._api.update(plan.record, payload)
        except UnknownResultError as exc:
            return self._recover(plan, exc)

    def _recover(self, plan: Plan, lost: UnknownResultError) -> IntegrationRecord:
        """Find out whether a write without a response was processed; a write is never sent twice."""
        try:
            found = poll(self._find, lambda record: self._was_processed(plan, record), LOOK_AGAIN, self._context)
        except ApiError as exc:
            raise UnknownResultError(
                f"{lost.message} Whether it was processed could not be checked either: {exc.message} Run again: the "
                "next run finds out, and continues from there.",
                **lost.details,
            ) from exc
        if found is not None and self._was_processed(plan, found):
            return found
        raise ApiError(
            f"{lost.message} Immuta does not show the change yet: check the integration, and run again.",
            **lost.details,
        ) from lost

    def _was_processed(self, plan: Plan, record: IntegrationRecord | None) -> bool:
        if record is None or plan.record is None:
            return record is not None
        if record.is_busy:
            return True
        return not changes(record, self._settings) and not plan.pushes_password and not record.has_failed

    def _delete(self, record: IntegrationRecord, credentials: Payload | None) -> None:
        try:
            left = self._api.delete(record, credentials)
        except UnknownResultError as exc:
            left = self._read_again(record)
            if left is not None and left.status != "deleting":
                raise ApiError(f"{exc.message} The integration still exists: run again.", **exc.details) from exc
        remaining = self._wait_until_stable(left) if left else None
        if remaining is not None and self._options["wait"]:
            raise _unhealthy(remaining, "Immuta could not delete it. Run again to retry the deletion.")


def _outcome(plan: Plan, record: IntegrationRecord | None) -> Outcome:
    before, after = plan.record, plan.after()
    outcome = Outcome(
        changed=plan.operation != "none",
        values={
            "operation": plan.operation,
            "status_before": before.status if before else None,
            "auto_bootstrap_before": before.auto_bootstrap if before else None,
            "integration": record.as_options() if record else None,
        },
        before=_diff_side(before),
        after=_diff_side(after),
    )
    if plan.pushes_password:
        outcome.before["config"]["password"], outcome.after["config"]["password"] = UNKNOWN, SET
    if plan.operation == "repaired" and before:
        outcome.warn(f"{before.describe()} The integration was found in this state; the operation is retried.")
    return outcome


def _diff_side(record: IntegrationRecord | None) -> Row:
    if record is None:
        return {}
    shown = record.as_options()
    return {"auto_bootstrap": shown["auto_bootstrap"], "config": dict(shown["config"])}


def _unhealthy(record: IntegrationRecord, advice: str, outcome: Outcome | None = None) -> IntegrationError:
    values: dict[str, t.Any] = {"integration": record.as_options()}
    if outcome:
        values["operation"] = outcome.values["operation"]
    return IntegrationError(f"{record.describe()} {advice}", values, status=record.status or None)


def _is_stable(record: IntegrationRecord | None) -> bool:
    return record is None or not record.is_busy


def _progress(record: IntegrationRecord | None) -> str:
    return f"{record.name} is still {record.status}" if record else ""
