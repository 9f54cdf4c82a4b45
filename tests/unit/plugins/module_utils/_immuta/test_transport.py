# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is sent where, and what a lost response means, over real sockets on loopback."""

from __future__ import annotations

import ssl

import pytest

from ansible_collections.community.immuta.plugins.module_utils._errors import ApiError, UnknownResultError
from ansible_collections.community.immuta.plugins.module_utils._immuta import transport
from ansible_collections.community.immuta.tests.unit.plugins.module_utils._immuta.connections import (
    CUT,
    DROP,
    HANG,
    KEY,
    LIST,
    client,
    closed_port,
    read,
    write,
)
from ansible_collections.community.immuta.tests.unit.plugins.module_utils.server import Reply, Server

pytest.importorskip("requests")
pytestmark = pytest.mark.usefixtures("no_proxies", "pauses")


def test_text_is_utf8_whatever_the_header_says():
    with Server(Reply(200, "SELECT 'ü'", {"Content-Type": "text/html; charset=latin-1"})) as server:
        assert read(server.url()).text == "SELECT 'ü'"


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


def test_redirects_without_end():
    with Server(*[Reply(302, "", {"Location": "/again"})] * 20) as server, pytest.raises(ApiError, match="redirects"):
        read(server.url())
    assert len(server.asked) < 10


def test_the_timeout_is_that_of_the_wait(monkeypatch):
    monkeypatch.setattr(transport, "MIN_REQUEST_TIMEOUT", 0.0)
    with Server(HANG) as server:
        connection = client(server.url(), timeout=600, retries=5)
        with connection.within(1), pytest.raises(ApiError, match="no response within 1 s"):
            connection.request("GET", "/integrations", safe=True)


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
    """It is allowed without an option, since the key stays on this machine."""
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


def test_a_proxy_that_is_not_there(monkeypatch):
    monkeypatch.setenv("https_proxy", f"http://user:word@127.0.0.1:{closed_port()}")
    with pytest.raises(ApiError, match="use_proxy") as caught:
        write("https://tenant.example.com", retries=0)
    assert caught.type is ApiError
    assert "word" not in caught.value.message


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
