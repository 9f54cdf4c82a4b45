# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which requests are sent again, and when, over real sockets on loopback."""

from __future__ import annotations

import email.utils
import time

import pytest

from ansible_collections.community.immuta.plugins.module_utils._errors import ApiError, UnknownResultError
from ansible_collections.community.immuta.plugins.module_utils._immuta import transport
from ansible_collections.community.immuta.tests.unit.plugins.module_utils._immuta.connections import (
    LIST,
    client,
    read,
    write,
)
from ansible_collections.community.immuta.tests.unit.plugins.module_utils.server import Reply, Server

pytest.importorskip("requests")
pytestmark = pytest.mark.usefixtures("no_proxies", "pauses")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_reads_are_retried(status):
    with Server(*[Reply(status)] * 3, LIST) as server:
        assert read(server.url(), retries=3).status == 200
    assert len(server.asked) == 4


@pytest.mark.parametrize("status", [429, 503])
def test_writes_that_were_certainly_not_processed_are_sent_again(status):
    with Server(*[Reply(status)] * 3, Reply()) as server:
        assert write(server.url(), retries=3).status == 200
    assert len(server.asked) == 4


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize(("status", "kind"), [(500, ApiError), (502, UnknownResultError), (504, UnknownResultError)])
def test_writes_that_may_have_been_processed_are_sent_once(method, status, kind):
    with Server(Reply(status)) as server, pytest.raises(ApiError) as caught:
        write(server.url(), method)
    assert len(server.asked) == 1
    assert caught.type is kind
    assert caught.value.status_code == status


def test_no_retries():
    with Server(Reply(503)) as server, pytest.raises(ApiError, match="503"):
        read(server.url(), retries=0)
    assert len(server.asked) == 1


def test_retries_end():
    with Server(*[Reply(503)] * 4) as server, pytest.raises(ApiError, match="raise retries"):
        write(server.url(), retries=3)
    assert len(server.asked) == 4


def test_pauses_double_with_jitter(pauses):
    with Server(*[Reply(500)] * 6) as server, pytest.raises(ApiError):
        read(server.url(), retries=5)
    assert len(pauses) >= 4
    longest = [1, 2, 4, 8]
    assert all(most / 2 <= pause <= most for pause, most in zip(pauses[-4:], longest))


def retry_after(value, pauses):
    with Server(Reply(429, "", {"Retry-After": value}), Reply()) as server:
        assert write(server.url()).status == 200
    return pauses


@pytest.mark.parametrize(("value", "pause"), [("7", 7), ("1", 1), ("3600", 60), ("99999999999", 60)])
def test_retry_after_in_seconds(value, pause, pauses):
    assert retry_after(value, pauses) == [pause]


@pytest.mark.parametrize(("seconds", "pause"), [(20, 20), (4000, 60)])
def test_retry_after_as_a_date(seconds, pause, pauses):
    assert retry_after(email.utils.formatdate(time.time() + seconds, usegmt=True), pauses) == [
        pytest.approx(pause, abs=3)
    ]


@pytest.mark.parametrize("value", ["0", "-5", "soon", "Wed, 99 Foo 2026", "Wed, 21 Oct 2015 07:28:00 GMT", "1.5"])
def test_retry_after_that_says_nothing(value, pauses):
    assert sum(retry_after(value, pauses)) <= 2


def test_many_hosts_that_are_refused_again_do_not_come_back_together(pauses):
    busy = Reply(429, "", {"Retry-After": "1"})
    with Server(*[busy] * 5) as server, pytest.raises(ApiError, match="429"):
        client(server.url(), retries=4).request("GET", "/integrations", safe=True)
    assert pauses[0] == 1
    assert all(1 + longest / 2 <= pause <= 1 + longest for pause, longest in zip(pauses[1:], (1, 2, 4)))
    assert len(set(pauses)) == len(pauses) == 4


def test_a_limited_request_ends_in_time(monkeypatch, pauses):
    """Neither retries nor Retry-After outlast the wait that a read is part of."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: (pauses.append(seconds), now.__setitem__(0, now[0] + seconds)))
    busy = Reply(429, "", {"Retry-After": "30"})
    with Server(*[busy] * 9) as server:
        connection = client(server.url(), retries=8)
        with connection.within(40), pytest.raises(ApiError, match="429"):
            connection.request("GET", "/integrations", safe=True)
    assert sum(pauses) == 40 + transport.MIN_REQUEST_TIMEOUT
    assert len(server.asked) == 3
