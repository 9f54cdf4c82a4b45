# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of options: each message names its option."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils import _options
from ansible_collections.community.immuta.plugins.module_utils._errors import OptionError
from ansible_collections.community.immuta.plugins.module_utils._immuta import option_checks

CONNECTION = {
    **{name: row.get("default") for name, row in _options.CONNECTION.items()},
    "immuta_url": "https://tenant.example.com",
    "immuta_api_key": "key",
}


@pytest.mark.parametrize(
    "url",
    [
        "https://tenant.example.com",
        "https://tenant.example.com/",
        "https://tenant.example.com:8443/immuta",
        "http://127.0.0.1:8080",
        "https://[::1]:8443",
    ],
)
def test_good_addresses(url):
    assert option_checks.connection_problems({**CONNECTION, "immuta_url": url}, {}) == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "tenant.example.com",
        "tenant.example.com:443",
        "//tenant.example.com",
        "ftp://tenant.example.com",
        "https://",
        "https://:443",
        "https://[::1",
        "https://tenant:port",
        "https://tenant:99999",
        " https://tenant.example.com",
        "https://tenant example.com",
        "https://tenant\n.example.com",
        "https://user:word@tenant.example.com",
        "https://tenant.example.com?a=b",
        "https://tenant.example.com#a",
    ],
)
def test_bad_addresses(url):
    (found,) = option_checks.connection_problems({**CONNECTION, "immuta_url": url}, {})
    assert "immuta_url" in found
    assert "word" not in found


@pytest.mark.parametrize("host", ["127.0.0.1:80", "127.9.9.9", "localhost:8080", "[::1]"])
def test_without_tls_only_on_this_machine(host):
    assert option_checks.connection_problems({**CONNECTION, "immuta_url": f"http://{host}"}, {}) == []


@pytest.mark.parametrize(
    "host", ["tenant.example.com", "10.0.0.1", "localhost.example.com", "127.0.0.1.example.com", "x.localhost"]
)
def test_without_tls_over_a_network(host):
    options = {**CONNECTION, "immuta_url": f"http://{host}"}
    (found,) = option_checks.connection_problems(options, {})
    assert "allow_http" in found
    assert option_checks.connection_problems({**options, "allow_http": True}, {}) == []


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"client_key": "/k"}, "client_key"),
        ({"timeout": 0}, "timeout"),
        ({"retries": -1}, "retries"),
        ({"immuta_api_key": ""}, "immuta_api_key"),
        ({"immuta_api_key": "a\nb"}, "immuta_api_key"),
        ({"immuta_api_key": "ключ"}, "immuta_api_key"),
    ],
)
def test_connection(options, name):
    (found,) = option_checks.connection_problems({**CONNECTION, **options}, {})
    assert name in found
    assert "ключ" not in found


PAIR = {"IMMUTA_URL": "https://tenant.example.com", "IMMUTA_API_KEY": "key"}


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.net",
        "https://tenant.example.com:8443",
        "https://tenant.example.com/proxy",
        "https://tenant.example.com.evil.example.net",
        "http://127.0.0.1:8097",
    ],
)
def test_a_key_of_the_environment_goes_to_its_own_address_only(url):
    options = {**CONNECTION, "immuta_url": url}
    (found,) = option_checks.connection_problems(options, PAIR)
    assert all(name in found for name in ("immuta_url", "IMMUTA_URL", "IMMUTA_API_KEY"))
    assert option_checks.connection_problems({**options, "immuta_api_key": " key\n"}, PAIR)
    assert "evil" not in found


