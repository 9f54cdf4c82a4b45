# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""main() of the modules, as Ansible runs it."""

from __future__ import annotations

import importlib
import json
import os
import stat
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.basic import AnsibleModule

from ansible_collections.community.immuta.plugins.module_utils._errors import DatabaseError
from ansible_collections.community.immuta.plugins.module_utils._module import redshift_password as password_core
from ansible_collections.community.immuta.plugins.module_utils._module import redshift_preflight as preflight_core
from ansible_collections.community.immuta.plugins.module_utils._module import redshift_script as script_core
from ansible_collections.community.immuta.plugins.modules import (
    redshift_integration,
    redshift_integration_info,
    redshift_integration_script,
    redshift_password,
    redshift_preflight,
    redshift_script,
)
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import (
    CONNECTION,
    LIST,
    MARKER,
    Call,
    change_owner,
    play_main,
    run_main,
)
from ansible_collections.community.immuta.tests.unit.plugins.modules.integration_data import (
    GENERATE,
    HOST,
    MANUAL,
    SQL,
    body,
    look,
    problem,
    read,
    row,
    short,
)
from ansible_collections.community.immuta.tests.unit.plugins.modules.session import LOGIN, FakeSession

RUNTIME = Path(__file__).parents[4] / "meta" / "runtime.yml"
#: The modules that talk to Immuta.
ACTION_GROUP = yaml.safe_load(RUNTIME.read_text(encoding="utf-8"))["action_groups"]["immuta"]


def main(module, options, *calls, check=False, diff=False):
    """Run ``main`` of a module against expected calls."""
    return play_main(module, options, calls, check, diff)


