# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults: what the client sees, and whether the request took effect."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import aiohttp
import pytest

from tests.lab.immuta_api.faults import Fault
from tests.unit.lab.tenant import Tenant, manual, play


async def _count(tenant: Tenant) -> int:
    return len(await tenant.json("GET", "/_sim/integrations"))


def test_status_with_body_and_headers_after_some_requests():
    async def scenario(tenant: Tenant) -> None:
        await tenant.fault(kind="status", method="get", path="^/integrations$", skip=1, times=2, status=503)
        responses = [(await tenant.ask("GET", "/integrations")).status for _again in range(4)]
        assert responses == [200, 503, 503, 200]
        await tenant.fault(kind="status", status=418, body={"a": 1}, headers={"X-Tea": "yes"})
        response = await tenant.ask("POST", "/integrations", manual())
        assert (response.status, await response.json(), response.headers["X-Tea"]) == (418, {"a": 1}, "yes")
        assert await _count(tenant) == 0
        assert [entry["fault"] for entry in await tenant.requests()] == [None, "status", "status", None, "status"]

    play(scenario)


def test_an_error_after_the_request_took_effect():
    async def scenario(tenant: Tenant) -> None:
        await tenant.fault(kind="status", status=502, handle=True)
        assert (await tenant.ask("POST", "/integrations", manual())).status == 502
        assert await _count(tenant) == 1

    play(scenario)


@pytest.mark.parametrize(("kind", "made"), [("reset_before", 0), ("reset_after", 1), ("truncated", 1)])
def test_broken_connections(kind, made):
    async def scenario(tenant: Tenant) -> None:
        await tenant.fault(kind=kind, method="POST")
        with pytest.raises(aiohttp.ClientError):
            await (await tenant.ask("POST", "/integrations", manual())).read()
        assert await _count(tenant) == made

    play(scenario)


@pytest.mark.parametrize(
    ("fault", "status", "content_type", "text"),
    [
        ({"kind": "html"}, 200, "text/html", "<!DOCTYPE html>"),
        ({"kind": "html", "status": 502, "body": "<p>bad</p>"}, 502, "text/html", "<p>bad</p>"),
        ({"kind": "empty"}, 200, "application/json", ""),
        ({"kind": "not_json"}, 200, "application/json", "this is not JSON"),
    ],
)
def test_responses_that_are_not_json(fault, status, content_type, text):
    async def scenario(tenant: Tenant) -> None:
        await tenant.fault(**fault)
        response = await tenant.ask("GET", "/integrations")
        assert (response.status, response.content_type) == (status, content_type)
        assert (await response.text()).startswith(text)

    play(scenario)


def test_retry_after_and_redirect():
    async def scenario(tenant: Tenant) -> None:
        await tenant.fault(kind="retry_after", seconds=3)
        response = await tenant.ask("GET", "/integrations")
        assert (response.status, response.headers["Retry-After"]) == (429, "3")
        await tenant.set(retry_after="date")
        await tenant.fault(kind="retry_after", status=503, seconds=3)
        response = await tenant.ask("GET", "/integrations")
        assert response.status == 503
        assert response.headers["Retry-After"].endswith("GMT")
        await tenant.fault(kind="redirect", headers={"Location": "http://other.invalid/"})
        response = await tenant.ask("GET", "/integrations")
        assert (response.status, response.headers["Location"]) == (307, "http://other.invalid/")

    play(scenario)


def test_slow():
    async def scenario(tenant: Tenant) -> None:
        await tenant.fault(kind="slow", seconds=0.1)
        started = time.monotonic()
        assert await tenant.json("GET", "/integrations") == []
        assert time.monotonic() - started >= 0.1

    play(scenario)


def test_kill_after_the_request_took_effect():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)

    async def scenario(tenant: Tenant) -> None:
        await tenant.fault(kind="kill", method="POST", pid=-child.pid)
        await tenant.json("POST", "/integrations", manual())
        assert await _count(tenant) == 1

    play(scenario)
    assert child.wait(5) == -signal.SIGKILL


def test_a_fault_never_kills_everything():
    for pid in (0, 1, -1):
        with pytest.raises(ValueError, match="needs the pid"):
            Fault("kill", pid=pid)
    assert Fault("kill", pid=os.getpid()).takes_effect


def test_an_upgrade_of_immuta_for_some_requests():
    async def scenario(tenant: Tenant) -> None:
        await tenant.fault(kind="upgrade", skip=1, times=3)
        responses = [await tenant.ask(*request) for request in (("GET", "/integrations"), ("POST", "/bim/x")) * 3]
        assert [response.status for response in responses] == [200, 502, 503, 502, 200, 404]
        assert responses[2].content_type == "text/html"
        assert "<h1>503</h1>" in await responses[2].text()

    play(scenario)


def test_an_upgrade_of_immuta_for_a_time():
    upgrade = Fault("upgrade", times=0, seconds=30)
    assert [upgrade.is_due("GET", "/integrations", "none") for _again in range(3)] == [True] * 3
    upgrade.seconds = 0
    assert not upgrade.is_due("GET", "/integrations", "none")


def test_the_first_due_fault_takes_the_request_and_later_ones_do_not_count_it():
    async def scenario(tenant: Tenant) -> None:
        await tenant.fault(kind="status", status=500)
        await tenant.fault(kind="status", status=501)
        assert [(await tenant.ask("GET", "/integrations")).status for _again in range(3)] == [500, 501, 200]
        assert [fault["met"] for fault in await tenant.json("GET", "/_sim/faults")] == [1, 1]
        await tenant.json("DELETE", "/_sim/faults")
        assert await tenant.json("GET", "/_sim/faults") == []

    play(scenario)
