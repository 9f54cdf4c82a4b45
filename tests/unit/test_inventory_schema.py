# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON schema of inventories: what the collection shows is valid, and what it would refuse is not."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest
import yaml

from ansible_collections.community.immuta.plugins.module_utils._immuta import option_checks
from ansible_collections.community.immuta.plugins.module_utils._immuta.config_fields import Settings
from ansible_collections.community.immuta.plugins.module_utils._options import CONNECTION

pytest.importorskip("jsonschema", reason="needs the libraries of the checkout")
docs = pytest.importorskip("scripts.docs", reason="needs the checkout")
ranges = pytest.importorskip("scripts.inventory_schema").RANGES
schema = pytest.importorskip("tests.tools.inventory_schema")

ROOT = Path(__file__).parents[2]
PREFIX = "redshift_integration_"
SHOWN = ("group_vars", "host_vars", "inventory")
BLOCK = re.compile(r"^\.\. code-block:: yaml\n +:caption: (.+)\n\n((?: +.*\n|\n)+)", re.MULTILINE)


def shown_in_guides() -> list[tuple[str, str]]:
    """Return the files of the guides that are part of an inventory, by guide and caption."""
    found = []
    for page in sorted((ROOT / "docs" / "docsite" / "rst").glob("*.rst")):
        for caption, text in BLOCK.findall(page.read_text(encoding="utf-8")):
            if caption == "clusters.yml" or caption.startswith(SHOWN):
                found.append((f"{page.name}: {caption}", textwrap.dedent(text)))
    return found


