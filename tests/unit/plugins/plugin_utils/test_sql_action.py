# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugins of modules that log in to Redshift, delegated to a bastion."""

from __future__ import annotations

import json
import sys
import types
from unittest import mock

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure

from ansible_collections.community.immuta.plugins.action import redshift_preflight, redshift_script
from ansible_collections.community.immuta.plugins.module_utils._redact import MASK
from ansible_collections.community.immuta.plugins.plugin_utils._sql_action import connection_problem, own_variables
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import MARKER
from ansible_collections.community.immuta.tests.unit.plugins.modules.session import LOGIN

PYTHON = "ansible_python_interpreter"
BASTION = {"ansible_connection": "ssh", PYTHON: "/opt/bastion/python"}
SQL = f"CREATE USER u PASSWORD '{MARKER}';\n"


class Bastion:
    """An action plugin of a task that is delegated to a bastion; ``sent`` is what reaches the module there."""

    def __init__(self, monkeypatch, action=redshift_preflight, args=None, transport="ssh", **task):
        values = {"async_val": 0, "delegate_to": "bastion", "environment": [], "action": "module", **task}
        self.connection = mock.Mock(transport=transport, become=None)
        self.plugin = action.ActionModule(
            task=types.SimpleNamespace(args=args or dict(LOGIN), check_mode=False, diff=False, **values),
            connection=self.connection,
            play_context=mock.Mock(),
            loader=mock.Mock(),
            templar=mock.Mock(template=lambda text: text),
            shared_loader_obj=mock.Mock(),
        )
        self.result, self.sent = {"changed": True}, {}
        monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_args: {})
        monkeypatch.setattr(self.plugin, "_execute_module", self._execute)

    def _execute(self, **sent):
        self.sent = sent
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    def run(self, own=None, of_play=sys.executable, host="bastion"):
        """Run the task with what the inventory says of the bastion, and the Python that the play names."""
        own = BASTION if own is None else own
        delegated = {**own, PYTHON: of_play} if of_play else own
        return self.plugin.run(
            task_vars={
                "hostvars": {host: own},
                "ansible_delegated_vars": {host: {"ansible_facts": {}, **delegated}},
                "inventory_hostname": "analytics",
                PYTHON: "/other/python",
            }
        )

    @property
    def python(self):
        """The Python that Ansible uses there."""
        return self.sent["task_vars"]["ansible_delegated_vars"]["bastion"].get(PYTHON)


@pytest.mark.parametrize(
    ("own", "of_play", "python"),
    [
        (BASTION, sys.executable, "/opt/bastion/python"),
        (BASTION, "/named/by/the/task", "/named/by/the/task"),
        ({"ansible_connection": "ssh"}, sys.executable, None),
        (BASTION, None, "/opt/bastion/python"),
    ],
)
def test_the_python_of_the_controller_is_not_used_there(monkeypatch, own, of_play, python):
    bastion = Bastion(monkeypatch)
    assert bastion.run(own, of_play) == {"changed": True}
    assert bastion.python == python


@pytest.mark.parametrize("host", ["localhost", "bastion"])
def test_the_python_of_the_controller_is_used_on_the_controller(monkeypatch, host):
    """A host of the inventory with a local connection, which does not name a Python itself."""
    bastion = Bastion(monkeypatch, transport="local", delegate_to=host)
    bastion.run({"ansible_connection": "local"}, host=host)
    assert bastion.sent["task_vars"]["ansible_delegated_vars"][host][PYTHON] == sys.executable


@pytest.mark.parametrize("own", [{}, {PYTHON: sys.executable}, {"ansible_connection": "smart"}])
def test_a_bastion_never_means_the_controller(monkeypatch, own):
    bastion = Bastion(monkeypatch, transport="local")
    with pytest.raises(AnsibleActionFail, match=r"^Nothing was run\. The task is delegated to bastion, but"):
        bastion.run(own)
    assert bastion.sent == {}


def test_what_to_do_about_a_local_connection():
    assert "Set ansible_connection: ssh for bastion" in connection_problem("bastion", "local", {})
    assert "as a keyword of the play" in connection_problem("bastion", "local", {"ansible_connection": "ssh"})
    assert connection_problem("bastion", "local", {"ansible_connection": "local"}) == ""
    assert connection_problem("localhost", "local", {}) == ""
    assert connection_problem("bastion", "ssh", {}) == ""


def test_a_host_that_is_not_in_the_inventory():
    assert own_variables("bastion", {"hostvars": {}}) == {}
    assert own_variables("bastion", {}) == {}