def test_create():
    calls = read(), Call("POST", LIST, body(), data=short("creating")), look(row())
    result = main(redshift_integration, {**CONNECTION, **MANUAL}, *calls, diff=True)
    assert result["changed"] is True
    assert result["operation"] == "created"
    assert result["diff"]["after"]["config"]["host"] == HOST
    assert result["invocation"]["module_args"]["password"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


def test_no_diff_unless_asked_for():
    assert "diff" not in main(redshift_integration, {**CONNECTION, **MANUAL}, read(row()))


def test_a_failure_is_a_sentence():
    refused = problem("POST", LIST, body(), 422, f"Odd {MARKER}")
    result = main(redshift_integration, {**CONNECTION, **MANUAL}, read(), refused)
    assert result["failed"] is True
    assert result["failure"]["status_code"] == 422
    assert "Traceback" not in json.dumps(result)


def test_options_from_the_environment(monkeypatch):
    monkeypatch.setenv("IMMUTA_URL", CONNECTION["immuta_url"])
    monkeypatch.setenv("IMMUTA_API_KEY", CONNECTION["immuta_api_key"])
    monkeypatch.setenv("IMMUTA_TIMEOUT", "7")
    result = main(redshift_integration_info, {}, read(row()))
    assert result["integrations"][0]["id"] == "7"
    assert result["invocation"]["module_args"]["timeout"] == 7


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("name", ACTION_GROUP)
def test_no_module_sends_the_key_of_the_environment_to_another_address(monkeypatch, tmp_path, name, check):
    """A user who may launch a job template may set its variables, but not read its credentials."""
    monkeypatch.setenv("IMMUTA_URL", CONNECTION["immuta_url"])
    monkeypatch.setenv("IMMUTA_API_KEY", CONNECTION["immuta_api_key"])
    module = importlib.import_module(f"{redshift_integration.__package__}.{name}")
    options = {**MANUAL, "script": "create", "dest": str(tmp_path / "dest")}
    taken = {option: value for option, value in options.items() if option in module.argument_spec()}
    message = main(module, {**taken, "immuta_url": "https://evil.example.net"}, check=check)["msg"]
    assert message.startswith("Nothing was sent. immuta_url is not the address in IMMUTA_URL")


def test_without_an_address(monkeypatch):
    monkeypatch.delenv("IMMUTA_URL", raising=False)
    assert "immuta_url" in main(redshift_integration_info, {"immuta_api_key": "x"})["msg"]


@pytest.mark.parametrize(
    "module",
    [redshift_integration, redshift_integration_info, redshift_integration_script],
    ids=lambda m: m.__name__[-20:],
)
def test_without_requests(monkeypatch, module, tmp_path):
    monkeypatch.setattr(module, "REQUESTS_ERROR", "ImportError: requests")
    own = {"script": "create", "dest": str(tmp_path / "x")} if module is redshift_integration_script else {}
    assert "requests" in main(module, {**CONNECTION, **own})["msg"]


def test_numbers_of_extra_config_are_not_masked():
    options = {**CONNECTION, **MANUAL, "extra_config": {"a": 1, "b": True, "c": "7", "d": [2.5], "e": MARKER}}
    result = main(redshift_integration, options, read(row()))
    assert result["integration"]["id"] == "7"
    assert result["integration"]["config"]["port"] == 5439


@pytest.mark.parametrize(("secret", "extra"), [("Word1", "Word1"), ("12345678", 12345678)])
def test_a_password_that_is_a_harmless_value_too_stays_masked(secret, extra):
    options = {**CONNECTION, **MANUAL, "password": secret, "extra_config": {"a": extra}}
    result = main(redshift_integration, options, read(row()))
    assert secret not in json.dumps(result)


def test_no_secret_in_the_invocation(monkeypatch):
    """It is shown at -vvv. AnsibleModule masks only options that are secret as a whole."""

    def refuse(*_args):
        raise DatabaseError("No.")

    monkeypatch.setattr(script_core, "connect", refuse)
    login = {**LOGIN, "connect_params": {"sslpassword": MARKER, "application_name": "shown"}, "path": "/none"}
    for module, options in (
        (redshift_script, login),
        (redshift_integration_info, {**CONNECTION, "immuta_url": f"https://user:{MARKER}@tenant.example.com"}),
    ):
        result = run_main(module, options)
        assert result["failed"]
        assert MARKER not in json.dumps(result)
    assert (
        run_main(redshift_script, login)["invocation"]["module_args"]["connect_params"]["application_name"] == "shown"
    )


# The file of redshift_integration_script


@pytest.fixture
def dest(tmp_path):
    return tmp_path / "analytics-script.sql"


def write(dest, *calls, check=False, **options):
    options = {**CONNECTION, **MANUAL, "script": "create", "dest": str(dest), **options}
    return main(redshift_integration_script, options, *(calls or [GENERATE]), check=check)


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_of_the_requested_owner_is_not_written_again(dest, monkeypatch):
    """With ``owner``, the file belongs to another account, as requested."""
    owner = str(os.geteuid())
    assert write(dest)["changed"]
    change_owner(dest, monkeypatch)
    assert not write(dest, owner=owner)["changed"]


def test_the_file_is_for_its_owner_alone(dest):
    assert write(dest)["changed"] is True
    assert dest.read_text() == SQL
    assert mode_of(dest) == 0o600
    assert write(dest)["changed"] is False


def test_a_mode_that_is_too_wide_is_corrected(dest):
    write(dest)
    dest.chmod(0o644)
    assert write(dest, check=True)["changed"] is True
    assert mode_of(dest) == 0o644
    assert write(dest)["changed"] is True
    assert mode_of(dest) == 0o600


def test_another_mode(dest):
    write(dest, mode="0640")
    assert mode_of(dest) == 0o640
    assert write(dest, mode="0640")["changed"] is False


def test_check_mode_without_a_file(dest):
    assert write(dest, check=True)["changed"] is True
    assert not dest.exists()


def test_a_secret_that_is_part_of_the_path(dest):
    sent = {**body(), "config": {**body()["config"], "region": "analytics"}}
    call = Call("POST", "/integrations/scripts/create", sent, data=SQL)
    for changed in (True, False):
        assert write(dest, call, extra_config={"region": "analytics"})["changed"] is changed
    assert mode_of(dest) == 0o600


def test_a_failure_leaves_the_old_file(dest):
    dest.write_text("old")
    assert write(dest, Call("POST", "/integrations/scripts/create", body(), data="SELECT '"))["failed"]
    assert dest.read_text() == "old"


# The modules that talk to Redshift


def test_redshift_script(monkeypatch, tmp_path):
    (tmp_path / "x.sql").write_text(SQL)
    session = FakeSession()
    monkeypatch.setattr(script_core, "connect", lambda _options: session)
    result = main(redshift_script, {**LOGIN, "path": str(tmp_path / "x.sql"), "secrets": [MARKER]})
    assert session.done[1] == SQL.rstrip(";")
    assert result["statements"][0]["verb"] == "CREATE USER"
    assert SQL[:12] not in json.dumps(result["statements"]).replace('"verb": "CREATE USER"', "")


def refuse(_options):
    raise DatabaseError("Logging in: refused.")


@pytest.mark.parametrize(
    ("module", "used_by", "own"),
    [
        (redshift_script, script_core, {"path": "x.sql"}),
        (redshift_preflight, preflight_core, {"password": MARKER}),
        (redshift_password, password_core, {"username": "u", "password": MARKER}),
    ],
    ids=["script", "preflight", "password"],
)
def test_no_login(monkeypatch, tmp_path, module, used_by, own):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.sql").write_text(SQL)
    monkeypatch.setattr(used_by, "connect", refuse)
    result = main(module, {**LOGIN, **own})
    assert "Logging in: refused." in result["msg"]
    assert "Traceback" not in json.dumps(result)


def test_warnings_are_handed_on(monkeypatch):
    found = {"version()": [{"version": "Redshift", "superuser": True}], "SHOW": [{"x": "off"}], "pg_": [{"found": 1}]}
    monkeypatch.setattr(preflight_core, "connect", lambda _options: FakeSession(results=found))
    warnings = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda _self, text: warnings.append(text))
    main(redshift_preflight, {**LOGIN, "username": "immuta", "existing_objects": "adopt"})
    assert "exists" in warnings[0]
