# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client, over real sockets on loopback."""

from __future__ import annotations

import email.utils
import json
import os
import socket
import ssl
import time

import pytest

from ansible_collections.community.immuta.plugins.module_utils import _options
from ansible_collections.community.immuta.plugins.module_utils._errors import ApiError, UnknownResultError
from ansible_collections.community.immuta.plugins.module_utils._immuta import transport
from ansible_collections.community.immuta.plugins.module_utils._immuta.client import Client
from ansible_collections.community.immuta.tests.unit.plugins.module_utils.server import Reply, Server

pytest.importorskip("requests")

KEY = "the-api-key"
LIST = Reply(200, [{"id": "7"}])
DROP, CUT, HANG = Reply(fault="drop"), Reply(200, {"id": "7"}, fault="cut"), Reply(fault="hang")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in [name for name in os.environ if name.lower().endswith("_proxy") or name == "REQUESTS_CA_BUNDLE"]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    """The pauses between tries, which take no time here."""
    taken = []
    monkeypatch.setattr(time, "sleep", taken.append)
    return taken


def client(url, **options):
    defaults = {name: row.get("default") for name, row in _options.CONNECTION.items()}
    return Client({**defaults, "immuta_url": url, "immuta_api_key": KEY, "timeout": 5, **options})


def read(url, path="/integrations", **options):
    return client(url, **options).request("GET", path, safe=True)


def write(url, method="POST", body=None, **options):
    return client(url, **options).request(method, "/integrations", body, safe=False)


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


def test_text_is_utf8_whatever_the_header_says():
    with Server(Reply(200, "SELECT 'ü'", {"Content-Type": "text/html; charset=latin-1"})) as server:
        assert read(server.url()).text == "SELECT 'ü'"


# Retries


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


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_refusals_are_not_retried(status):
    with Server(*[Reply(status, {"message": "Why"})] * 2) as server:
        for send in (read, write):
            with pytest.raises(ApiError, match=rf"HTTP {status} \(Why\)"):
                send(server.url())
    assert len(server.asked) == 2


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


# No response


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("fault", [DROP, CUT])
def test_a_lost_response_to_a_write(method, fault):
    with Server(fault) as server, pytest.raises(UnknownResultError, match=f"{method} /integrations at 127.0.0.1"):
        write(server.url(), method)
    assert len(server.asked) == 1


def test_a_lost_response_to_a_read_is_retried():
    with Server(DROP, DROP, LIST) as server:
        assert read(server.url()).status == 200


def test_a_response_that_is_cut_off():
    with Server(*[CUT] * 9) as server, pytest.raises(ApiError, match="the connection was lost"):
        read(server.url(), retries=1)


def test_too_slow():
    with Server(HANG, HANG) as server:
        with pytest.raises(UnknownResultError, match="within 1 s"):
            write(server.url(), timeout=1)
        with pytest.raises(ApiError, match="time"):
            read(server.url(), timeout=1, retries=0)
    assert len(server.asked) == 2


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.mark.parametrize("send", [read, write])
def test_a_refused_connection_is_retried_and_certainly_not_processed(send, pauses):
    with pytest.raises(ApiError, match=r"no connection \(.*refused.*\)\. Check immuta_url") as caught:
        send(f"http://127.0.0.1:{closed_port()}", retries=3)
    assert caught.type is ApiError
    assert len(pauses) >= 2
    assert "object at" not in caught.value.message


def test_a_user_in_the_address_is_not_shown():
    with pytest.raises(ApiError) as caught:
        read(f"http://user:word@127.0.0.1:{closed_port()}", retries=0)
    assert "word" not in caught.value.message


def test_an_endless_response(monkeypatch):
    monkeypatch.setattr(transport, "MAX_RESPONSE_BYTES", 1000)
    with Server(Reply(200, "x" * 2000)) as server, pytest.raises(ApiError, match="longer than 1000 bytes"):
        read(server.url())


# Where the key is sent


def test_netrc_does_not_replace_the_key(tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login user password word\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with Server(LIST) as server:
        read(server.url())
    assert server.asked[0].headers["authorization"] == KEY


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_another_host_does_not_carry_the_key(status):
    with Server(LIST) as other, Server(Reply(status, "", {"Location": f"{other.url('localhost')}/x"})) as server:
        assert read(server.url()).status == 200
    assert other.asked[0].path == "/x"
    assert "authorization" not in other.asked[0].headers
    assert KEY not in str(other.asked)


def test_a_redirect_on_the_same_host_is_followed_with_the_key():
    with Server(Reply(302, "", {"Location": "/elsewhere"}), LIST) as server:
        assert read(server.url()).status == 200
    assert [request.headers["authorization"] for request in server.asked] == [KEY, KEY]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_write_follows_no_redirect(method, status):
    with Server(Reply(status, "", {"Location": "/elsewhere"})) as server, pytest.raises(ApiError, match="immuta_url"):
        write(server.url(), method, {})
    assert len(server.asked) == 1


def test_redirects_without_end():
    with Server(*[Reply(302, "", {"Location": "/again"})] * 20) as server, pytest.raises(ApiError, match="redirects"):
        read(server.url())
    assert len(server.asked) < 10


# Tokens


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


# Time


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


def test_the_timeout_is_that_of_the_wait(monkeypatch):
    monkeypatch.setattr(transport, "MIN_REQUEST_TIMEOUT", 0.0)
    with Server(HANG) as server:
        connection = client(server.url(), timeout=600, retries=5)
        with connection.within(1), pytest.raises(ApiError, match="no response within 1 s"):
            connection.request("GET", "/integrations", safe=True)


# Proxies


def test_a_proxy_is_used_and_can_be_left_out(monkeypatch):
    with Server(LIST) as proxy, Server(LIST, LIST) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url())
        monkeypatch.setenv("http_proxy", proxy.url())
        read(server.url(), allow_http=True)
        assert proxy.asked[0].path == f"{server.url()}/integrations"
        assert not server.asked
        read(server.url(), use_proxy=False)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        read(server.url(), allow_http=True)
    assert len(server.asked) == 2
    assert len(proxy.asked) == 1


