# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""controller.yml, with the real modules of awx.awx, against an AWX that stores what it receives."""

from __future__ import annotations

import json

import pytest
import yaml

from tests.integration.support.awx_job import AWX
from tests.integration.support.fake_awx import FakeAwx, running_awx
from tests.integration.support.guides import blocks_of
from tests.integration.support.playbook_runner import PlaybookRunner, Run, local_host

SECRETS = {
    "IMMUTA_API_KEY": "0123KEY4567",
    "IMMUTA_SYSTEM_PASSWORD": "Sys{{1+1}}%(x)s#9",
    "REDSHIFT_LOGIN_PASSWORD": "Adm{%1%}'\"\\ # two\nLines9",
}
COMMANDS = [words for block in blocks_of("awx") for words in block.commands]
#: What the guide exports, with secrets that need quoting.
ENVIRONMENT = dict(words[1].split("=", 1) for words in COMMANDS if words[0] == "export") | SECRETS
#: The options of each run of the playbook in the guide.
FIRST, ROTATION = ([*words[2:]] for words in COMMANDS if words[:2] == ["ansible-playbook", "controller.yml"])


def apply(playbook: PlaybookRunner, url: str, **options: object) -> Run:
    """Run controller.yml."""
    env = {**ENVIRONMENT, "CONTROLLER_HOST": url}
    return playbook(
        AWX / "controller.yml", inventory={"all": {"hosts": {"localhost": local_host()}}}, env=env, **options
    )


def sent(awx: FakeAwx) -> list[str]:
    """Return what was changed since the last call.

    Without the synchronisation of the project, and without the workflow, whose approval node cannot be compared.
    """
    changed = [f"{method} {path}" for method, path, _body in awx.writes if "workflow" not in path]
    awx.writes.clear()
    return [line for line in changed if not line.endswith("/update")]


def test_the_controller_gets_all_objects_once(playbook: PlaybookRunner) -> None:
    with running_awx() as (awx, url):
        first = apply(playbook, url, arguments=FIRST)
        assert_complete(awx)
        assert len(sent(awx)) > 20
        again = apply(playbook, url, arguments=FIRST)
        assert sent(awx) == []
        rotation = apply(playbook, url, arguments=ROTATION)
        assert {line.split("/")[0] for line in sent(awx)} == {"PATCH credentials"}
    for run in (first, again, rotation):
        for name, secret in SECRETS.items():
            assert secret not in run.output, name


def assert_complete(awx: FakeAwx) -> None:
    """Check that AWX has the objects of the files."""
    types = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(AWX.glob("credential_type_*.yml"))]
    for kind in types:
        stored = awx.named("credential_types")[kind["name"]]
        assert {key: stored[key] for key in kind} == kind
    inputs = {name: row["inputs"] for name, row in awx.named("credentials").items()}
    assert inputs == {
        "Immuta tenant": {
            "immuta_url": ENVIRONMENT["IMMUTA_URL"],
            "immuta_api_key": SECRETS["IMMUTA_API_KEY"],
        },
        "Immuta system account": {
            "username": ENVIRONMENT["IMMUTA_SYSTEM_USERNAME"],
            "password": SECRETS["IMMUTA_SYSTEM_PASSWORD"],
        },
        "Redshift administrator": {
            "login_user": ENVIRONMENT["REDSHIFT_LOGIN_USER"],
            "login_password": SECRETS["REDSHIFT_LOGIN_PASSWORD"],
        },
    }
    everything = json.dumps([awx.objects[name] for name in awx.objects if name != "credentials"])
    assert [name for name, secret in SECRETS.items() if secret in everything] == []
    templates = awx.named("job_templates")
    assert all(row["ask_variables_on_launch"] is False for row in templates.values())
    assert len(awx.surveys) == 1
    nodes = awx.named("workflow_job_template_nodes")
    assert list(nodes) == ["project", "inventory", "preview", "approve", "apply", "report"]
    order = [
        awx.associated[f"workflow_job_template_nodes/{row['id']}/success_nodes"] for row in list(nodes.values())[:-1]
    ]
    assert order == [[row["id"]] for row in list(nodes.values())[1:]]


@pytest.mark.parametrize("missing", ["IMMUTA_API_KEY", "CONTROLLER_HOST"])
def test_an_incomplete_environment_changes_nothing(playbook: PlaybookRunner, missing: str) -> None:
    with running_awx() as (awx, url):
        env = {**ENVIRONMENT, "CONTROLLER_HOST": url, missing: ""}
        run = playbook(
            AWX / "controller.yml",
            inventory={"all": {"hosts": {"localhost": local_host()}}},
            env=env,
            expect_rc=2,
        )
        assert f"The environment variable {missing} is not set" in run.output
        assert awx.writes == []
