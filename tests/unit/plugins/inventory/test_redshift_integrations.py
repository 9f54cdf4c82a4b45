# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin: hosts, groups and variables of what a tenant returns."""

from __future__ import annotations

import json
import traceback

import pytest
import yaml
from ansible import constants
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import fragment_loader
from ansible.utils.plugin_docs import add_fragments

from ansible_collections.community.immuta.plugins.inventory import redshift_integrations as plugin
from ansible_collections.community.immuta.plugins.module_utils._options import CONNECTION
from ansible_collections.community.immuta.tests.unit.plugins.module_utils.server import Reply, Server
from ansible_collections.community.immuta.tests.unit.plugins.modules.integration_data import HOST, row

NAME = plugin.InventoryModule.NAME
KEY = "0123456789abcdef"
OTHER = "reports.abc123.eu-west-1.redshift.amazonaws.com"


@pytest.fixture(autouse=True)
def _documented(monkeypatch):
    """Make the options known, as the loader of plugins does, and remove the user's environment."""
    for name in (spec["env"] for spec in CONNECTION.values() if "env" in spec):
        monkeypatch.delenv(name, raising=False)
    documentation = yaml.safe_load(plugin.DOCUMENTATION)
    add_fragments(documentation, plugin.__file__, fragment_loader=fragment_loader)
    constants.config.initialize_plugin_configuration_definitions("inventory", NAME, documentation["options"])


@pytest.fixture
def read(tmp_path):
    """Reads an inventory: ``read([row(), ...], strict=True)`` returns what Ansible has then."""

    def run(rows, replies=(), flush=False, **options):
        found = InventoryData()
        with Server(*(replies or [Reply(200, rows)])) as server:
            given = {"plugin": NAME, "immuta_url": server.url(), "immuta_api_key": KEY, "retries": 0, **options}
            path = tmp_path / "immuta.yml"
            path.write_text(yaml.safe_dump({key: value for key, value in given.items() if value is not None}))
            module = plugin.InventoryModule()
            module._load_name = module.ansible_name = NAME
            module._redirected_names = []
            module.parse(found, DataLoader(), str(path), cache=not flush)
            if given.get("cache"):
                module.update_cache_if_changed()
            run.asked, run.url = list(server.asked), given["immuta_url"]
        found.reconcile_inventory()
        return found

    return run


def groups_of(found, host):
    return sorted(group.name for group in found.get_host(host).get_groups() if group.name not in ("all", "ungrouped"))


def message_of(error):
    return " ".join(str(error.value).split())


@pytest.mark.parametrize(("name", "expected"), [
    ("immuta.yml", True), ("immuta.yaml", True), ("eu.immuta.yml", True), ("clusters.yml", False),
    ("notimmuta.yml", False), ("immuta.yml.bak", False),
])  # fmt: skip
def test_verify_file(tmp_path, name, expected):
    (tmp_path / name).write_text("")
    assert plugin.InventoryModule().verify_file(str(tmp_path / name)) is expected


def test_hosts_groups_and_variables(read):
    found = read([row(), row("automatic", "editError", host=OTHER, id="8")])
    assert set(found.hosts) == {HOST, OTHER}
    assert groups_of(found, HOST) == ["immuta_enabled", "immuta_manual", "redshift_clusters"]
    assert groups_of(found, OTHER) == ["immuta_automatic", "immuta_editError", "immuta_unhealthy", "redshift_clusters"]
    variables = found.get_host(HOST).get_vars()
    assert variables["redshift_integration_username"] == "immuta_system"
    assert variables["immuta_integration"] == {"id": "7", "status": "enabled", "healthy": True, "problems": []}
    assert "redshift_integration_immuta_api_key" not in variables
    assert KEY not in json.dumps({name: host.get_vars() for name, host in found.hosts.items()})
    assert "redshift_integration_username" not in found.get_host(OTHER).get_vars()


def test_one_request_with_the_key(read):
    read([row()])
    (asked,) = read.asked
    assert (asked.method, asked.path.partition("?")[0]) == ("GET", "/integrations")
    assert asked.headers["authorization"] == KEY


@pytest.mark.parametrize("rows", [[], [{"id": "9", "type": "Snowflake", "config": {"host": "x"}}]])
def test_a_tenant_without_integrations(read, rows):
    found = read(rows)
    assert (found.hosts, "redshift_clusters" in found.groups) == ({}, True)


def test_only_healthy_ones(read):
    found = read([row(), row(status="createError", host=OTHER)], include_unhealthy=False)
    assert set(found.hosts) == {HOST}


@pytest.mark.parametrize(
    ("status", "body"), [(401, {}), (403, {}), (500, {}), (200, "<html>"), (200, {"message": "x"})]
)
def test_a_failing_api_is_an_error(read, status, body):
    with pytest.raises(AnsibleParserError) as error:
        read([], [Reply(status, body)])
    assert "GET /integrations" in message_of(error)
    assert KEY not in message_of(error)


def test_a_response_that_repeats_the_key(read):
    with pytest.raises(AnsibleParserError) as error:
        read([], [Reply(401, {"message": f"wrong key {KEY}"})])
    shown = "".join(traceback.format_exception(error.value))  # ansible-core 2.19 shows the messages of the causes too
    assert ("wrong key" in shown, KEY in shown, error.value.__cause__) == (True, False, None)