def test_a_delegated_task_is_a_module_process(monkeypatch):
    own = {"ansible_connection": "local", PYTHON: sys.executable}
    bastion = Bastion(monkeypatch, transport="local")
    bastion.run(own)
    assert bastion.sent
    bastion.connection.set_option.assert_not_called()


@pytest.mark.parametrize(
    ("own", "has_option", "sets"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"ansible_pipelining": False}, True, False),
        ({"ansible_ssh_pipelining": True}, True, False),
    ],
)
def test_the_payload_is_no_file_on_the_bastion(monkeypatch, own, has_option, sets):
    bastion = Bastion(monkeypatch)
    bastion.connection.has_option.return_value = has_option
    bastion.run({**BASTION, **own})
    assert bastion.connection.set_option.mock_calls == ([mock.call("pipelining", True)] if sets else [])


def test_a_failure_names_the_bastion(monkeypatch):
    bastion = Bastion(monkeypatch)
    bastion.result = {"failed": True, "msg": "No login."}
    assert bastion.run()["msg"] == "No login. This was run on bastion."
    bastion.result = {"failed": True, "msg": "No start of json char found", "module_stderr": "not found"}
    assert bastion.run()["msg"] == (
        "No start of json char found. This was run on bastion. Check ansible_python_interpreter of bastion."
    )
    bastion.result = AnsibleConnectionFailure("Connection refused\r\n")
    with pytest.raises(AnsibleActionFail, match=r"Connection refused\. Fix it") as error:
        bastion.run()
    assert error.value.__cause__ is None  # ansible-core 2.19 would add its message after ours


@pytest.mark.parametrize("delegate_to", [None, "analytics"])
def test_without_delegation_nothing_differs(monkeypatch, delegate_to):
    bastion = Bastion(monkeypatch, delegate_to=delegate_to)
    bastion.result = {"failed": True, "msg": "No login."}
    assert bastion.run() == {"failed": True, "msg": "No login."}
    bastion.connection.set_option.assert_not_called()


# A script of the controller


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "immuta_1_0_x" / "create.sql"
    path.parent.mkdir()
    path.write_text(SQL)
    return path


def send(monkeypatch, path, **options):
    return Bastion(monkeypatch, redshift_script, {**LOGIN, "path": str(path), "remote_src": False, **options})


def test_a_script_is_sent_and_removed_before_it_is_run(monkeypatch, script):
    bastion = send(monkeypatch, script, remove=True)
    result = bastion.run()
    sent = bastion.sent["module_args"]
    assert (sent["content"], sent["path"], sent["remove"]) == (SQL, str(script), False)
    assert (result["removed"], script.parent.exists()) == (str(script), False)
    assert MARKER not in json.dumps(result)
    assert "content" not in bastion.plugin._task.args


def test_a_script_that_is_kept(monkeypatch, script):
    bastion = send(monkeypatch, script)
    assert (bastion.run()["removed"], script.read_text()) == (None, SQL)


def test_a_script_is_gone_after_a_failure_too(monkeypatch, script):
    bastion = send(monkeypatch, script, remove=True)
    bastion.result = {"failed": True, "msg": "permission denied."}
    assert bastion.run()["msg"].startswith("permission denied.")
    assert not script.exists()


def test_a_script_that_cannot_be_removed(monkeypatch, script):
    def refuse(*_args):
        raise PermissionError(13, "Permission denied")

    bastion = send(monkeypatch, script, remove=True)
    with monkeypatch.context() as patch:
        patch.setattr("os.unlink", refuse)
        result = bastion.run()
    assert (result["removed"], len(result["warnings"])) == (None, 1)


def test_a_script_that_cannot_be_read(monkeypatch, tmp_path):
    bastion = send(monkeypatch, tmp_path / f"{LOGIN['login_password']}.sql")
    result = bastion.run()
    assert (result["failed"], bastion.sent) == (True, {})
    assert f"{MASK}.sql cannot be read: No such file" in result["msg"]


def test_a_script_of_the_other_host_stays_there(monkeypatch, script):
    bastion = send(monkeypatch, script, remote_src=True)
    bastion.run()
    assert "module_args" not in bastion.sent


def test_content_is_not_replaced_by_the_file(monkeypatch, script):
    bastion = send(monkeypatch, script, content="SELECT 1", remove=True)
    bastion.run()
    assert ("module_args" in bastion.sent, script.exists()) == (False, True)


def test_a_script_is_not_sent_asynchronously(monkeypatch, script):
    args = {**LOGIN, "path": str(script), "remote_src": False}
    with pytest.raises(AnsibleActionFail, match="cannot be used with async"):
        Bastion(monkeypatch, redshift_script, args, async_val=5).run()
