# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authentication, and which statuses are an error, over real sockets on loopback."""

from __future__ import annotations

import json

import pytest

from ansible_collections.community.immuta.plugins.module_utils._errors import ApiError
from ansible_collections.community.immuta.tests.unit.plugins.module_utils._immuta.connections import (
    DROP,
    KEY,
    LIST,
    client,
    read,
    write,
)
from ansible_collections.community.immuta.tests.unit.plugins.module_utils.server import Reply, Server

pytest.importorskip("requests")
pytestmark = pytest.mark.usefixtures("no_proxies", "pauses")


def test_what_is_sent():
    with Server(LIST, Reply(), Reply()) as server:
        assert read(f"{server.url()}/").json("GET") == [{"id": "7"}]
        write(f"{server.url()}/prefix", body={"name": "ü", "nested": [None, 1]})
        write(server.url(), "DELETE")
    asked = server.asked
    assert [(request.method, request.path) for request in asked] == [
        ("GET", "/integrations"),
        ("POST", "/prefix/integrations"),
        ("DELETE", "/integrations"),
    ]
    assert all(request.headers["authorization"] == KEY for request in asked)
    assert all(request.headers["content-type"] == "application/json" for request in asked)
    assert json.loads(asked[1].body) == {"name": "ü", "nested": [None, 1]}
    assert asked[2].body == ""


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_every_2xx_means_success(status):
    with Server(Reply(status, "")) as server:
        assert write(server.url()).status == status


def test_expected_statuses_are_good():
    with Server(Reply(404, {"message": "No Integration found with ID 7."})) as server:
        assert client(server.url()).request("GET", "/integrations/7", safe=True, ok=(404,)).status == 404


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_refusals_are_not_retried(status):
    with Server(*[Reply(status, {"message": "Why"})] * 2) as server:
        for send in (read, write):
            with pytest.raises(ApiError, match=rf"HTTP {status} \(Why\)"):
                send(server.url())
    assert len(server.asked) == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_write_follows_no_redirect(method, status):
    with Server(Reply(status, "", {"Location": "/elsewhere"})) as server, pytest.raises(ApiError, match="immuta_url"):
        write(server.url(), method, {})
    assert len(server.asked) == 1


def token(name="one", status=200):
    return Reply(status, {"token": name, "authenticated": True})


def authorizations(server):
    return [request.headers.get("authorization") for request in server.asked]


def test_the_key_is_exchanged_once():
    with Server(token(), LIST, LIST) as server:
        connection = client(server.url(), immuta_auth="token")
        for _time in range(2):
            connection.request("GET", "/integrations", safe=True)
    assert server.asked[0].path == "/bim/apikey/authenticate"
    assert json.loads(server.asked[0].body) == {"apikey": KEY}
    assert authorizations(server) == [None, "Bearer one", "Bearer one"]


@pytest.mark.parametrize("send", [read, write])
def test_an_expired_token_is_exchanged_once_more(send):
    with Server(token(), Reply(401), token("two"), LIST) as server:
        assert send(server.url(), immuta_auth="token").status == 200
    assert authorizations(server) == [None, "Bearer one", None, "Bearer two"]


def test_a_second_401_is_reported():
    with (
        Server(token(), Reply(401), token("two"), Reply(401)) as server,
        pytest.raises(ApiError, match="immuta_api_key"),
    ):
        read(server.url(), immuta_auth="token")
    assert len(server.asked) == 4


def test_a_401_with_the_key_itself_is_reported_at_once():
    with Server(Reply(401, {"message": "no"})) as server, pytest.raises(ApiError, match="immuta_api_key"):
        read(server.url())
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "reply", [Reply(401), Reply(200, {}), Reply(200, []), Reply(200, {"token": 7}), Reply(200, "x")]
)
def test_an_exchange_that_fails(reply):
    with Server(reply) as server, pytest.raises(ApiError, match="/bim/apikey/authenticate") as caught:
        read(server.url(), immuta_auth="token")
    assert KEY not in caught.value.message


def test_an_exchange_is_retried():
    with Server(Reply(502), DROP, token(), LIST) as server:
        assert write(server.url(), immuta_auth="token").status == 200


@pytest.mark.parametrize("name", ["one\ntwo", "\u4e16", ""])
def test_a_token_that_cannot_be_sent(name):
    with Server(token(name)) as server, pytest.raises(ApiError, match="contains no token"):
        read(server.url(), immuta_auth="token")