@pytest.mark.parametrize(("options", "expected"), [
    ({"immuta_url": None}, "immuta_url"),
    ({"immuta_api_key": None}, "immuta_api_key"),
    ({"immuta_url": "tenant.example.com"}, "with its scheme"),
    ({"immuta_auth": "basic"}, "must be one of"),
    ({"timeout": "soon"}, "timeout"),
    ({"timeout": 0}, "between 1 and 86400"),
    ({"validate_certs": "perhaps"}, "validate_certs"),
])  # fmt: skip
def test_wrong_options(read, options, expected):
    with pytest.raises(AnsibleParserError) as error:
        read([], **options)
    assert expected in message_of(error)


def test_options_from_the_environment(read, monkeypatch):
    monkeypatch.setenv("IMMUTA_API_KEY", KEY)
    monkeypatch.setenv("IMMUTA_TIMEOUT", "")
    assert set(read([row()], immuta_api_key=None).hosts) == {HOST}
    monkeypatch.setenv("IMMUTA_URL", "https://other.example.com")
    with pytest.raises(AnsibleParserError) as error:
        read([row()], immuta_api_key=None)
    assert "only sent to the address that is set with it" in message_of(error)


HOSTILE = "{{ lookup('pipe', 'touch /tmp/x') }}"


@pytest.mark.parametrize("host", ["../../etc", HOSTILE, "a b", "x\ny", "é"])
def test_hostile_names(read, host):
    found = read([row(host=host, database=HOSTILE, status=f"on {HOSTILE}")], hostname="config.database")
    (name,) = found.hosts
    for text in (name, *found.groups):
        assert not set(text) & set("/{} '\n")
    assert str(found.get_host(name).get_vars()["redshift_integration_database"]) == HOSTILE


@pytest.mark.parametrize(("expression", "expected"), [
    ("config.host.split('.')[0]", {"analytics", "reports"}),
    ("config.database", {HOST, OTHER}),  # both would have the same
    ("config.impersonation.role", {HOST, "users"}),  # one has no role
    ("config.okta", {HOST, OTHER}),  # null
    (f"{({HOST: 1})} | first", {HOST, OTHER}),
    ("1 // 0", {HOST, OTHER}),
    ("config.host |", {HOST, OTHER}),
])  # fmt: skip
def test_names_of_hosts(read, expression, expected):
    """No integration is lost, whatever the expression is."""
    rows = [row(okta=None), row(host=OTHER, impersonation={"enabled": True, "role": "users"})]
    assert set(read(rows, hostname=expression).hosts) == expected


def test_a_name_that_another_host_has(read):
    """The third host does not get the name of the first, which keeps it because its own new name is not unique."""
    rows = [row(host="a"), row(host="b"), row(host="c", database="a")]
    assert set(read(rows, hostname="config.database").hosts) == {"a", "b", "c"}


BROKEN = [
    {"compose": {"new": "config.nope.nope"}},
    {"compose": {"new": "redshift_integration_port |"}},
    {"groups": {"new": "nope.nope"}},
    {"keyed_groups": [{"key": "nope.nope"}]},
    {"hostname": "nope.nope"},
    {"hostname": "1 // 0"},
]


@pytest.mark.parametrize("options", BROKEN, ids=str)
def test_not_strict(read, options):
    found = read([row()], **options)
    assert set(found.hosts) == {HOST}
    assert "new" not in found.groups
    assert "new" not in found.get_host(HOST).get_vars()


@pytest.mark.parametrize("options", BROKEN, ids=str)
def test_strict(read, options):
    with pytest.raises(AnsibleError):
        read([row()], strict=True, **options)


def test_constructed(read):
    options = {
        "strict": True,
        "compose": {"short": "redshift_integration_host.split('.')[0]"},
        "groups": {"dev": "redshift_integration_database == 'immuta'"},
        "keyed_groups": [{"key": "immuta_integration.status", "prefix": "is"}],
    }
    found = read([row()], **options)
    assert found.get_host(HOST).get_vars()["short"] == "analytics"
    assert {"dev", "is_enabled"} <= set(groups_of(found, HOST))


@pytest.fixture
def cache(tmp_path):
    return {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}


def test_the_cache_saves_the_request_and_has_no_secret(read, cache, tmp_path):
    read([row(password="Immuta1x")], **cache)
    assert len(read.asked) == 1
    (file,) = (tmp_path / "cache").iterdir()
    assert not any(secret in file.read_text() for secret in (KEY, "Immuta1x"))
    gone = {**cache, "immuta_url": read.url}  # nothing listens there any more
    assert set(read([], **gone).hosts) == {HOST}
    with pytest.raises(AnsibleParserError):
        read([], flush=True, **gone)
    assert set(read([row(host=OTHER)], **cache).hosts) == {OTHER}  # the cache of another tenant


def test_an_error_is_not_cached(read, cache):
    with pytest.raises(AnsibleParserError):
        read([], [Reply(401)], **cache)
    assert set(read([row()], **cache).hosts) == {HOST}


def test_the_cache_is_filtered_when_it_is_read(read, cache):
    read([row(status="createError")], **cache)
    assert read([], **cache, immuta_url=read.url, include_unhealthy=False).hosts == {}
