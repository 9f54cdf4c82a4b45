# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated tenant without a warehouse, for one test."""

from __future__ import annotations

import asyncio
import collections.abc
import typing as t

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from tests.lab.immuta_api.api import Settings, Switches, create_app
from tests.lab.redshift_proxy import text as redshift_text

KEY = "0123456789abcdef0123456789abcdef0"
PASSWORD = "Marker1secret"
HOST = "one.example.com"
FAST = {"create_seconds": 0.02, "edit_seconds": 0.02, "delete_seconds": 0.02, "migrate_seconds": 0.02}


def manual(**config: t.Any) -> dict[str, t.Any]:
    """Return a well-formed manual payload."""
    fields = {
        "host": HOST,
        "database": "immuta",
        "initialDatabase": "dev",
        "authenticationType": "userPassword",
        "username": "immuta_system",
        "password": PASSWORD,
    }
    return {"type": "Redshift", "autoBootstrap": False, "config": fields | config}


def automatic(**config: t.Any) -> dict[str, t.Any]:
    """Return a well-formed automatic payload."""
    return manual(**({"username": "awsuser"} | config)) | {"autoBootstrap": True}


def split(script: str) -> list[str]:
    """Return the statements of a script, as the proxy reads it: not as generator or collection do."""
    found = redshift_text.statements(script)
    assert found is not None
    return [script[statement.start : statement.end] for statement in found]


class Tenant:
    """A client of a simulator."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    async def ask(self, method: str, path: str, body: t.Any = None, key: str | None = KEY) -> ClientResponse:
        """Send a request and return the response, whatever it is."""
        headers = {"Authorization": key} if key else {}
        return await self.client.request(method, path, json=body, headers=headers, allow_redirects=False)

    async def json(self, method: str, path: str, body: t.Any = None, status: int = 200) -> t.Any:
        """Send a request that must get this status, and return the body of its response."""
        response = await self.ask(method, path, body)
        assert response.status == status, await response.text()
        return await response.json()

    async def settled(self, integration_id: str = "1") -> str:
        """Wait for the end of an operation, and return the status."""
        for _attempt in range(200):
            response = await self.ask("GET", f"/integrations/{integration_id}")
            status = (await response.json()).get("status", "404") if response.status == 200 else str(response.status)
            if status not in ("creating", "editing", "deleting", "migrating"):
                return status
            await asyncio.sleep(0.01)
        raise AssertionError("The operation never ended.")

    async def made(self, body: dict[str, t.Any] | None = None) -> str:
        """Create an integration, wait for it, and return its id."""
        integration_id = str((await self.json("POST", "/integrations", body or manual()))["id"])
        await self.settled(integration_id)
        return integration_id

    async def set(self, **switches: t.Any) -> None:
        """Set switches."""
        await self.json("PATCH", "/_sim/switches", switches)

    async def fault(self, **fault: t.Any) -> None:
        """Add a fault."""
        await self.json("POST", "/_sim/faults", fault)

    async def requests(self) -> list[dict[str, t.Any]]:
        """Return the log of requests."""
        return await self.json("GET", "/_sim/requests")


def play(scenario: collections.abc.Callable[[Tenant], collections.abc.Awaitable[None]], **switches: t.Any) -> None:
    """Run a scenario against a fresh tenant."""
    asyncio.run(_play(scenario, switches))


async def _play(
    scenario: collections.abc.Callable[[Tenant], collections.abc.Awaitable[None]], switches: dict[str, t.Any]
) -> None:
    settings = Settings(KEY, switches=Switches(**({"check_warehouse": False} | FAST | switches)))
    async with TestClient(TestServer(create_app(settings))) as client:
        await scenario(Tenant(client))
