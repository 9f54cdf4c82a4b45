# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""redshift_integration_export."""

from __future__ import annotations

import os
import stat

import pytest
import yaml

from ansible_collections.community.immuta.plugins.modules import redshift_integration_export
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import LIST, Call, play
from ansible_collections.community.immuta.tests.unit.plugins.modules.integration_data import (
    HOST,
    OKTA_FIELDS,
    read,
    row,
)

FILE = f"host_vars/{HOST}.yml"
MANUAL_FILE = f"""---
# Integration "7" of Immuta, "enabled" when it was exported.
redshift_integration_auto_bootstrap: false
redshift_integration_host: "{HOST}"
redshift_integration_port: 5439
redshift_integration_database: "immuta"
redshift_integration_initial_database: "dev"
redshift_integration_authentication_type: "userPassword"
redshift_integration_username: "immuta_system"
redshift_integration_impersonation: {{"enabled": false}}
redshift_integration_password: "{{{{ lookup('ansible.builtin.env', 'REDSHIFT_INTEGRATION_PASSWORD_7') }}}}"
# The privileged user that runs scripts when a manual integration is changed.
redshift_integration_login_user: "{{{{ lookup('ansible.builtin.env', 'REDSHIFT_INTEGRATION_LOGIN_USER_7') }}}}"
redshift_integration_login_password: "{{{{ lookup('ansible.builtin.env', 'REDSHIFT_INTEGRATION_LOGIN_PASSWORD_7') }}}}"
"""


@pytest.fixture
def dest(tmp_path):
    return tmp_path / "inventory"


def run(dest, *calls, check=False, **options):
    return play(redshift_integration_export, {"dest": str(dest), **options}, calls, check)


def test_what_is_written(dest):
    result = run(dest, read(row(impersonation={"enabled": False}), {**row(), "type": "Trino", "id": "9"}))
    assert (dest / FILE).read_text() == MANUAL_FILE
    assert (result["changed"], result["dest"], result["hosts"]) == (True, str(dest), [HOST])
    assert result["files"] == ["hosts.yml", FILE]
    assert yaml.safe_load((dest / "hosts.yml").read_text()) == {"redshift_clusters": {"hosts": {HOST: None}}}
    assert {stat.S_IMODE(path.stat().st_mode) for path in dest.rglob("*.yml")} == {0o640}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (dest, dest / "host_vars")} == {0o750}


def test_a_second_run_changes_nothing_and_a_third_what_differs(dest):
    first = run(dest, read(row()))
    assert first["changed"] is True
    times = {path: path.stat().st_mtime_ns for path in dest.rglob("*.yml")}
    second = run(dest, read(row()))
    assert (second["changed"], second["files"], second["diff"]) == (False, [], [])
    assert {path: path.stat().st_mtime_ns for path in times} == times
    third = run(dest, read(row(port=5440)))
    assert third["files"] == [FILE]
    (diff,) = third["diff"]
    assert (diff["before_header"], diff["after_header"]) == (FILE, FILE)
    assert "port: 5439" in diff["before"]
    assert "port: 5440" in diff["after"]


def test_check_mode_writes_nothing_and_predicts(dest):
    planned = run(dest, read(row()), check=True)
    assert not dest.exists()
    assert planned == run(dest, read(row()))


def test_placeholders_of_a_vault(dest):
    run(dest, read(row("automatic")), placeholders="vault")
    text = (dest / FILE).read_text()
    for name in ("username", "password", "login_user", "login_password"):
        assert f"redshift_integration_{name}: \"{{{{ vault_redshift_integration_{name} | default('') }}}}\"\n" in text


def test_the_user_of_an_automatic_integration_is_a_placeholder(dest):
    run(dest, read(row("automatic")))
    assert "'REDSHIFT_INTEGRATION_USERNAME_7'" in (dest / FILE).read_text()