def examples() -> list[tuple[str, str]]:
    """Return the inventories of docs/examples and of molecule."""
    directories = [ROOT / "docs" / "examples" / name for name in ("inventory", "awx/project/inventory")]
    files = [path for each in directories for path in sorted(each.rglob("*.yml"))]
    files.append(ROOT / "extensions" / "molecule" / "inventory.yml")
    return [(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in files]


FILES = [*shown_in_guides(), *examples()]


def refused(text: str) -> list[str]:
    """Return the paths that the schema refuses."""
    return [problem.partition(":")[0] for problem in schema.problems(text)]


def test_the_schema_is_one() -> None:
    schema.VALIDATOR.check_schema(schema.SCHEMA)


@pytest.mark.parametrize("text", [text for _name, text in FILES], ids=[name for name, _text in FILES])
def test_what_is_shown_is_valid(text: str) -> None:
    assert schema.problems(text) == []


def test_inventories_are_found() -> None:
    assert len(shown_in_guides()) >= 3
    assert len(examples()) >= 4


@pytest.mark.parametrize("text", [
    "", "---\n", "{}", "$ANSIBLE_VAULT;1.1;AES256\n3132\n3334\n",
    "other_variable: [1, {a: b}]", "ansible_connection: local",
    "redshift_integration_port: 5439", "redshift_integration_port: '5439'", "redshift_integration_port: '{{ port }}'",
    "redshift_integration_wait: true", "redshift_integration_wait: yes", "redshift_integration_wait: 'no'",
    "redshift_integration_wait: '{{ x }}'", "redshift_integration_id: 12", "redshift_integration_id: 4b2c",
    "redshift_integration_password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3132",
    "redshift_integration_password: {__ansible_vault: x}", "redshift_integration_password: !unsafe 'a{{b'",
    "redshift_integration_port: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3132",
    "redshift_integration_initial_database:", "redshift_integration_immuta_url: ''",
    "redshift_integration_extra_config: {anything: [1]}", "redshift_integration_connect_params: {connect_timeout: 10}",
    "redshift_integration_login_aws: {cluster_identifier: a, db_user: b, db_groups: [c], duration: 900}",
    "redshift_integration_login_aws: {workgroup_name: a, assume_role_arn: b, external_id: c}",
    "redshift_integration_authentication_type: okta\nredshift_integration_okta: {username: a, password: '{{ b }}'}",
    "report_ignore: [{host: '*', verdict: missing, reason: later}]", "report_formats: [html]",
    "redshift_clusters: {hosts: {a: , b: {redshift_integration_port: 1}}, children: {c: , d: {vars: {x: 1}}}}",
    "all: {children: {redshift_clusters: {hosts: one}}}",
    "plugin: community.immuta.redshift_integrations\ncompose: {a: b}",
])  # fmt: skip
def test_valid(text: str) -> None:
    assert schema.problems(text) == []


@pytest.mark.parametrize(("text", "paths"), [
    ("plain text", [""]), ("[]", [""]), ("redshift_integration_hots: a", [""]),
    ("redshift_integration_prot: 5439", [""]),
    ("redshift_integration_port: many", ["redshift_integration_port"]),
    ("redshift_integration_port: 5439.5", ["redshift_integration_port"]),
    ("redshift_integration_port: 70000", ["redshift_integration_port"]),
    ("redshift_integration_wait: maybe", ["redshift_integration_wait"]),
    ("redshift_integration_wait: 3", ["redshift_integration_wait"]),
    ("redshift_integration_host: [a]", ["redshift_integration_host"]),
    ("redshift_integration_host: https://a.example.com", ["redshift_integration_host"]),
    ("redshift_integration_immuta_url: tenant.example.com", ["redshift_integration_immuta_url"]),
    ("redshift_integration_password: 0123", ["redshift_integration_password"]),
    ("redshift_integration_password: {plain: x}", ["redshift_integration_password"]),
    ("redshift_integration_state: deleted", ["redshift_integration_state"]),
    ("redshift_integration_ssl_mode: off", ["redshift_integration_ssl_mode"]),
    ("redshift_integration_impersonation: {role: a}", ["redshift_integration_impersonation"]),
    ("redshift_integration_impersonation: {enabled: true, rule: a}", ["redshift_integration_impersonation"]),
    ("redshift_integration_extra_config: {initialDatabase: a}", ["redshift_integration_extra_config"]),
    ("redshift_integration_login_aws: {db_user: a}", ["redshift_integration_login_aws"]),
    ("redshift_integration_login_aws: {workgroup_name: a, db_user: b}", ["redshift_integration_login_aws"]),
    ("redshift_integration_login_aws: {cluster_identifier: a, db_groups: [b]}", ["redshift_integration_login_aws"]),
    ("redshift_integration_login_aws: {cluster_identifier: a, duration: 60}", ["redshift_integration_login_aws"]),
    ("redshift_integration_authentication_type: userPassword\nredshift_integration_okta: {role: a}", [""]),
    ("redshift_integration_authentication_type: okta\nredshift_integration_username: a", [""]),
    ("report_ignore: [{host: a}]", ["report_ignore"]),
    ("report_fail_on: [in_sync]", ["report_fail_on"]),
    ("redshift_clusters: {hosts: {a: {redshift_integration_port: many}}}",
     ["redshift_clusters.hosts.a.redshift_integration_port"]),
    ("all: {children: {redshift_clusters: {vars: {redshift_integration_stat: a}}}}",
     ["all.children.redshift_clusters.vars"]),
    ("redshift_clusters: {hosts: {a: }, variables: {}}", ["redshift_clusters"]),
])  # fmt: skip
def test_not_valid(text: str, paths: list[str]) -> None:
    assert refused(text) == paths


def test_a_misspelled_name_is_shown() -> None:
    assert "'redshift_integration_hots' is not one of" in schema.problems("redshift_integration_hots: a")[0]


def test_every_option_of_the_role_is_known() -> None:
    known = schema.SCHEMA["definitions"]["variables"]["properties"]
    assert {PREFIX + name for name in docs.role_options()} <= set(known)
    assert all(row["description"] for row in known.values())
    secrets = {name for name, row in known.items() if row.get("writeOnly")}
    assert secrets == {PREFIX + name for name, row in docs.role_options().items() if row.get("no_log")}


def test_every_number_has_a_range() -> None:
    numbers = {name for name, row in docs.role_options().items() if row["type"] == "int"}
    assert numbers == {name for name in ranges if "." not in name}


@pytest.mark.parametrize("step", [0, -1])
@pytest.mark.parametrize("end", ["lowest", "highest"])
@pytest.mark.parametrize("name", ["port", "timeout", "retries"])
def test_ranges_are_those_of_the_modules(name: str, end: str, step: int) -> None:
    lowest, highest = ranges[name]
    if end == "highest" and highest is None:
        return
    value = lowest + step if end == "lowest" else (highest or 0) - step
    if name == "port":
        found = option_checks.settings_problems(Settings({"port": value}))
    else:
        options = {key: row.get("default") for key, row in CONNECTION.items()}
        found = option_checks.connection_problems(
            {**options, "immuta_url": "https://a.example.com", "immuta_api_key": "k", name: value}, {}
        )
    assert bool(found) is bool(schema.problems(yaml.safe_dump({PREFIX + name: value}))) is (step != 0)
