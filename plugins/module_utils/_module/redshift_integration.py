# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ensure that the integration of one Redshift host is there as described, or is gone. Private to this collection.

Options -> payload -> plan -> client. Knows nothing of AnsibleModule.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import typing as t

from .._context import Context
from .._errors import (
    ApiError,
    ImmutaError,
    IntegrationError,
    OptionError,
    UnknownResultError,
)
from .._immuta import diff, option_checks
from .._immuta.endpoints import (
    BUSY,
    DEGRADED,
    DISABLED,
    FAILED,
    KNOWN,
    Integrations,
    at_rest,
    id_of,
    in_use,
    predicted,
    status_of,
)
from .._immuta.payload import (
    Record,
    delete_payload,
    given,
    has_credentials,
    merged,
    to_integration,
    to_payload,
)
from .._immuta.polling import poll
from .._immuta.record import FAILING, condition, name_of
from .._result import Outcome
from .._types import Options

#: How often somebody else's change in between is taken up before it is reported.
ATTEMPTS = 4
PAUSE_FOR_OTHERS = 1.0  # seconds
#: Seconds for which a create whose answer was lost is looked for.
LOOK_AGAIN = 8.0
ON_OKTA = "Immuta marks Okta authentication for Redshift as deprecated."
UNKNOWN, SET = "(unknown)", "(set)"


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is to be done, decided without doing it.

    :param operation: V(created), V(updated), V(repaired), V(deleted) or V(none)
    :param record: the integration as Immuta has it, None where there is none
    :param body: the request body, for a deletion the credentials or None
    """

    operation: str
    record: Record | None
    body: Record | None = None
    pushes_secret: bool = False

    def after(self) -> Record | None:
        """Return the integration as it is to be. The diff shows this, so that check mode and the real run agree."""
        if self.operation == "deleted":
            return None
        return self.record if self.body is None else predicted(self.record, self.body)


def ensure(options: Options, api: Integrations, context: Context) -> Outcome:
    """Bring the integration into the state that the options describe.

    :raises OptionError: the options cannot be brought about; nothing was sent
    :raises ApiError: Immuta refused
    :raises IntegrationError: Immuta did it, and the integration is not well
    """
    settings = given(options)
    option_checks.refuse(_option_problems(options, settings))
    run = _Run(options, settings, api, context)
    outcome = run.present() if options["state"] == "present" else run.absent()
    return outcome.warn(ON_OKTA) if settings.get("authentication_type") == "okta" else outcome


def _option_problems(options: Options, settings: Record) -> list[str]:
    found = option_checks.connection_problems(options, os.environ) + option_checks.settings_problems(settings)
    if not options.get("id") and "host" not in settings:
        found.append("host or id must be given, to tell which integration is meant.")
    if options["wait_timeout"] < 0:
        found.append(f"wait_timeout is {options['wait_timeout']}: it takes a number of seconds from 0.")
    return found


class _Run:
    """One call of the module: what it was given, and how it goes about it."""

    def __init__(self, options: Options, settings: Record, api: Integrations, context: Context) -> None:
        self._options = options
        self._settings = settings
        self._api = api
        self._context = context
        self._disabled: Record | None = None

    def present(self) -> Outcome:
        """Create, update or repair the integration, or find it as it should be."""
        return self._converge(self._plan_present, self._carry_out)

    def absent(self) -> Outcome:
        """Delete the integration, or find it gone."""
        return self._converge(self._plan_absent, self._remove)

    def _converge(self, plan: t.Callable[[], Plan], act: t.Callable[[Plan], Outcome]) -> Outcome:
        """Read, plan, act; where somebody else was faster, read and plan again."""
        for _attempt in range(ATTEMPTS - 1):
            decided = plan()
            try:
                return act(decided)
            except ApiError as exc:
                if not self._overtaken(decided, exc):
                    raise
        return act(plan())

    def _overtaken(self, decided: Plan, exc: ApiError) -> bool:
        """Tell if Immuta refused because something changed after it was read.

        409 means that it is busy, or that the host has an integration by now; 400 to a create, that one failed to be
        created (contract, 5); 404, that it was deleted.
        """
        if exc.details.get("method") == "GET":
            return False  # what was sent before may have been done
        if decided.operation == "created":
            return exc.status_code in (400, 409) and self._find() is not None
        if exc.status_code == 409:
            self._context.clock.sleep(PAUSE_FOR_OTHERS)
        return exc.status_code in (404, 409)

    def _find(self) -> Record | None:
        if self._options.get("id"):
            return self._used(self._api.by_id(str(self._options["id"])) or self._listed(str(self._options["id"])))
        return self._used(self._api.by_host(self._settings["host"]))

    def _listed(self, integration_id: str) -> Record | None:
        """Look for an id in the list: a 404 alone may come from a wrong address, whose list fails."""
        return next((record for record in self._api.all() if id_of(record) == integration_id), None)

    def _used(self, record: Record | None) -> Record | None:
        """Return the integration if Immuta uses it; note it where it was disabled, which leaves Redshift as it was."""
        if record is not None and status_of(record) == DISABLED:
            self._disabled = record
        return record if record is not None and in_use(record) else None

    def _find_at_rest(self) -> Record | None:
        """Find the integration, and wait until Immuta is done with what it is doing in it."""
        record = self._find()
        if record is None or status_of(record) not in BUSY:
            return record
        return self._settled(record)

    def _settled(self, record: Record) -> Record | None:
        """Wait until an integration is in a stable state, and return it; None where it is gone."""
        limit = float(self._options["wait_timeout"]) if self._options["wait"] else 0.0
        with self._api.within(limit) if limit else contextlib.nullcontext():
            seen = poll(lambda: self._read_again(record), at_rest, limit, self._context, _progress)
        if seen is not None and status_of(seen) in BUSY and self._options["wait"]:
            raise IntegrationError(
                f"{name_of(seen)} was still {status_of(seen)} after {self._options['wait_timeout']} s. Look at it in "
                "Immuta, raise wait_timeout, or run again: the next run goes on from there.",
                status=status_of(seen),
            )
        return seen

    def _read_again(self, record: Record) -> Record | None:
        return self._find() if record.get("id") is None else self._used(self._api.by_id(str(record["id"])))

    def _plan_present(self) -> Plan:
        record = self._find_at_rest()
        if record is None:
            return self._plan_create()
        found = diff.changes(to_integration(record), self._settings)
        failed_create = status_of(record) == "createError"
        refused = diff.not_editable(found)
        if refused and not failed_create:
            raise _not_editable(record, refused)
        pushes = self._options["update_password"] == "always" and has_credentials(self._settings)
        if status_of(record) in FAILED:
            return self._plan_put("repaired", record, pushes)
        if found or pushes:
            return self._plan_put("updated", record, pushes)
        return Plan("none", record)

    def _plan_create(self) -> Plan:
        if self._options.get("id"):
            raise OptionError(
                f"Immuta has no Redshift integration with id {self._options['id']}. Check the id, or leave it out: "
                "an integration is found by its host, and created where there is none."
            )
        option_checks.refuse(option_checks.create_problems(self._settings))
        return Plan("created", None, to_payload(self._settings))

    def _plan_put(self, operation: str, record: Record, pushes: bool) -> Plan:
        body = merged(record, self._settings)
        problems = option_checks.change_problems(self._settings, body)
        if problems:
            raise OptionError(
                f"{name_of(record)} is to be {operation}, and Immuta asks for the credentials with every change, since "
                f"it does not give them back. Nothing was sent. {' '.join(problems)}",
                problems=problems,
            )
        return Plan(operation, record, body, pushes)

    def _plan_absent(self) -> Plan:
        record = self._find_at_rest()
        if record is None or status_of(record) == "deleting":  # which is not waited for with wait=false
            return Plan("none", record)
        option_checks.refuse(option_checks.host_problems_of(record, self._settings))
        if not record.get("autoBootstrap"):
            return Plan("deleted", record)
        if not has_credentials(self._settings):
            raise OptionError(
                f"{name_of(record)} was set up automatically, and Immuta asks for privileged credentials to delete it. "
                "Nothing was sent. Give authentication_type with username and password, or with okta."
            )
        return Plan("deleted", record, delete_payload(self._settings))

    def _carry_out(self, plan: Plan) -> Outcome:
        if plan.operation == "none" or plan.body is None:
            return self._outcome(plan, plan.record)
        record = self._write(plan, plan.body)
        if not at_rest(record) or not status_of(record):
            settled = self._settled(record)
            if settled is None:
                raise IntegrationError(f"{name_of(record)} was deleted while its end was waited for. Run again.")
            record = settled
        return self._outcome(plan, record)

    def _write(self, plan: Plan, body: Record) -> Record:
        try:
            if plan.record is None:
                return self._api.create(body)
            return self._api.update(plan.record, body)
        except UnknownResultError as exc:
            return self._recover(plan, exc)

    def _recover(self, plan: Plan, lost: UnknownResultError) -> Record:
        """Find out whether a write whose answer was lost was done; a write is never sent twice."""
        found = poll(self._find, lambda row: self._was_done(plan, row), LOOK_AGAIN, self._context)
        if found is not None and self._was_done(plan, found):
            return found
        raise ApiError(
            f"{lost.message} Immuta does not show the change yet: look at the integration, and run again.",
            **lost.details,
        ) from lost

    def _was_done(self, plan: Plan, record: Record | None) -> bool:
        if record is None or plan.record is None:
            return record is not None
        if status_of(record) in BUSY:
            return True
        same = not diff.changes(to_integration(record), self._settings)
        return same and not plan.pushes_secret and status_of(record) not in FAILED

    def _remove(self, plan: Plan) -> Outcome:
        if plan.record is None or plan.operation == "none":
            return self._outcome(plan, None)
        try:
            record = self._api.delete(plan.record, plan.body)
        except UnknownResultError as exc:
            record = self._read_again(plan.record)
            if record is not None and status_of(record) != "deleting":
                raise ApiError(f"{exc.message} The integration is still there: run again.", **exc.details) from exc
        left = self._settled(record) if record else None
        if left is not None and self._options["wait"]:
            raise _not_well(left, "Immuta could not delete it. Run again to delete it once more.")
        return self._outcome(plan, None)

    def _outcome(self, plan: Plan, record: Record | None) -> Outcome:
        outcome = Outcome(
            changed=plan.operation != "none",
            values={
                "operation": plan.operation,
                "status_before": status_of(plan.record) if plan.record else None,
                "auto_bootstrap_before": bool(plan.record.get("autoBootstrap")) if plan.record else None,
                "integration": to_integration(record) if record else None,
            },
            before=_diff_side(plan.record),
            after=_diff_side(plan.after()),
        )
        if plan.pushes_secret:
            outcome.before["config"]["password"], outcome.after["config"]["password"] = UNKNOWN, SET
        if plan.operation == "repaired" and plan.record:
            outcome.warn(f"{condition(plan.record)} It was found so, and is tried again.")
        if self._disabled:
            outcome.warn(
                f"{name_of(self._disabled)} is disabled, which counts as absent. Nothing was cleaned up in Redshift: "
                "the objects and the system account of that integration are still there."
            )
        return self._judged(plan, record, outcome) if record else outcome

    def _judged(self, plan: Plan, record: Record, outcome: Outcome) -> Outcome:
        """Fail on an integration that is not well after a change, warn of one that was found so."""
        failing = FAILING[self._options["fail_on"]]
        result = to_integration(record)["validation"]["status"]
        if plan.operation != "none":
            if status_of(record) in FAILED:
                raise _not_well(record, "Mend what the tests name, and run again.", outcome)
            if result in failing:
                raise _not_well(record, "Mend what the tests name; fail_on decides what fails the task.", outcome)
        if status_of(record) not in KNOWN:
            outcome.warn(f"{condition(record)} This version of the collection does not know that status.")
        if status_of(record) == DEGRADED or result in FAILING["warning"]:
            return outcome.warn(condition(record))
        return outcome


def _progress(record: Record | None) -> str:
    return f"{name_of(record)} is still {status_of(record)}" if record else ""


def _diff_side(record: Record | None) -> Record:
    if record is None:
        return {}
    integration = to_integration(record)
    return {"auto_bootstrap": integration["auto_bootstrap"], "config": integration["config"]}


def _not_well(record: Record, advice: str, outcome: Outcome | None = None) -> ImmutaError:
    integration = to_integration(record)
    return IntegrationError(
        f"{condition(record)} {advice}",
        {"integration": integration, **({"operation": outcome.values["operation"]} if outcome else {})},
        status=integration["status"],
    )


def _not_editable(record: Record, refused: dict[str, diff.Change]) -> OptionError:
    return OptionError(
        f"{name_of(record)} cannot be changed as asked: {diff.documented(refused)}. Immuta does not edit these "
        "settings. Nothing was sent. Correct the options, or delete the integration (state=absent) and create it anew.",
        not_editable=sorted(refused),
    )
