# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoints as methods. Check mode is decided here and nowhere else. Private to this collection.

Contract, section 2. A script endpoint only generates text, so it is called in check mode too.
"""

from __future__ import annotations

import typing as t
from urllib.parse import quote

from .._errors import ApiError, UnknownResultError
from .._redact import without_secrets
from .client import Client
from .payload import (
    TYPE,
    Record,
    validation_of,
    validation_sentences,
)
from .response import Response, parse_json

#: What Immuta is doing something in: to be waited for.
BUSY = frozenset({"creating", "editing", "migrating", "deleting"})
#: Switched off by force: not in use any more, and nothing was cleaned up in Redshift.
DISABLED = "disabled"
#: Not in use any more; the list may still show it.
GONE = frozenset({"deleted", DISABLED})
#: The last operation failed.
FAILED = frozenset({"createError", "editError", "migrateError", "deleteError"})
#: In use, but Immuta's own periodic check fails.
DEGRADED = "recurringValidationError"
ENABLED = "enabled"
KNOWN = BUSY | GONE | FAILED | {DEGRADED, ENABLED}

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

    :param check_mode: true to send no request that changes anything, and to return what it would have made
    """

    def __init__(self, client: Client, check_mode: bool = False) -> None:
        self._client = client
        self._check_mode = check_mode

    def within(self, seconds: float) -> t.ContextManager[None]:
        """Let no request last longer than that; see C(Client.within)."""
        return self._client.within(seconds)

    def all(self) -> list[Record]:
        """Return the Redshift integrations that are in use, in one request."""
        return [row for row in self._listed() if in_use(row)]

    def by_host(self, host: str) -> Record | None:
        """Return the integration of this host, compared without case; None where there is none.

        One that is not in use is returned only where there is no other.
        """
        wanted = host.casefold()
        found = [row for row in self._listed() if host_of(row).casefold() == wanted]
        return next((row for row in found if in_use(row)), found[0] if found else None)

    def by_id(self, integration_id: str) -> Record | None:
        """Return one integration, in use or not; None where there is none."""
        path = _path(COLLECTION + "/{id}", integration_id)
        data = self._read(path, ok=(404,))
        if data is None:
            return None
        if not isinstance(data, dict):
            raise ApiError(f"GET {path}: the answer is not an integration. Check immuta_url.")
        if data.get("type", TYPE) != TYPE:
            raise ApiError(f"GET {path}: this is an integration of another type than {TYPE}. Check id.")
        return data

    def create(self, payload: Record) -> Record:
        """Create an integration and return it as far as the answer shows it."""
        if self._check_mode:
            return predicted(None, payload)
        return self._write("POST", COLLECTION, payload)

    def update(self, record: Record, payload: Record) -> Record:
        """Replace the configuration of an integration and return it as far as the answer shows it."""
        if self._check_mode:
            return predicted(record, payload)
        answer = self._write("PUT", _path(COLLECTION + "/{id}", id_of(record)), payload)
        return {**answer, "id": record["id"]}

    def delete(self, record: Record, credentials: Record | None) -> Record | None:
        """Delete an integration and return it as it is then; None where it is gone, or was already.

        :param credentials: for an automatic integration alone; Immuta refuses them for a manual one
        """
        if self._check_mode:
            return None
        path = _path(COLLECTION + "/{id}", id_of(record))
        answer = self._send("DELETE", path, credentials, ok=(404,))
        return None if answer.status == 404 else {**record, "status": "deleting"}

    def script(self, script: str, payload: Record | None, integration_id: str | None = None) -> str:
        """Have a script generated and return its text. It may hold secrets.

        :param script: a key of C(SCRIPTS)
        :param integration_id: for V(edit) and V(delete)
        """
        path = _path(SCRIPTS[script], integration_id)
        text = _script_text(self._client.request("POST", path, payload, safe=True), path)
        if not text.strip():
            raise ApiError(f"POST {path}: Immuta answered with an empty script. Run again, or ask Immuta's support.")
        return text

    def _listed(self) -> list[Record]:
        data = self._read(COLLECTION)
        if not isinstance(data, list):
            raise ApiError(f"GET {COLLECTION}: the answer is not a list of integrations. Check immuta_url.")
        return [row for row in data if isinstance(row, dict) and row.get("type") == TYPE]

    def _read(self, path: str, ok: tuple[int, ...] = ()) -> t.Any:
        answer = self._client.request("GET", path, safe=True, ok=ok)
        return None if answer.status in ok else answer.json(f"GET {path}")

    def _send(self, method: str, path: str, body: Record | None, ok: tuple[int, ...] = ()) -> Response:
        """Send a write; where Immuta's validation refused it, say which of its tests did."""
        try:
            return self._client.request(method, path, body, safe=False, ok=ok)
        except ApiError as exc:
            validation = validation_of(exc.details.pop("validation_results", None))
            if not validation["tests"]:
                raise
            message = f"{exc.message}{validation_sentences(validation)}"
            raise type(exc)(message, **exc.details, validation=validation) from exc

    def _write(self, method: str, path: str, payload: Record) -> Record:
        answer = self._send(method, path, payload)
        request = f"{method} {path}"
        try:
            data = answer.json(request)
        except ApiError as exc:
            raise UnknownResultError(exc.message, **exc.details) from exc
        if not isinstance(data, dict):
            raise UnknownResultError(f"{request}: the answer is not an integration.", method=method, path=path)
        return {**without_secrets(payload), **data}


def in_use(record: Record) -> bool:
    """Tell if Immuta still uses this integration (contract, 4.2). An unknown status counts as in use."""
    return status_of(record) not in GONE


def at_rest(record: Record | None) -> bool:
    """Tell if Immuta is not doing anything in this integration."""
    return record is None or status_of(record) not in BUSY


def status_of(record: Record) -> str:
    """Return the status, empty where the answer has none."""
    status = record.get("status")
    return status if isinstance(status, str) else ""


def id_of(record: Record) -> str:
    """Return the id as a text: it may come as a number (contract, 4.1).

    :raises ApiError: the answer has none
    """
    value = record.get("id")
    if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
        raise ApiError("Immuta's answer shows the integration without an id. Check the version of Immuta.")
    return str(value)


def host_of(record: Record) -> str:
    """Return the host of an integration, empty where the answer has none."""
    config = record.get("config")
    host = config.get("host") if isinstance(config, dict) else None
    return host if isinstance(host, str) else ""


def _path(template: str, integration_id: str | None) -> str:
    return template.replace("{id}", quote(str(integration_id), safe=""))


def predicted(record: Record | None, payload: Record) -> Record:
    """Return what Immuta will show after it has carried out a request.

    :param record: the integration before, None where there is none
    """
    changed = {**without_secrets(payload), "status": ENABLED, "validationResults": None}
    return {**(record or {"id": None}), **changed}


def _script_text(answer: Response, path: str) -> str:
    """Return the script, whether it came as text, as a JSON string or as a JSON object (contract, 2.3)."""
    request = f"POST {path}"
    if answer.text.lstrip()[:1] == "<":
        raise answer.not_json(request)
    try:
        data = parse_json(answer.text)
    except ValueError as exc:
        if answer.text.lstrip()[:1] in ('"', "{", "["):
            raise answer.not_json(request) from exc
        return answer.text
    script = data.get("script") if isinstance(data, dict) else data
    if not isinstance(script, str):
        raise ApiError(f"{request}: the answer holds no script, but other JSON. Check the version of Immuta.")
    return script
