# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lower bound: the same job as a plain script, without Ansible. Its variables come as JSON on stdin."""

from __future__ import annotations

import json
import os
import re
import sys
import time
import typing as t

import psycopg
import requests

PAUSE_SECONDS = 0.25
STATEMENT = re.compile(r"(?m)^(CREATE|ALTER|GRANT|REVOKE) ")

Variables = dict[str, t.Any]


def payload_of(variables: Variables) -> dict[str, t.Any]:
    """Return the body of all three requests."""
    config = {
        "host": variables["redshift_integration_host"],
        "database": variables["redshift_integration_database"],
        "initialDatabase": variables["redshift_integration_initial_database"],
        "authenticationType": "userPassword",
        "username": variables["redshift_integration_username"],
        "password": variables["redshift_integration_password"],
    }
    return {"type": "Redshift", "autoBootstrap": False, "config": config}


def run(variables: Variables, database: str, statements: list[str]) -> None:
    """Run statements in a database, each as a separate message."""
    with psycopg.connect(
        host=variables["redshift_integration_login_host"],
        port=variables["redshift_integration_login_port"],
        user=variables["redshift_integration_login_user"],
        password=variables["redshift_integration_login_password"],
        sslmode=variables["redshift_integration_ssl_mode"],
        sslrootcert=variables["redshift_integration_ca_cert"],
        dbname=database,
        client_encoding="utf8",
        autocommit=True,
    ) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def main() -> None:
    """Bootstrap the cluster, unless its integration exists in Immuta."""
    variables: Variables = json.load(sys.stdin)
    url, payload = os.environ["IMMUTA_URL"], payload_of(variables)
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = os.environ["IMMUTA_API_KEY"]

        def ask(method: str, path: str, body: t.Any = None) -> requests.Response:
            response = session.request(method, url + path, json=body, timeout=120)
            response.raise_for_status()
            return response

        hosts = [row["config"]["host"] for row in ask("GET", "/integrations").json()]
        if payload["config"]["host"] in hosts:
            return
        first = ask("POST", "/integrations/scripts/initial-create", payload).text
        run(variables, payload["config"]["initialDatabase"], [s for s in first.split(";\n") if STATEMENT.search(s)])
        second = ask("POST", "/integrations/scripts/create", payload).text
        run(variables, payload["config"]["database"], [second])
        created = ask("POST", "/integrations", payload).json()
        while ask("GET", f"/integrations/{created['id']}/status").json()["status"] == "creating":
            time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main()
