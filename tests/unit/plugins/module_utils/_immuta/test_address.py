# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Spellings of an address."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._immuta.address import normalized

TENANT = "https://tenant.example.com:443"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://tenant.example.com", TENANT),
        ("https://tenant.example.com/", TENANT),
        ("HTTPS://TENANT.example.com:443//", TENANT),
        (" https://tenant.example.com\n", TENANT),
        ("http://127.0.0.1/", "http://127.0.0.1:80"),
        ("https://tenant.example.com/immuta/", f"{TENANT}/immuta"),
        ("https://[::1]:8443", "https://::1:8443"),
    ],
)
def test_spellings_of_one_address(url, expected):
    assert normalized(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://tenant.example.com",
        "https://tenant.example.com:8443",
        "https://tenant.example.com/Immuta",
        "https://tenant.example.com/immuta",
        "https://other.example.com",
    ],
)
def test_other_addresses(url):
    others = {TENANT, f"{TENANT}/IMMUTA", "https://tenant.example.com.example.net"}
    assert normalized(url) not in set(map(normalized, others))


@pytest.mark.parametrize(
    "text", ["", "tenant.example.com", "https://tenant:port", "https://tenant:99999", "https://[::1"]
)
def test_what_is_not_an_address_stays_as_it_is(text):
    assert normalized(f" {text}") == text
