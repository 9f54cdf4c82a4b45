# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Redshift through a bastion: a real sshd with its own Python, and a controller that has no database driver."""

from __future__ import annotations

import os
import re
import typing as t
from pathlib import Path

import pytest

from tests.integration.support.aws import CLUSTER, KEYS, SECRET, ProfileFile, endpoint_of, needs_boto3
from tests.integration.support.bastion import NO_DRIVER, environment
from tests.integration.support.lifecycle import NEW_PASSWORD, OF_A_SCRIPT, killed
from tests.integration.support.playbook_runner import INTEGRATION, PlaybookRunner, Plays, Run
from tests.integration.support.scenarios import (
    ACCOUNT,
    AT_ONCE,
    DATABASE,
    HOST,
    PREFLIGHT,
    ROLE,
    RUN,
    Options,
    changed,
    left_behind,
    login,
    logins,
    manual,
    outcome,
    role_vars,
    statuses,
    step,
    users,
)
from tests.integration.support.watch import watched
from tests.lab.client import LabClient
from tests.lab.ssh.server import Bastion

#: Of the system account; no other test has it on a command line or in an environment.
MARK = "Bastion9Mark"
#: The tasks of the role that log in to Redshift.
SQL_TASKS = {
    "Check Redshift before anything is changed",
    "Run the first script",
    "Run the second script",
    "Set the password of the system account",
    "Log in as the system account",
    "Run the delete script",
    "Check whether the database exists",
    "Check for leftover Immuta objects",
}


def inventory(bastion: Bastion, **hosts: Options) -> Options:
    """Return an inventory as the guide has it: a cluster, and the bastion with its connection and its Python."""
    own = {
        "ansible_connection": "ssh",
        "ansible_python_interpreter": str(bastion.python()),
        "ansible_remote_tmp": str(bastion.temporary / "ansible"),
    }
    return {
        "all": {
            "children": {"clusters": {"hosts": {"analytics": {}}}, "bastions": {"hosts": {"bastion": own, **hosts}}}
        }
    }


def local_play(*tasks: Options) -> Plays:
    """Return a playbook for clusters, as the documentation shows it."""
    python = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    return [{"hosts": "clusters", "connection": "local", "gather_facts": False, "vars": python, "tasks": [*tasks]}]


def role_play() -> Plays:
    """Return such a playbook with the role."""
    return local_play({"ansible.builtin.include_role": {"name": ROLE}})


def variables(lab: LabClient, **changes: t.Any) -> Options:
    """Return the variables of the role for a cluster behind the bastion."""
    return role_vars(lab, manual(), **{"password": MARK, "sql_delegate_to": "bastion", **changes})


def delegated(run: Run) -> set[str]:
    """Return the tasks of the role that were run on the bastion."""
    found = set()
    for block in run.stdout.split("\nTASK [")[1:]:
        name, _bracket, output = block.partition("]")
        if "[analytics -> bastion" in output:
            found.add(name.rpartition(" : ")[2])
    return found


def executed(run: Run) -> set[str]:
    """Return the tasks of the role that were not skipped."""
    return {row["task"].rpartition(" : ")[2] for row in run.tasks if row["status"] != "skipped"}


def results(run: Run) -> int:
    """Return the number of task results in the recap."""
    (recap,) = re.findall(r"^analytics .*", run.stdout, re.MULTILINE)
    counted = dict(re.findall(r"(\w+)=(\d+)", recap))
    return sum(int(counted[name]) for name in ("ok", "skipped"))


