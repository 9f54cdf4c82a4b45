# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of the scripts."""

from __future__ import annotations

import pytest

from tests.lab.immuta_api.payload import parse
from tests.lab.immuta_api.scripts import account_of, create, edit, initial_create, remove, render
from tests.lab.immuta_api.sql_objects import name, text
from tests.lab.immuta_api.switches import Switches
from tests.unit.lab.tenant import PASSWORD, Tenant, manual, play, split

SWITCHES = Switches()
ON = {"impersonation": {"enabled": True, "role": "crew"}}


def _payload(**config):
    return parse(manual(**config), SWITCHES, "integration")


def _single():
    body = manual()
    del body["config"]["initialDatabase"]
    return parse(body, SWITCHES, "integration")


def _create(payload, switches=SWITCHES):
    return create(payload, account_of(payload), switches)


def _edit(before, after, switches=SWITCHES):
    return edit(before, after, account_of(after), switches)


@pytest.mark.parametrize("payload", [_payload(), _payload(**ON), _single()])
def test_the_text_splits_into_the_statements_it_was_made_of(payload):
    statements = _create(payload)
    script = render("create", "immuta", statements, SWITCHES)
    assert len(split(script)) == len(statements)


def test_what_makes_the_scripts_hard():
    script = render("create", "immuta", _create(_single()), SWITCHES)
    assert script.startswith("-- SIMULATED")
    assert script.count(text(PASSWORD)) == 2
    for part in ("$$", "$body$", "LIKE '%;%'", "SET search_path TO", "it''s", "/* "):
        assert part in script


def test_the_account_is_made_by_the_first_script():
    assert PASSWORD in str(initial_create(_payload(), account_of(_payload())))
    assert PASSWORD not in str(_create(_payload()))
    assert PASSWORD in str(_create(_single()))


def test_quoting():
    assert text("a'b\\c%") == "'a''b\\\\c%'"
    assert name('a"b') == '"a""b"'


def test_a_script_that_cannot_be_run_twice():
    again = str(_create(_payload()))
    assert "CREATE SCHEMA IF NOT EXISTS" in again
    assert "IF NOT EXISTS" not in str(_create(_payload(), Switches(script_create_rerunnable=False)))


@pytest.mark.parametrize("on", [True, False])
def test_python_udfs(on):
    switches = Switches(script_python_udf=on)
    for statements in (_create(_payload(), switches), _edit(_payload(), _payload(), switches)):
        in_python = [statement for statement in statements if "plpythonu" in statement]
        assert len(in_python) == (2 if on else 0)
        assert not on or in_python[0] == 'GRANT USAGE ON LANGUAGE plpythonu TO "immuta_system"'
        assert len(split(render("edit", "immuta", statements, switches))) == len(statements)


def test_edit_follows_the_change():
    off, on = _payload(), _payload(**ON)
    assert 'CREATE GROUP "crew"' in _edit(off, on)
    assert 'CREATE GROUP "crew"' not in _edit(on, on)
    assert 'DROP GROUP "crew"' in _edit(on, off)
    assert f"""ALTER USER "immuta_system" PASSWORD '{PASSWORD}'""" in _edit(off, off)
    renamed = _payload(username="second")
    assert f"""CREATE USER "second" PASSWORD '{PASSWORD}'""" in _edit(off, renamed)


def test_remove_ends_with_the_account():
    assert remove(_payload(**ON), "immuta_system")[-1] == 'DROP USER IF EXISTS "immuta_system"'


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/integrations/scripts/initial-create", manual()),
        ("/integrations/scripts/create", manual()),
        ("/integrations/scripts/cleanup", manual()),
        ("/integrations/1/scripts/edit", manual()),
        ("/integrations/1/scripts/delete", None),
    ],
)
def test_the_same_payload_gives_the_same_text(path, body):
    async def scenario(tenant: Tenant) -> None:
        await tenant.made()
        responses = [await tenant.ask("POST", path, body) for _again in range(2)]
        assert [response.status for response in responses] == [200, 200]
        first, second = [await response.text() for response in responses]
        assert first == second
        await tenant.set(script_timestamp=True)
        assert "Generated at" in await (await tenant.ask("POST", path, body)).text()

    play(scenario, script_host_check="none")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/integrations/scripts/initial-create", manual(initialDatabase=None), 400),
        ("/integrations/scripts/create", manual() | {"autoBootstrap": True}, 400),
        ("/integrations/9/scripts/edit", manual(), 404),
        ("/integrations/9/scripts/delete", None, 404),
        ("/integrations/1/scripts/edit", manual(database="other"), 400),
        ("/integrations/scripts/create", manual(), 409),
    ],
)
def test_scripts_that_are_refused(path, body, status):
    async def scenario(tenant: Tenant) -> None:
        await tenant.made()
        assert (await tenant.json("POST", path, body, status=status))["statusCode"] == status

    play(scenario)
