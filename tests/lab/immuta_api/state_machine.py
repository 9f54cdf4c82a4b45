# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state machine (docs/dev/api-contract.md, section 9): what requests do to an integration, at once and later."""

from __future__ import annotations

import asyncio
import collections
import collections.abc
import dataclasses
import secrets
import typing as t

import psycopg

from tests.lab.immuta_api import validation
from tests.lab.immuta_api.errors import ApiError
from tests.lab.immuta_api.integrations import BUSY, Integration, Store
from tests.lab.immuta_api.payload import REDSHIFT, Payload, refuse_odd_credentials
from tests.lab.immuta_api.scripts import Account
from tests.lab.immuta_api.switches import Switches
from tests.lab.immuta_api.validation import Validator
from tests.lab.immuta_api.warehouse import Warehouse, has_database

_NEEDS_CREDENTIALS = (
    "Integrations that are automatically configured require privileged credentials to disable. "
    "Please provide them in your payload."
)
_USE_PUT = "If you need to update your integration credentials, use PUT to update the integration before disabling."
_NO_CREDENTIALS = (
    f"Credentials are not required for disable unless the integration was configured automatically. {_USE_PUT}"
)
_DATABRICKS = f"Credentials are not required to disable a Databricks integration. {_USE_PUT}"
_CREDENTIAL_FIELDS = frozenset({"authenticationType", "username", "password", "okta"})
_WORK_IN_WAREHOUSE = "Set Up In The Warehouse"

Json = dict[str, t.Any]
Work = collections.abc.Callable[[], collections.abc.Awaitable[None]]


@dataclasses.dataclass(frozen=True)
class Step:
    """What an operation does in the background: wait, work, and end in a state."""

    #: status while it lasts
    during: str
    #: status when all went well, and when not
    good: str
    bad: str
    seconds: float
    #: ok or error, as the switch says
    outcome: str
    work: Work
    #: what to do, without waiting, when all went well
    done: collections.abc.Callable[[], None]