def test_okta(dest):
    run(dest, read(row("okta")))
    text = (dest / FILE).read_text()
    assert '\nredshift_integration_okta:\n  username: "okta_user"\n' in text
    assert "\n  password: \"{{ lookup('ansible.builtin.env', 'REDSHIFT_INTEGRATION_OKTA_PASSWORD_7') }}\"\n" in text
    assert "redshift_integration_password" not in text


@pytest.mark.parametrize("text", ["{{ lookup('pipe', 'id') }}", "{% if x %}", "{# x #}", 'a: "b" # c\n- d', "\u4e16'"])
def test_responses_are_data(dest, text):
    run(dest, read(row(database=text, nested=[text])))
    found = (dest / FILE).read_text()
    risky = "{" in text
    assert ("database: !unsafe " in found) is risky
    assert ('extra_config: {"nested": [!unsafe "' in found) is risky
    values = yaml.safe_load(found.replace("!unsafe ", ""))
    assert values["redshift_integration_database"] == text
    assert values["redshift_integration_extra_config"] == {"nested": [text]}


def test_names_that_no_file_may_have(dest):
    rows = [
        {**row(host=host), "id": number} for number, host in enumerate(["../../etc/x", "2001:db8::1", "2001_db8__1"])
    ]
    result = run(dest, read(*rows))
    assert result["hosts"] == [".._0_.._0_etc_0_x", "2001_1_db8_1__1_1", "2001_db8__1"]
    assert {path.name.removesuffix(".yml") for path in (dest / "host_vars").iterdir()} == set(result["hosts"])


def test_two_integrations_of_one_host(dest):
    result = run(dest, read(row(), {**row(database="other"), "id": "8"}))
    assert result["hosts"] == [HOST, f"{HOST}_8"]


def test_an_integration_without_a_host_is_left_out(dest):
    assert run(dest, read({**row(), "config": {}}, {**row(), "config": {"host": 7}}))["hosts"] == []


def test_an_empty_tenant(dest):
    assert run(dest, read())["files"] == ["hosts.yml"]
    assert yaml.safe_load((dest / "hosts.yml").read_text()) == {"redshift_clusters": {"hosts": {}}}


def test_a_link_is_replaced_and_not_followed(dest, tmp_path):
    (tmp_path / "precious").write_text("precious")
    dest.mkdir()
    (dest / "hosts.yml").symlink_to(tmp_path / "precious")
    assert "hosts.yml" in run(dest, read(row()))["files"]
    assert (tmp_path / "precious").read_text() == "precious"


def test_an_unsuitable_directory_is_reported_before_any_call(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    assert f"{tmp_path}/file is not a directory" in run(tmp_path / "file")["msg"]
    assert f"{tmp_path}/file is not a directory" in run(tmp_path / "file" / "below")["msg"]
    monkeypatch.setattr(os, "access", lambda *_args: False)
    assert "no permission to write" in run(tmp_path / "new")["msg"]


def test_a_write_that_fails_is_reported(dest, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert "hosts.yml: No space left on device. An existing file is unchanged." in run(dest, read(row()))["msg"]
    assert list(dest.rglob("*.yml")) == []


def test_a_refusal_is_reported(dest):
    result = run(dest, Call("GET", LIST, status=403, data={"message": "No."}))
    assert "403" in result["msg"]
    assert not dest.exists()


def test_only_what_the_role_takes(dest):
    """An update keeps fields without an option."""
    odd = {**OKTA_FIELDS, "x: y": 1}
    run(dest, read(row("okta", okta=odd, impersonation={"role": "x"}), {**row("okta", okta="odd"), "id": "8"}))
    values = yaml.safe_load((dest / FILE).read_text())
    assert set(values["redshift_integration_okta"]) == {"username", "app_id", "idp_host", "role", "password"}
    assert "redshift_integration_impersonation" not in values
    assert set(yaml.safe_load((dest / "host_vars" / f"{HOST}_8.yml").read_text())["redshift_integration_okta"]) == {
        "password"
    }


def test_no_variable_twice(dest):
    run(dest, read(row("automatic")))
    assert (dest / FILE).read_text().count("redshift_integration_username:") == 1