def test_the_life_of_an_integration(lab: LabClient, playbook: PlaybookRunner, bastion: Bastion, tmp_path: Path) -> None:
    """Preview, bootstrap, nothing to do, update, rotation, deletion: every login is made on the bastion."""
    lab.switches(**AT_ONCE)
    options: Options = {"inventory": inventory(bastion), "env": environment(bastion)}

    def apply(**more: t.Any) -> Run:
        run = playbook(role_play(), extra_vars=variables(lab, **more.pop("changes", {})), **options, **more)
        assert delegated(run) & executed(run) == SQL_TASKS & executed(run)
        assert (left_behind(run), bastion.left()) == ([], [])
        return run

    preview = apply(check=True, diff=True)
    assert [row["script"] for row in outcome(preview)["scripts"]] == ["initial_create", "create"]
    assert [statuses(row) for row in outcome(preview)["scripts"]] == [{"planned"}] * 2
    assert (lab.integrations(), users(lab)) == ([], set())

    seen = watched(
        playbook, role_play(), tmp_path, extra_vars=variables(lab), **options
    )  # fmt: skip
    assert (seen.run.rc, outcome(seen.run)["operation"], results(seen.run) <= 20) == (0, "created", True)
    assert delegated(seen.run) & executed(seen.run) == SQL_TASKS & executed(seen.run)
    assert seen.leaks({"admin": lab.redshift_admin_password, "account": MARK}) == []
    assert "create schema" not in seen.places["processes"]
    assert (left_behind(seen.run), bastion.left()) == ([], [])
    assert lab.can_log_in(ACCOUNT, MARK, DATABASE)

    before = len(logins(lab))
    again = apply()
    assert (changed(again), results(again) <= 5, len(logins(lab))) == ([], True, before)

    on = {"impersonation": {"enabled": True, "role": "may_impersonate"}}
    update = apply(changes={**on, "update_password": "always", "password": NEW_PASSWORD})
    assert [row["script"] for row in outcome(update)["scripts"]] == ["edit"]
    assert lab.can_log_in(ACCOUNT, NEW_PASSWORD, DATABASE)

    gone = apply(changes={"state": "absent", "drop_objects": True})
    assert (outcome(gone)["operation"], lab.integrations(), users(lab)) == ("deleted", [], set())
    last = apply(changes={"state": "absent", "drop_objects": True})
    assert (changed(last), "Check whether the database exists" in delegated(last)) == ([], True)


@pytest.mark.matrix
def test_a_bootstrap_with_each_ansible_core(lab: LabClient, playbook: PlaybookRunner, bastion: Bastion) -> None:
    """How a delegated task gets its connection, its Python and its variables differs between versions."""
    lab.switches(**AT_ONCE)
    options: Options = {"inventory": inventory(bastion), "env": environment(bastion)}
    run = playbook(role_play(), extra_vars=variables(lab), **options)
    assert (outcome(run)["operation"], left_behind(run), bastion.left()) == ("created", [], [])
    assert delegated(run) & executed(run) == SQL_TASKS & executed(run)
    check = local_play({"ansible.builtin.include_role": {"name": ROLE, "tasks_from": "check"}})
    run = playbook(check, extra_vars=variables(lab), **options)
    assert delegated(run) == {"Check the login to Redshift"}


def test_what_is_wrong_with_a_bastion(lab: LabClient, playbook: PlaybookRunner, bastion: Bastion) -> None:
    """Each failure names the bastion, and nothing is run on the controller instead."""
    plain = {"ansible_python_interpreter": str(bastion.python())}
    ssh = {**plain, "ansible_connection": "ssh"}
    hosts = {
        "unconnected": plain,
        "driverless": {**ssh, "ansible_python_interpreter": str(bastion.python("bare", driver=False))},
        "pythonless": {**ssh, "ansible_python_interpreter": "/none/python"},
        "unreachable": {**ssh, "ansible_ssh_extra_args": "-o ProxyCommand=false"},
    }
    tasks = [step(name, PREFLIGHT, login(lab), delegate_to=name) for name in ("bastion", *hosts)]
    closed = login(lab, login_host="127.0.0.1", login_port=1)
    tasks += [step("no route", PREFLIGHT, closed, delegate_to="bastion")]
    run = playbook(local_play(*tasks), inventory=inventory(bastion, **hosts), env=environment(bastion))
    assert "superuser" in run.task("bastion")
    assert len(logins(lab)) == 1
    texts = {name: run.task(name)["msg"] for name in (*hosts, "no route")}
    assert "Set ansible_connection: ssh for unconnected in the inventory." in texts["unconnected"]
    assert "psycopg" in texts["driverless"]
    assert "This was run on driverless." in texts["driverless"]
    assert "This was run on pythonless. Check ansible_python_interpreter of pythonless." in texts["pythonless"]
    assert "The connection to unreachable failed" in texts["unreachable"]
    assert "redshift_integration_sql_delegate_to" in texts["no route"]
    assert "This was run on bastion." in texts["no route"]


@needs_boto3
def test_temporary_credentials(lab: LabClient, playbook: PlaybookRunner, bastion: Bastion) -> None:
    """They are fetched on the bastion, with the configuration of AWS that is there."""
    with endpoint_of(lab) as aws:
        configuration = ProfileFile(bastion.directory / "credentials", "redshift").of(aws.url, KEYS)
        login_aws = {"cluster_identifier": CLUSTER, "region": "eu-west-1", "profile": "redshift"}
        options = {"login_db": "dev", "login_aws": login_aws}
        task = step("aws", PREFLIGHT, options, delegate_to="bastion", environment=configuration)
        run = playbook(local_play(task), inventory=inventory(bastion), env=environment(bastion), arguments=["-vvvv"])
        assert run.task("aws")["superuser"] is False
        assert aws.operations == ["DescribeClusters", "GetClusterCredentialsWithIAM"]
    assert SECRET not in run.output


