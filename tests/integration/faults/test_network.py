# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways to Immuta: private authorities, client certificates, proxies, netrc, odd addresses. All through real modules."""

from __future__ import annotations

import collections
import dataclasses
import ssl
import time
import typing as t
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from tests.integration.support.network import Address, Gateway, Relay
from tests.integration.support.playbook_runner import PlaybookRunner, Run
from tests.integration.support.scenarios import (
    AT_ONCE,
    INFO,
    OTHER_PROCESS,
    Options,
    api,
    automatic,
    manual,
    outcome,
    play,
    role_play,
    role_vars,
    step,
)
from tests.lab.client import LabClient
from tests.lab.lab import Lab, running_lab
from tests.tools.figures_plugin import RecordFigures
from tests.unit.plugins.module_utils.server import Reply, Server

LOGIN = "user:Proxy%2BMark9"
OUTSIDE = "tenant.example.com"
TLS = "no trusted TLS connection"
EMPTY = Reply(200, [])
KEY = "0123456789abcdef0123456789abcdef"


#: what this file tried, for the page of figures
RUNS: collections.Counter[str] = collections.Counter()


@pytest.fixture(scope="module", autouse=True)
def figures(record_figures: RecordFigures) -> t.Iterator[None]:
    """Store what this file tried."""
    start = time.monotonic()
    yield
    seconds = round(time.monotonic() - start, 1)
    record_figures("networks", {"over TLS, proxies, gateways and other addresses": dict(RUNS), "seconds": seconds})


@pytest.fixture(scope="module")
def secure_labs(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[LabClient]:
    """The lab of this file, whose Immuta is reached over https, with a private authority."""
    directory = tmp_path_factory.mktemp("secure")
    with running_lab(Lab(directory, tls_api=True)):
        yield LabClient.read(directory)


@pytest.fixture
def secure_lab(secure_labs: LabClient) -> LabClient:
    """The same, as new."""
    secure_labs.reset()
    secure_labs.switches(**AT_ONCE)
    return secure_labs


@dataclasses.dataclass
class Authority:
    """A private certificate authority of a test, with the certificates that it issued."""

    ca: trustme.CA
    directory: Path

    def server(self, name: str = "127.0.0.1", asks: bool = False) -> ssl.SSLContext:
        """Return the TLS context of a server with this name; with ``asks``, it requires a client certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(name).configure_cert(context)
        if asks:
            self.ca.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def path(self, name: str) -> str:
        """Return the path of one of its files."""
        return str(self.directory / name)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority other than that of the lab."""
    made = Authority(trustme.CA(), tmp_path_factory.mktemp("authority"))
    own = made.ca.issue_cert("client@example.com")
    made.ca.cert_pem.write_to_path(made.path("ca.pem"))
    own.private_key_pem.write_to_path(made.path("key.pem"))
    own.cert_chain_pems[0].write_to_path(made.path("cert.pem"))
    own.private_key_and_cert_chain_pem.write_to_path(made.path("both.pem"))
    return made


def secure(lab: LabClient, **changes: t.Any) -> Options:
    """Return the options to reach the secure lab."""
    return {**api(lab), "ca_path": lab.immuta_ca_path, **changes}


def address(lab: LabClient) -> Address:
    """Return where the lab's Immuta listens."""
    parts = urlsplit(lab.immuta_url)
    return str(parts.hostname), int(parts.port or 0)


def ask(playbook: PlaybookRunner, *ways: Options, env: dict[str, str] | None = None, **keywords: t.Any) -> list[str]:
    """Read all integrations with each of these options, and return the messages; empty for a success."""
    steps = [step(f"way {number}", INFO, {"retries": 0, **way}) for number, way in enumerate(ways)]
    run = playbook(play(*steps, **keywords), env=env, registers=[])
    found = [run.task(f"way {number}") for number in range(len(ways))]
    RUNS["module runs"] += len(ways)
    assert "Traceback" not in run.output
    return [str(result.get("msg", "")) for result in found]


def apply(playbook: PlaybookRunner, lab: LabClient, settings: Options, **changes: t.Any) -> Run:
    """Apply the role."""
    env = changes.pop("env", None)
    RUNS["runs of the role"] += 1
    return playbook(role_play(), extra_vars=role_vars(lab, settings, **changes), env=env)


# TLS


def test_authorities(secure_lab: LabClient, playbook: PlaybookRunner, authority: Authority) -> None:
    good, without, wrong, unchecked, missing = ask(
        playbook,
        secure(secure_lab),
        secure(secure_lab, ca_path=None, retries=5),
        secure(secure_lab, ca_path=authority.path("ca.pem"), retries=5),
        secure(secure_lab, ca_path=None, validate_certs=False),
        secure(secure_lab, ca_path=authority.path("none.pem")),
    )
    assert (good, unchecked) == ("", "")
    for message in (without, wrong):
        assert TLS in message
        assert "set ca_path" in message
    assert "Check ca_path" in missing
    assert [row["authorization"] for row in secure_lab.requests()] == ["api_key"] * 2


@pytest.mark.parametrize("where", [{}, OTHER_PROCESS], ids=["inside", "process"])
def test_wrong_name(playbook: PlaybookRunner, authority: Authority, where: Options) -> None:
    with Server(EMPTY, tls=authority.server("other.example.com")) as server:
        way = {"immuta_url": server.url(), "immuta_api_key": KEY, "ca_path": authority.path("ca.pem")}
        (message,) = ask(playbook, way, **where)
    assert TLS in message
    assert "Check the host in immuta_url" in message
    assert server.asked == []


def test_client_certificates(playbook: PlaybookRunner, authority: Authority) -> None:
    with Server(EMPTY, EMPTY, tls=authority.server(asks=True)) as server:
        way = {"immuta_url": server.url(), "immuta_api_key": KEY, "ca_path": authority.path("ca.pem")}
        pair = {"client_cert": authority.path("cert.pem"), "client_key": authority.path("key.pem")}
        two_files, one_file, none, half = ask(
            playbook,
            {**way, **pair},
            {**way, "client_cert": authority.path("both.pem")},
            way,
            {**way, "client_key": authority.path("key.pem")},
        )
    assert (two_files, one_file) == ("", "")
    assert "client_cert" in none
    assert "client_key needs client_cert" in half
    assert len(server.asked) == 2


def test_client_certificates_that_are_wrong(playbook: PlaybookRunner, authority: Authority, tmp_path: Path) -> None:
    """A certificate of another authority, and one with the key of another certificate."""
    other = trustme.CA().issue_cert("client@example.com")
    other.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    other.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "both.pem"))
    with Server(EMPTY, EMPTY, tls=authority.server(asks=True)) as server:
        way = {"immuta_url": server.url(), "immuta_api_key": KEY, "ca_path": authority.path("ca.pem")}
        messages = ask(
            playbook,
            {**way, "client_cert": str(tmp_path / "both.pem")},
            {**way, "client_cert": authority.path("cert.pem"), "client_key": str(tmp_path / "key.pem")},
        )
    for message in messages:
        assert "client_cert" in message, message
    assert server.asked == []