def test_plain_http_to_this_machine_takes_no_proxy(monkeypatch):
    """It is allowed without being asked for, since the key stays here."""
    with Server(LIST) as proxy, Server(LIST) as server:
        monkeypatch.setenv("http_proxy", proxy.url())
        read(server.url())
    assert (len(proxy.asked), len(server.asked)) == (0, 1)


def test_a_proxy_with_a_password(monkeypatch):
    with Server(LIST) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url("user:word@127.0.0.1"))
        read("http://tenant.example.com", allow_http=True)
    assert proxy.asked[0].headers["proxy-authorization"] == "Basic dXNlcjp3b3Jk"


@pytest.mark.parametrize("url", ["https://tenant..example.com", f"https://{'x' * 64}.example.com"])
def test_an_address_that_nobody_can_have(url):
    with pytest.raises(ApiError, match="Check immuta_url"):
        read(url)


@pytest.mark.parametrize("name", ["one\ntwo", "\u4e16", ""])
def test_a_token_that_cannot_be_sent(name):
    with Server(token(name)) as server, pytest.raises(ApiError, match="contains no token"):
        read(server.url(), immuta_auth="token")


def test_a_proxy_that_is_not_there(monkeypatch):
    monkeypatch.setenv("https_proxy", f"http://user:word@127.0.0.1:{closed_port()}")
    with pytest.raises(ApiError, match="use_proxy") as caught:
        write("https://tenant.example.com", retries=0)
    assert caught.type is ApiError
    assert "word" not in caught.value.message


# TLS


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    trustme = pytest.importorskip("trustme")
    directory = tmp_path_factory.mktemp("tls")
    ca = trustme.CA()
    ca.cert_pem.write_to_path(directory / "ca.pem")
    own = ca.issue_cert("client@example.com")
    own.private_key_pem.write_to_path(directory / "key.pem")
    own.cert_chain_pems[0].write_to_path(directory / "cert.pem")
    own.private_key_and_cert_chain_pem.write_to_path(directory / "both.pem")
    return ca, directory


def tls_for(ca, name="127.0.0.1", asks=False):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(name).configure_cert(context)
    if asks:
        ca.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def test_a_private_authority(authority):
    ca, directory = authority
    with Server(LIST, tls=tls_for(ca)) as server:
        assert read(server.url(), ca_path=str(directory / "ca.pem")).status == 200


@pytest.mark.parametrize("send", [read, write])
def test_an_unknown_authority_is_refused_at_once(authority, send, pauses):
    ca, _directory = authority
    with Server(LIST, tls=tls_for(ca)) as server, pytest.raises(ApiError, match="ca_path") as caught:
        send(server.url())
    assert caught.type is ApiError
    assert pauses == []
    assert server.asked == []


def test_a_wrong_name_is_refused(authority):
    ca, directory = authority
    with Server(LIST, tls=tls_for(ca, "other.example.com")) as server, pytest.raises(ApiError, match="trusted TLS"):
        read(server.url(), ca_path=str(directory / "ca.pem"))


def test_validation_can_be_left_out(authority, recwarn):
    ca, _directory = authority
    with Server(LIST, tls=tls_for(ca)) as server:
        assert read(server.url(), validate_certs=False).status == 200
    assert not recwarn.list


def test_client_certificates(authority):
    ca, directory = authority
    trust = {"ca_path": str(directory / "ca.pem")}
    pair = {"client_cert": str(directory / "cert.pem"), "client_key": str(directory / "key.pem")}
    with Server(LIST, LIST, tls=tls_for(ca, asks=True)) as server:
        assert read(server.url(), **trust, **pair).status == 200
        assert read(server.url(), **trust, client_cert=str(directory / "both.pem")).status == 200
        with pytest.raises(ApiError):
            read(server.url(), **trust, retries=0)


@pytest.mark.parametrize("option", ["ca_path", "client_cert"])
def test_files_that_cannot_be_read(authority, option, tmp_path):
    ca, directory = authority
    options = {"ca_path": str(directory / "ca.pem"), option: str(tmp_path / "none.pem")}
    with Server(tls=tls_for(ca)) as server, pytest.raises(ApiError, match="ca_path, client_cert and client_key"):
        read(server.url(), retries=0, **options)


def test_the_environment_does_not_replace_ca_path(authority, monkeypatch, tmp_path):
    ca, directory = authority
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    with Server(LIST, tls=tls_for(ca)) as server:
        assert read(server.url(), ca_path=str(directory / "ca.pem")).status == 200