def test_a_tunnel_keeps_verify_full(lab: LabClient, playbook: PlaybookRunner, bastion: Bastion) -> None:
    """The certificate is compared with the name of the cluster, not with the address of the tunnel."""
    safe = {"ssl_mode": "verify-full", "ca_cert": lab.redshift_ca_cert}
    with bastion.tunnel(str(lab.redshift_host), lab.redshift_port) as port:
        through = {**safe, "login_port": port, "connect_params": {"hostaddr": "127.0.0.1"}}
        tasks = [step(name, PREFLIGHT, login(lab, login_host=name, **through)) for name in (HOST, "other.example.com")]
        run = playbook(local_play(*tasks), inventory=inventory(bastion))
    assert "superuser" in run.task(HOST)
    assert "other.example.com" in run.task("other.example.com")["msg"]
    assert "certificate" in run.task("other.example.com")["msg"]
    assert len(logins(lab)) == 1


def test_a_script_of_the_controller(lab: LabClient, playbook: PlaybookRunner, bastion: Bastion, tmp_path: Path) -> None:
    """It is sent to the bastion, or read here; one that is to be removed is removed where it is."""
    for name in ("sent", "there", "here"):
        (tmp_path / f"{name}.sql").write_text(f"CREATE USER {name}_system PASSWORD '{MARK}';", encoding="utf-8")
    on_bastion = {"delegate_to": "bastion"}
    driver = {"PYTHONPATH": ""}
    cases: list[tuple[str, Options, Options]] = [
        ("sent", {"remote_src": False, "remove": True}, on_bastion),
        ("there", {}, on_bastion),
        ("here", {"remote_src": False, "remove": True}, {"environment": driver}),
    ]
    tasks = [
        step(name, RUN, login(lab, path=str(tmp_path / f"{name}.sql"), secrets=[MARK], **options), **place)
        for name, options, place in cases
    ]
    run = playbook(
        local_play(*tasks), inventory=inventory(bastion), env=environment(bastion), arguments=["-vvvv"], diff=True
    )
    assert {name: statuses(run.task(name)) for name, *_rest in cases} == {name: {"ok"} for name, *_rest in cases}
    assert users(lab) >= {"sent_system", "there_system", "here_system"}
    assert [path.name for path in tmp_path.iterdir()] == ["there.sql"]
    assert run.task("sent")["removed"] == str(tmp_path / "sent.sql")
    assert MARK not in run.output


def test_a_run_that_fails_and_one_that_is_killed(lab: LabClient, playbook: PlaybookRunner, bastion: Bastion) -> None:
    """No script is left on either side, and the next run finishes."""
    lab.switches(**AT_ONCE)
    options: Options = {"inventory": inventory(bastion), "extra_vars": variables(lab)}
    at = {"on": OF_A_SCRIPT, "user": lab.redshift_admin_user, "database": DATABASE, "skip": 3}
    lab.proxy_fault(kind="error", sqlstate="42501", message="permission denied", **at)
    failed = playbook(role_play(), expect_rc=2, env=environment(bastion), **options)
    assert "permission denied" in failed.failures[0]["msg"]
    assert "This was run on bastion." in failed.failures[0]["msg"]
    assert (left_behind(failed), bastion.left()) == ([], [])

    lab.clear_proxy_faults()
    one_group = os.pathsep.join([str(INTEGRATION / "support" / "one_group"), NO_DRIVER["PYTHONPATH"]])
    started = playbook.start(role_play(), env=environment(bastion, PYTHONPATH=one_group), **options)
    lab.proxy_fault(kind="kill", pid=-started.pid, **at)
    dead = killed(started)
    for left in (*map(Path, left_behind(dead)), *(bastion.temporary / name for name in bastion.left())):
        assert not left.is_file() or MARK.encode() not in left.read_bytes()

    again = playbook(role_play(), env=environment(bastion), **options)
    assert (outcome(again)["operation"], left_behind(again), bastion.left()) == ("created", [], [])
    assert lab.can_log_in(ACCOUNT, MARK, DATABASE)