class StateMachine:
    """Creates, changes, migrates and deletes integrations."""

    def __init__(self, store: Store, warehouse: Warehouse | None, switches: Switches) -> None:
        self._store = store
        self._warehouse = warehouse
        self._switches = switches
        self._validator = Validator(warehouse, switches)
        self._locks: dict[str, asyncio.Lock] = collections.defaultdict(asyncio.Lock)
        self._tasks: set[asyncio.Task[None]] = set()

    async def stop(self) -> None:
        """Cancel all work in the background."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def find(self, integration_id: str) -> Integration:
        """Return an integration to write to, or raise the 404."""
        integration = self._store.get(integration_id)
        if integration is None or not integration.in_use:
            raise ApiError(404, f"No integration found with ID {integration_id}.")
        return integration

    def refuse_busy(self, integration: Integration, verb: str) -> None:
        """Raise the 409 for an integration in a transient state."""
        if integration.status in BUSY:
            text = f"Unable to {verb} integration with ID {integration.id} in current state {integration.status}."
            raise ApiError(409, text)

    def refuse_taken(self, payload: Payload, but: Integration | None = None, strict: bool = True) -> None:
        """Raise the 409, or the 400 after a failed create, for a host that has an integration.

        :param strict: false: a host whose integration failed to be created is fine
        """
        taken = self._store.in_use(payload.type, payload.host)
        if taken is None or taken is but:
            return
        if taken.status != "createError":
            text = f"{payload.type} integration already exists on {payload.host} (id = {taken.id})."
            raise ApiError(409, text)
        if strict:
            raise ApiError(
                400,
                f"Use PUT /integrations/{taken.id} endpoint to update connection information for {payload.type} "
                f"integration on host {payload.host} (id = {taken.id}) that previously failed to create.",
            )

    def refuse_change(self, integration: Integration, payload: Payload) -> None:
        """Raise the 400 for a change that is not allowed; after a failed create only the type is fixed."""
        fixed = ["type"] if integration.status == "createError" else self._switches.non_editable
        old = integration.payload()
        changed = [name for name in fixed if old.attribute(name) != payload.attribute(name)]
        if changed:
            text = "Unable to edit integration due to changes of non-editable attribute(s): " + ", ".join(changed) + "."
            raise ApiError(400, text)

    async def create(self, payload: Payload) -> Integration:
        """Validate and start to create."""
        async with self._locks[payload.host.casefold()]:
            self.refuse_taken(payload)
            results = await self._validator.create(payload)
            self._require(results, "create")
            integration = self._store.add(payload, "creating", results)
            self._start(integration, self._creation(integration, payload))
            return integration

    async def update(self, integration: Integration, payload: Payload) -> Integration:
        """Validate and start to change, or to create again what failed to be created."""
        async with self._locks[payload.host.casefold()]:
            self._refuse_update(integration, payload)
            repair = integration.status == "createError"
            check = self._validator.create(payload, repair=True) if repair else self._validator.edit(payload)
            results = await check
            self._require(results, "edit")
            self._refuse_update(integration, payload)  # it may have changed while the warehouse was asked
            integration.set_validation(results)
            if repair:
                integration.set_payload(payload)
            step = self._creation(integration, payload) if repair else self._edit(integration, payload)
            self._start(integration, step)
            return integration

    async def delete(self, integration: Integration, body: Json | None) -> Integration:
        """Validate and start to delete, and wait for the end if the tenant does."""
        self.refuse_busy(integration, self._switches.delete_busy_verb)
        credentials = self._delete_credentials(integration, body)
        payload = integration.payload()
        if credentials is not None:
            payload = payload.with_credentials(credentials)
            results = await self._validator.delete(payload)
            self._require(results, "delete")
            self.refuse_busy(integration, self._switches.delete_busy_verb)
        task = self._start(integration, self._deletion(integration, payload))
        if self._switches.delete_response == "deleted":
            await task
        return integration

    def migrate(self, integration: Integration) -> None:
        """Start a migration, as Immuta does on its own."""
        self.refuse_busy(integration, "migrate")
        seconds, outcome = self._switches.migrate_seconds, self._switches.migrate_outcome
        step = Step("migrating", "enabled", "migrateError", seconds, outcome, _no_work, _nothing)
        self._start(integration, step)

    def _refuse_update(self, integration: Integration, payload: Payload) -> None:
        self.find(integration.id)
        self.refuse_busy(integration, "edit")
        self.refuse_change(integration, payload)
        self.refuse_taken(payload, but=integration)

    def _require(self, results: Json, verb: str) -> None:
        """Raise the 422 for a failed validation."""
        if results["status"] == "failed":
            extra: Json = {"validationResults": results} if self._switches.validation_in_422 else {}
            if self._switches.error_validation == "list":
                extra["validation"] = validation.codes(results)
            text = f"Validation of prerequisite setup failed. Unable to {verb} integration."
            raise ApiError(422, text, **extra)

    def _delete_credentials(self, integration: Integration, body: Json | None) -> Json | None:
        """Return the credentials of a DELETE, or raise the 400 if they are missing or not wanted."""
        credentials = self._credentials_in(body or {})
        has_payload = body is not None and (body != {} or self._switches.delete_empty_object == "payload")
        if integration.type == "Databricks" and credentials:
            raise ApiError(400, _DATABRICKS)
        needed = integration.auto and integration.type in (REDSHIFT, "Snowflake", "Azure Synapse Analytics")
        if needed and not credentials:
            raise ApiError(400, _NEEDS_CREDENTIALS)
        if not needed and has_payload:
            raise ApiError(400, _NO_CREDENTIALS)
        return credentials if needed and integration.type == REDSHIFT else None

    def _credentials_in(self, body: Json) -> Json:
        layout = self._switches.delete_body
        nested = body.get("config") if layout != "flat" else None
        source = nested if isinstance(nested, dict) else {} if layout == "nested" else body
        credentials = {name: value for name, value in source.items() if name in _CREDENTIAL_FIELDS}
        refuse_odd_credentials(credentials)
        return credentials

    def _creation(self, integration: Integration, payload: Payload) -> Step:
        async def work() -> None:
            if self._warehouse is None or not self._works_in_warehouse(payload):
                return
            async with self._warehouse.connected(payload, payload.initial_database or payload.database) as connection:
                there = await has_database(connection, payload.database)
            integration.made_database = integration.made_database or not there
            account = Account(payload.account, f"Aa1{secrets.token_hex(12)}")
            await self._warehouse.set_up(payload, account)

        seconds, outcome = self._switches.create_seconds, self._switches.create_outcome
        return Step("creating", "enabled", "createError", seconds, outcome, work, _nothing)

    def _edit(self, integration: Integration, payload: Payload) -> Step:
        async def work() -> None:
            if self._warehouse is not None and self._works_in_warehouse(payload):
                await self._warehouse.change(integration.payload(), payload)

        seconds, outcome = self._switches.edit_seconds, self._switches.edit_outcome
        return Step("editing", "enabled", "editError", seconds, outcome, work, lambda: integration.set_payload(payload))

    def _deletion(self, integration: Integration, payload: Payload) -> Step:
        async def work() -> None:
            if self._warehouse is not None and self._works_in_warehouse(payload):
                await self._warehouse.tear_down(payload, payload.account, integration.made_database)

        def done() -> None:
            if self._switches.delete_end == "404":
                self._store.remove(integration)

        seconds, outcome = self._switches.delete_seconds, self._switches.delete_outcome
        end = "disabled" if self._switches.delete_end == "disabled" else "deleted"
        return Step("deleting", end, "deleteError", seconds, outcome, work, done)

    def _works_in_warehouse(self, payload: Payload) -> bool:
        """Return whether Immuta itself runs SQL: in the automatic mode, with a login that the simulator can do."""
        automatic = payload.auto and payload.type == REDSHIFT and not payload.okta
        return automatic and self._switches.check_warehouse

    def _start(self, integration: Integration, step: Step) -> asyncio.Task[None]:
        integration.status = step.during
        task = asyncio.create_task(self._settle(integration, step))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _settle(self, integration: Integration, step: Step) -> None:
        await asyncio.sleep(step.seconds)
        good = step.outcome == "ok" and await _worked(integration, step.work)
        if good:
            step.done()
        integration.status = step.good if good else step.bad


async def _worked(integration: Integration, work: Work) -> bool:
    """Do the work in the warehouse; an error becomes a failed test."""
    try:
        await work()
    except psycopg.Error as exc:
        before = integration.body.get("validationResults") or {}
        message = " ".join(str(exc).split())
        integration.set_validation(validation.failed(before, _WORK_IN_WAREHOUSE, message))
        return False
    return True


async def _no_work() -> None:
    return


def _nothing() -> None:
    return
