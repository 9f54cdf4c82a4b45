# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugins: inside ansible-playbook or in a module process, the result is the same."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import types
from unittest import mock

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.community.immuta.plugins.action import (
    redshift_integration as integration_action,
)
from ansible_collections.community.immuta.plugins.action import (
    redshift_integration_info as info_action,
)
from ansible_collections.community.immuta.plugins.action import (
    redshift_integration_script as script_action,
)
from ansible_collections.community.immuta.plugins.action import (
    redshift_script as redshift_script_action,
)
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import (
    CONNECTION,
    LIST,
    MARKER,
    Call,
    assert_no_secret,
    expecting,
    play_main,
)
from ansible_collections.community.immuta.tests.unit.plugins.modules.integration_data import (
    GENERATE,
    HOST,
    MANUAL,
    body,
    look,
    problem,
    read,
    row,
    short,
)
from ansible_collections.community.immuta.tests.unit.plugins.modules.session import LOGIN

HERE = {"ansible_python_interpreter": sys.executable}


def plugin_of(action, args, check=False, diff=False, **task):
    """Return an action plugin on a local connection."""
    values = {
        "async_val": 0,
        "delegate_to": None,
        "environment": [],
        "action": action.ActionModule.module.__name__,
        **task,
    }
    return action.ActionModule(
        task=types.SimpleNamespace(args=args, check_mode=check, diff=diff, **values),
        connection=mock.Mock(transport="local", become=None),
        play_context=mock.Mock(),
        loader=mock.Mock(),
        templar=mock.Mock(template=lambda text: text),
        shared_loader_obj=mock.Mock(),
    )


def here(action, args, calls, check=False, diff=False):
    """Run a module inside this process as the action plugin does."""
    with expecting(calls, check):
        plugin = plugin_of(action, args, check, diff)
        assert plugin.may_run_here(HERE)
        result = plugin.run_here(args)
    assert_no_secret(result)
    return result


def apart(action, args, calls, check=False, diff=False):
    """Run ``main`` of the same module."""
    return play_main(action.ActionModule.module, args, calls, check, diff)


def same(result):
    """What both must agree on: without what Ansible adds for a module process."""
    left_out = ("invocation", "warnings", "exception", "owner", "group", "uid", "gid", "mode", "size", "state")
    return {key: value for key, value in result.items() if key not in left_out and not (key == "failed" and not value)}


CASES = {
    "create": (integration_action, MANUAL, [read(), Call("POST", LIST, body(), data=short("creating")), look(row())]),
    "nothing to do": (integration_action, MANUAL, [read(row())]),
    "warned": (integration_action, MANUAL, [read(row(status="recurringValidationError"))]),
    "refused": (integration_action, MANUAL, [read(), problem("POST", LIST, body(), 422, f"Odd {MARKER}")]),
    "bad options": (integration_action, {**MANUAL, "port": 0}, []),
    "bad type": (integration_action, {**MANUAL, "port": "many"}, []),
    "bad choice": (integration_action, {**MANUAL, "state": "gone"}, []),
    "text for numbers": (integration_action, {**MANUAL, "port": "5439", "auto_bootstrap": "no"}, [read(row())]),
    "secrets in extra_config": (
        integration_action,
        {**MANUAL, "extra_config": {"new": {"token": MARKER, "n": 7, "s": "x"}}},
        [read(row(new={"n": 7, "s": "x"}))],
    ),
    "all": (info_action, {}, [read(row())]),
    "one": (info_action, {"host": HOST}, [read(row())]),
}