def test_bootstrap_over_tls(secure_lab: LabClient, playbook: PlaybookRunner) -> None:
    """The whole role, with the same authority for Immuta and for Redshift."""
    ways = {"ca_path": secure_lab.immuta_ca_path, "ca_cert": secure_lab.redshift_ca_cert, "ssl_mode": "verify-full"}
    run = apply(playbook, secure_lab, manual(), **ways)
    assert outcome(run)["operation"] == "created"


# Proxies


@pytest.mark.parametrize("login", ["", LOGIN], ids=["open", "login"])
def test_bootstrap_through_a_proxy(secure_lab: LabClient, playbook: PlaybookRunner, login: str) -> None:
    """Everything that goes to Immuta goes through the proxy, and the proxy never sees the key."""
    plain = login.replace("%2B", "+")
    with Gateway(address(secure_lab), login=plain) as proxy:
        run = apply(
            playbook, secure_lab, manual(), ca_path=secure_lab.immuta_ca_path, env={"https_proxy": proxy.url(login)}
        )
    assert outcome(run)["operation"] == "created"
    host, port = address(secure_lab)
    assert set(proxy.requests()) == {f"CONNECT {host}:{port}"}
    assert secure_lab.immuta_api_key not in str(proxy.asked)
    assert "Mark9" not in run.output


@pytest.mark.parametrize("tls", [True, False], ids=["https", "http"])
def test_proxy_refuses(
    secure_lab: LabClient, lab: LabClient, playbook: PlaybookRunner, tls: bool, authority: Authority
) -> None:
    chosen = secure_lab if tls else lab
    with Gateway(address(chosen), login="user:other") as proxy:
        env = {"https_proxy": proxy.url(LOGIN), "http_proxy": proxy.url(LOGIN)}
        messages = ask(playbook, secure(chosen, allow_http=True), secure(chosen, allow_http=True, retries=1), env=env)
    for message in messages:
        assert "proxy" in message.lower() or "407" in message, message
        assert "Mark9" not in message
    assert chosen.requests() == []


