# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoints as methods. Check mode is decided here and nowhere else.

Private to this collection: it can change at any time.

See docs/dev/api-contract.md, section 2. A script endpoint only generates text, so it is called in check mode too.
"""

from __future__ import annotations

import typing as t
from urllib.parse import quote

from .._errors import ApiError, MissingEndpointError, UnknownResultError
from .._redact import without_secrets
from .._types import Row
from .client import Client
from .payload import Payload
from .record import TYPE, IntegrationRecord, predicted
from .response import Response, parse_json
from .validation import describe_tests, validation_of

COLLECTION = "/integrations"
#: script -> where it is generated
SCRIPTS: dict[str, str] = {
    "initial_create": f"{COLLECTION}/scripts/initial-create",
    "create": f"{COLLECTION}/scripts/create",
    "edit": f"{COLLECTION}/{{id}}/scripts/edit",
    "delete": f"{COLLECTION}/{{id}}/scripts/delete",
    "cleanup": f"{COLLECTION}/scripts/cleanup",
}


class Integrations:
    """The integrations of one tenant.

    :param check_mode: true to send no request that changes anything, and to return the predicted result instead
    """

    def __init__(self, client: Client, check_mode: bool = False) -> None:
        self._client = client
        self._check_mode = check_mode

    def within(self, seconds: float) -> t.ContextManager[None]:
        """Let no request last longer than this; see ``Transport.within``."""
        return self._client.within(seconds)

    def all(self) -> list[IntegrationRecord]:
        """Return the Redshift integrations that are in use, in one request."""
        return [record for record in self._listed() if record.is_in_use]

    def by_host(self, host: str) -> IntegrationRecord | None:
        """Return the integration of this host, compared without case; None if there is none.

        One that is not in use is returned only if there is no other.
        """
        found = [record for record in self._listed() if record.is_of_host(host)]
        return next((record for record in found if record.is_in_use), found[0] if found else None)

    def by_id(self, integration_id: str) -> IntegrationRecord | None:
        """Return one integration, in use or not; None if there is none.

        A 404 is confirmed with the list: it may come from a wrong address, and then the list fails too.

        :raises MissingEndpointError: the tenant does not know the path
        """
        record = self._one(integration_id)
        return record or next((row for row in self._listed() if row.id == integration_id), None)

    def read_again(self, record: IntegrationRecord) -> IntegrationRecord | None:
        """Return an integration that was read before, as it is now; None if it is gone."""
        return self._one(_id_of(record))

    def create(self, payload: Payload) -> IntegrationRecord:
        """Create an integration, and return it as far as the response shows it."""
        if self._check_mode:
            return predicted(None, payload)
        return self._write("POST", COLLECTION, payload)

    def update(self, record: IntegrationRecord, payload: Payload) -> IntegrationRecord:
        """Replace the configuration of an integration, and return it as far as the response shows it."""
        if self._check_mode:
            return predicted(record, payload)
        updated = self._write("PUT", _path(COLLECTION + "/{id}", _id_of(record)), payload)
        return IntegrationRecord({**updated.raw, "id": record.id})

    def delete(self, record: IntegrationRecord, credentials: Payload | None) -> IntegrationRecord | None:
        """Delete an integration, and return it as it is then; None if it is gone, or was already.

        :param credentials: only for an automatic integration; Immuta refuses them for a manual one
        """
        if self._check_mode:
            return None
        path = _path(COLLECTION + "/{id}", _id_of(record))
        response = self._send("DELETE", path, credentials, ok=(404,))
        return None if response.status == 404 else IntegrationRecord({**record.raw, "status": "deleting"})

    def script(self, script: str, payload: Payload | None, record: IntegrationRecord | None = None) -> str:
        """Let Immuta generate a script, and return its text. It may contain secrets.

        :param script: a key of ``SCRIPTS``
        :param record: for ``edit`` and ``delete``
        :raises MissingEndpointError: this version of Immuta does not have the script
        """
        path = _path(SCRIPTS[script], _id_of(record) if record else "")
        try:
            text = _script_text(self._client.request("POST", path, payload, safe=True), path)
        except MissingEndpointError as exc:
            raise _missing_script(script, exc) from exc
        if not text.strip():
            raise ApiError(f"POST {path}: Immuta returned an empty script. Run again, or contact Immuta's support.")
        return text

    def _one(self, integration_id: str) -> IntegrationRecord | None:
        path = _path(COLLECTION + "/{id}", integration_id)
        response = self._client.request("GET", path, safe=True, ok=(404,))
        if response.status == 404:
            return None
        data = response.json(f"GET {path}")
        if not isinstance(data, dict):
            raise ApiError(f"GET {path}: the response is not an integration. Check immuta_url.")
        if data.get("type", TYPE) != TYPE:
            raise ApiError(f"GET {path}: this integration is not of type {TYPE}. Check id.")
        return IntegrationRecord(data)

    def _listed(self) -> list[IntegrationRecord]:
        data = self._client.request("GET", COLLECTION, safe=True).json(f"GET {COLLECTION}")
        if not isinstance(data, list):
            raise ApiError(f"GET {COLLECTION}: the response is not a list of integrations. Check immuta_url.")
        return [IntegrationRecord(row) for row in data if isinstance(row, dict) and row.get("type") == TYPE]

    def _send(self, method: str, path: str, body: Payload | None, ok: tuple[int, ...] = ()) -> Response:
        """Send a write; if Immuta's tests refused it, add their results to the message."""
        try:
            return self._client.request(method, path, body, safe=False, ok=ok)
        except ApiError as exc:
            validation = validation_of(exc.details.pop("validation_results", None))
            if not validation["tests"]:
                raise
            message = f"{exc.message}{describe_tests(validation)}"
            raise type(exc)(message, **exc.details, validation=validation) from exc

    def _write(self, method: str, path: str, payload: Payload) -> IntegrationRecord:
        response = self._send(method, path, payload)
        request = f"{method} {path}"
        try:
            data = response.json(request)
        except ApiError as exc:
            raise UnknownResultError(exc.message, **exc.details) from exc
        if not isinstance(data, dict):
            raise UnknownResultError(f"{request}: the response is not an integration.", method=method, path=path)
        row: Row = {**without_secrets(payload), **data}
        return IntegrationRecord(row)


def _id_of(record: IntegrationRecord) -> str:
    if record.id is None:
        raise ApiError("Immuta returned the integration without an id. Check the version of Immuta.")
    return record.id


def _path(template: str, integration_id: str) -> str:
    return template.replace("{id}", quote(integration_id, safe=""))


def _script_text(response: Response, path: str) -> str:
    """Return the script: plain text, a JSON string or a JSON object (docs/dev/api-contract.md, section 2.3).

    The content type does not matter: plain text comes as ``text/html``.
    """
    request = f"POST {path}"
    start = response.text.lstrip()[:1]
    if start == "<":
        raise response.not_json(request)
    try:
        data = parse_json(response.text)
    except ValueError as exc:
        if start in ('"', "{", "["):
            raise response.not_json(request) from exc
        return response.text
    script = data.get("script") if isinstance(data, dict) else data
    if not isinstance(script, str):
        raise ApiError(f"{request}: the response contains JSON, but no script. Check the version of Immuta.")
    return script


def _missing_script(script: str, exc: MissingEndpointError) -> MissingEndpointError:
    return MissingEndpointError(
        f"{exc.message} This version of Immuta may not have the {script} script.", **exc.details, script=script
    )