@pytest.mark.parametrize("diff", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_here_and_apart_are_the_same(case, diff):
    action, options, calls = CASES[case]
    args = {**CONNECTION, **options}
    assert same(here(action, args, calls, diff=diff)) == same(apart(action, args, calls, diff=diff))


@pytest.mark.parametrize("args", [{"unknown": 1}, {"immuta_url": "https://x"}])
def test_options_that_are_refused(args, monkeypatch):
    monkeypatch.delenv("IMMUTA_API_KEY", raising=False)
    result = here(info_action, args, [])
    assert result["failed"] is True
    assert "unknown" in result["msg"] or "immuta_api_key" in result["msg"]


def test_the_invocation_shows_no_secret():
    result = here(integration_action, {**CONNECTION, **MANUAL}, [read(row())])
    assert result["invocation"]["module_args"]["host"] == HOST


def test_no_secret_in_the_invocation():
    login = {**LOGIN, "connect_params": {"sslpassword": MARKER, "application_name": "shown"}, "path": "/none"}
    result = here(redshift_script_action, login, [])
    assert result["invocation"]["module_args"]["connect_params"]["application_name"] == "shown"
    here(info_action, {**CONNECTION, "immuta_url": f"https://user:{MARKER}@tenant.example.com"}, [])


@pytest.mark.parametrize(("secret", "extra"), [("Word1", "Word1"), ("12345678", 12345678)])
def test_a_password_that_is_a_harmless_value_too_stays_masked(secret, extra):
    args = {**CONNECTION, **MANUAL, "password": secret, "extra_config": {"a": extra}}
    assert secret not in json.dumps(here(integration_action, args, [read(row())]))


@pytest.mark.parametrize("check", [False, True])
def test_a_script_here_and_apart(tmp_path, check):
    results = []
    for run in (here, apart):
        dest = tmp_path / run.__name__ / "script.sql"
        dest.parent.mkdir()
        args = {**CONNECTION, **MANUAL, "script": "create", "dest": str(dest)}
        results.append([same(run(script_action, args, [GENERATE], check=check)) for _time in range(2)])
        if not check:
            assert stat.S_IMODE(dest.stat().st_mode) == 0o600
            dest.chmod(0o644)
            results[-1].append(same(run(script_action, args, [GENERATE])))
            assert stat.S_IMODE(dest.stat().st_mode) == 0o600
        for result in results[-1]:
            assert result.pop("dest") == str(dest)
    assert results[0] == results[1]
    assert [result["changed"] for result in results[0]] == ([True, True] if check else [True, False, True])


def test_what_takes_a_module_process(tmp_path):
    args = {**CONNECTION, **MANUAL}
    assert plugin_of(integration_action, args).may_run_here(HERE)
    assert not plugin_of(integration_action, args).may_run_here({"ansible_python_interpreter": "/other/python"})
    assert not plugin_of(integration_action, args, async_val=60).may_run_here(HERE)
    assert not plugin_of(integration_action, args, environment=[{"HTTPS_PROXY": "x"}]).may_run_here(HERE)
    for name, value in (("transport", "ssh"), ("become", mock.Mock())):
        plugin = plugin_of(integration_action, args)
        setattr(plugin._connection, name, value)
        assert not plugin.may_run_here(HERE)
    script = {**args, "script": "create", "dest": str(tmp_path / "x")}
    assert plugin_of(script_action, script).may_run_here(HERE)
    for name in ("mode", "owner", "group"):
        assert not plugin_of(script_action, {**script, name: "0600"}).may_run_here(HERE)


@pytest.mark.parametrize(
    ("variable", "environment", "here"),
    [
        (None, None, True),
        (None, "", True),
        (None, "false", False),
        (None, "yes", True),
        (False, None, False),
        ("no", "true", False),
        (True, "false", True),
        ("", "false", False),
    ],
)
def test_the_off_switch(monkeypatch, variable, environment, here):
    monkeypatch.delenv("IMMUTA_IN_PROCESS", raising=False)
    if environment is not None:
        monkeypatch.setenv("IMMUTA_IN_PROCESS", environment)
    switch = {} if variable is None else {"immuta_run_in_process": variable}
    assert plugin_of(info_action, CONNECTION).may_run_here({**HERE, **switch}) is here


def test_an_off_switch_that_is_neither_on_nor_off():
    with pytest.raises(AnsibleActionFail, match="immuta_run_in_process must be true or false, got 'perhaps'"):
        plugin_of(info_action, CONNECTION).may_run_here({**HERE, "immuta_run_in_process": "perhaps"})


@pytest.mark.parametrize("python", [sys.executable, "/other/python"])
def test_run(python, monkeypatch):
    plugin = plugin_of(info_action, {**CONNECTION})
    monkeypatch.setattr(plugin, "_execute_module", lambda **_options: {"integrations": "in a module process"})
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_args: {})
    same_python = python == sys.executable
    with expecting([read(row())] if same_python else []):
        result = plugin.run(task_vars={"ansible_python_interpreter": python})
    assert (result["integrations"] == "in a module process") is not same_python


# Temporary scripts of a run that is ended


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """Create a temporary script, and return its directory."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    here(script_action, {**CONNECTION, **MANUAL, "script": "create"}, [GENERATE])
    (directory,) = tmp_path.iterdir()
    assert f"_{os.getpid()}_" in directory.name
    return directory


def run_core(action, core, monkeypatch):
    monkeypatch.setattr(action.ActionModule.module, "core", core)
    plugin_of(action, {**CONNECTION}).run_here({**CONNECTION})


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_run_that_is_ended_leaves_no_script(temporary, monkeypatch, signum):
    """The former handler of the signal is called, after the script was removed."""
    seen = []

    def end(*_args):
        os.kill(os.getpid(), signum)

    before = signal.signal(signum, lambda *_args: seen.append(temporary.exists()))
    try:
        with pytest.raises(AttributeError):  # a core that returns nothing
            run_core(info_action, end, monkeypatch)
        assert seen == [False]
        assert not temporary.exists()
        os.kill(os.getpid(), signum)
        assert len(seen) == 2
    finally:
        signal.signal(signum, before)


def test_a_signal_that_is_ignored_stays_so(temporary, monkeypatch):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with pytest.raises(AttributeError):
            run_core(info_action, lambda *_args: os.kill(os.getpid(), signal.SIGINT), monkeypatch)
    finally:
        signal.signal(signal.SIGINT, before)
    assert temporary.exists()


def test_a_worker_whose_run_was_killed_leaves_no_script(temporary, monkeypatch):
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    left = temporary.rename(str(temporary).replace(f"_{os.getpid()}_", f"_{process.pid}_"))
    monkeypatch.setattr("multiprocessing.parent_process", lambda: process)
    contexts = []
    with pytest.raises(AttributeError):  # a core that returns nothing
        run_core(info_action, lambda _options, context: contexts.append(context), monkeypatch)
    assert not left.exists()
    assert [context.run_id for context in contexts] == [process.pid]