def test_proxy_that_does_not_exist(secure_lab: LabClient, playbook: PlaybookRunner) -> None:
    with Gateway(address(secure_lab)) as gone:
        url = gone.url(LOGIN)
    (message,) = ask(playbook, secure(secure_lab), env={"https_proxy": url})
    assert "the proxy could not be used" in message
    assert "use_proxy=false" in message
    assert "Mark9" not in message


def test_ways_around_a_proxy(lab: LabClient, playbook: PlaybookRunner) -> None:
    host, port = address(lab)
    plain = {**api(lab), "allow_http": True}
    by_name = {**plain, "immuta_url": f"http://localhost:{port}"}
    with Gateway(address(lab)) as proxy:
        env = {"http_proxy": proxy.url(), "HTTP_PROXY": proxy.url()}
        assert ask(playbook, {**plain, "use_proxy": False}, api(lab), env=env) == ["", ""]
        for exempt in (f"{host},localhost:{port}", "example.com, 127.0.0.0/8, localhost", "*"):
            both = {"no_proxy": exempt, "NO_PROXY": exempt}
            assert ask(playbook, plain, by_name, env={**env, **both}) == ["", ""]
        assert proxy.asked == [], proxy.requests()
        assert ask(playbook, plain, env={**env, "no_proxy": "example.com"}) == [""]
        assert proxy.requests() == [f"GET {lab.immuta_url}/integrations"]


def test_proxy_of_a_task(lab: LabClient, playbook: PlaybookRunner) -> None:
    """The variables of ``environment`` count, not only those that ansible-playbook was started with."""
    with Gateway(address(lab)) as proxy:
        assert ask(playbook, {**api(lab), "allow_http": True}, environment={"http_proxy": proxy.url()}) == [""]
    assert len(proxy.asked) == 1


# Who gets the key


def test_netrc(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    home = tmp_path / "somebody"
    home.mkdir()
    for name in (".netrc", "netrc"):
        (home / name).write_text("machine 127.0.0.1 login somebody password other\ndefault login a password b\n")
        (home / name).chmod(0o600)
    for env in ({"HOME": str(home)}, {"NETRC": str(home / "netrc")}):
        assert ask(playbook, api(lab), {**api(lab), "immuta_auth": "token"}, env=env) == ["", ""]
    assert [row["authorization"] for row in lab.requests()] == ["api_key", "none", "token"] * 2


def test_plain_http(lab: LabClient, playbook: PlaybookRunner) -> None:
    with Gateway(address(lab)) as proxy:
        env = {"http_proxy": proxy.url()}
        outside = {**api(lab), "immuta_url": f"http://{OUTSIDE}"}
        refused, pretended, allowed = ask(
            playbook,
            outside,
            {**outside, "immuta_url": f"http://127.0.0.1.{OUTSIDE}"},
            {**outside, "allow_http": True},
            env=env,
        )
        for message in (refused, pretended):
            assert message.startswith("Nothing was sent.")
            assert "allow_http=true" in message
        assert allowed == ""
        assert proxy.requests() == [f"GET http://{OUTSIDE}/integrations"]


# Addresses


@pytest.fixture
def relay(secure_lab: LabClient) -> t.Iterator[Relay]:
    """The secure lab's Immuta on the IPv6 loopback."""
    try:
        made = Relay(address(secure_lab), "::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    with made:
        yield made


def test_ipv6(secure_lab: LabClient, playbook: PlaybookRunner, relay: Relay) -> None:
    """Over TLS, with the address in the certificate."""
    run = apply(
        playbook,
        secure_lab,
        automatic(secure_lab),
        immuta_url=f"https://[::1]:{relay.port}/",
        ca_path=secure_lab.immuta_ca_path,
    )
    assert outcome(run)["operation"] == "created"


@pytest.mark.parametrize("end", ["", "/"])
def test_bootstrap_below_a_path(lab: LabClient, playbook: PlaybookRunner, end: str) -> None:
    lab.switches(**AT_ONCE)
    prefix = "/data/immuta"
    with Gateway(address(lab), prefix=prefix) as gateway:
        url = f"{gateway.url()}{prefix}{end}"
        run = apply(playbook, lab, manual(), immuta_url=url, immuta_auth="token")
        again = apply(playbook, lab, manual(), immuta_url=url)
    assert (outcome(run)["operation"], outcome(again)["operation"]) == ("created", "none")
    assert all(line.split()[1].startswith(f"{prefix}/") for line in gateway.requests())
    assert [f"{row['method']} {prefix}{row['path']}" for row in lab.requests()] == gateway.requests()
