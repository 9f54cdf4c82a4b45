# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections to a server on loopback."""

from __future__ import annotations

import socket

from ansible_collections.community.immuta.plugins.module_utils import _options
from ansible_collections.community.immuta.plugins.module_utils._immuta.client import Client
from ansible_collections.community.immuta.tests.unit.plugins.module_utils.server import Reply

KEY = "the-api-key"
LIST = Reply(200, [{"id": "7"}])
DROP, CUT, HANG = Reply(fault="drop"), Reply(200, {"id": "7"}, fault="cut"), Reply(fault="hang")


def client(url, **options):
    defaults = {name: row.get("default") for name, row in _options.CONNECTION.items()}
    return Client({**defaults, "immuta_url": url, "immuta_api_key": KEY, "timeout": 5, **options})


def read(url, path="/integrations", **options):
    return client(url, **options).request("GET", path, safe=True)


def write(url, method="POST", body=None, **options):
    return client(url, **options).request(method, "/integrations", body, safe=False)


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