@pytest.mark.parametrize(
    ("url", "paired"),
    [
        ("https://tenant.example.com", "https://tenant.example.com"),
        ("https://tenant.example.com/", "https://tenant.example.com"),
        ("https://TENANT.example.com", "https://tenant.Example.com//"),
        ("HTTPS://tenant.example.com:443/", "https://tenant.example.com"),
        ("http://127.0.0.1", "http://127.0.0.1:80/"),
        ("https://tenant.example.com/immuta", "https://tenant.example.com:443/immuta/"),
        ("https://tenant.example.com", " https://tenant.example.com\n"),
    ],
)
def test_other_spellings_of_an_address(url, paired):
    assert option_checks.connection_problems({**CONNECTION, "immuta_url": url}, {**PAIR, "IMMUTA_URL": paired}) == []


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"IMMUTA_URL": "https://other.example.com"},
        {"IMMUTA_API_KEY": "key"},
        {"IMMUTA_URL": "", "IMMUTA_API_KEY": "key"},
        {"IMMUTA_URL": "https://other.example.com", "IMMUTA_API_KEY": ""},
        {"IMMUTA_URL": "https://other.example.com", "IMMUTA_API_KEY": "another key"},
    ],
)
def test_a_key_of_the_options_goes_to_the_address_of_the_options(environ):
    assert option_checks.connection_problems(CONNECTION, environ) == []


def test_a_broken_address_in_the_environment_is_no_address_of_the_key():
    assert option_checks.connection_problems(CONNECTION, {**PAIR, "IMMUTA_URL": "https://tenant.example.com:port"})


@pytest.mark.parametrize("host", ["a", "a.b-c.example.com", "10.0.0.1", "::1", "2001:db8::1", "a_b", "a.", None])
def test_good_hosts(host):
    assert option_checks.settings_problems({"host": host} if host else {}) == []


@pytest.mark.parametrize(
    ("host", "wrong"),
    [
        ("https://a", "the scheme"),
        ("jdbc:redshift://a:5439/dev", "the scheme"),
        ("a.example.com:5439", "the port"),
        ("abc:5439", "the port"),
        ("10.0.0.1:5439", "the port"),
        ("a b", "the characters"),
        ("a/b", "the characters"),
        ("-a", "the characters"),
        ("a\n", "the characters"),
        (":", "the characters"),
        ("", "empty"),
    ],
)
def test_bad_hosts(host, wrong):
    (found,) = option_checks.settings_problems({"host": host})
    assert found.startswith("host ")
    assert wrong in found


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"port": 0}, ["port"]),
        ({"port": 65536}, ["port"]),
        ({"database": ""}, ["database"]),
        ({"password": "x"}, ["password", "username"]),
        ({"authentication_type": "userPassword", "okta": {}}, ["okta", "authentication_type"]),
        ({"authentication_type": "okta", "username": "x"}, ["username", "okta"]),
    ],
)
def test_settings(settings, named):
    found = option_checks.settings_problems(settings)
    assert len(found) == 1
    assert all(name in found[0] for name in named)


@pytest.mark.parametrize("port", [1, 5439, 65535])
def test_good_ports(port):
    assert option_checks.settings_problems({"port": port}) == []


COMPLETE = {
    "auto_bootstrap": True,
    "host": "a",
    "database": "b",
    "initial_database": "dev",
    "authentication_type": "userPassword",
    "username": "u",
    "password": "p",
}


def test_create():
    assert option_checks.create_problems(COMPLETE) == []
    for name in ("auto_bootstrap", "host", "database", "initial_database", "authentication_type"):
        (found,) = option_checks.create_problems({key: value for key, value in COMPLETE.items() if key != name})
        assert name in found
    manual = {key: value for key, value in COMPLETE.items() if key != "initial_database"}
    assert option_checks.create_problems({**manual, "auto_bootstrap": False}) == []
    (found,) = option_checks.create_problems({})
    assert "auto_bootstrap, host, database and authentication_type" in found


def test_okta_needs_all_its_fields():
    login = {"username": "u", "password": "p", "app_id": "a", "idp_host": "h", "role": "r"}
    assert option_checks.login_problems({"authentication_type": "okta", "okta": login}) == []
    for name in login:
        rest = {key: value for key, value in login.items() if key != name}
        (found,) = option_checks.login_problems({"authentication_type": "okta", "okta": rest})
        assert f"okta.{name}" in found


def test_raise_on_problems():
    option_checks.raise_on_problems([])
    with pytest.raises(OptionError, match=r"Nothing was sent\. A\. B\.") as caught:
        option_checks.raise_on_problems(["A.", "B."])
    assert caught.value.details["problems"] == ["A.", "B."]
