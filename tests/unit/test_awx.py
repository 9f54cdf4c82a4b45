# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files for AWX are safe by its rules, and its own code turns the credentials into what the modules read."""

from __future__ import annotations

import json
import re
import ssl
import typing as t
from pathlib import Path

import jinja2
import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.community.immuta.plugins.module_utils._argument_specs import connection_spec
from ansible_collections.community.immuta.plugins.module_utils._immuta import option_checks
from ansible_collections.community.immuta.plugins.module_utils._immuta.client import Client
from ansible_collections.community.immuta.plugins.module_utils._options import CONNECTION, environment
from ansible_collections.community.immuta.plugins.modules.redshift_fleet_report import FINDINGS
from ansible_collections.community.immuta.tests.unit import awx_rules
from ansible_collections.community.immuta.tests.unit.plugins.module_utils.server import Reply, Server

ROOT = Path(__file__).parents[2]
AWX = ROOT / "docs" / "examples" / "awx"
if not AWX.is_dir():
    pytest.skip("needs the checkout", allow_module_level=True)
injection = pytest.importorskip("awx_plugins.interfaces._temporary_private_inject_api")
credentials = pytest.importorskip("awx_plugins.interfaces._temporary_private_credential_api")

Fields = dict[str, t.Any]

PREFIX = "redshift_integration_"
#: Variables of the role that decide where a secret goes, or with how much protection.
DIRECTING = ("immuta_url", "allow_http", "validate_certs", "ca_path", "host", "login_host", "ssl_mode", "extra_config")
PEM = "-----BEGIN CERTIFICATE-----\r\nMIIB\r\n-----END CERTIFICATE-----"
NASTY = (
    "Abc{{1+1}}xyZ9",
    "{% raw %}P4",
    "a'b\"c\\d%s$HOME`x`",
    "# no comment",
    "two\nlines\n",
    " blanks ",
    "pässwörd✓",
)


def load(path: Path) -> t.Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


TYPES = {path.stem: load(path) for path in sorted(AWX.glob("credential_type_*.yml"))}
CONTROLLER = load(AWX / "controller_vars.yml")
TEMPLATES = {row["name"]: row for row in [*CONTROLLER["controller_templates"], *CONTROLLER["controller_workflows"]]}
FIELDS = [(name, field) for name, kind in TYPES.items() for field in kind["inputs"]["fields"]]
SECRET_TYPES = ("credential_type_immuta_system", "credential_type_redshift_admin")


def injected(name: str, inputs: Fields, directory: Path) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """Return what AWX's own code injects for a credential: environment, stored environment, and arguments."""
    kind = TYPES[name]
    (directory / "env").mkdir(exist_ok=True)
    env: dict[str, str] = {}
    safe: dict[str, str] = {}
    args: list[str] = []
    fields = {key: inputs[key] for key in inputs}
    injection.inject_credential(AwxType(kind), credentials.Credential(fields), env, safe, args, str(directory))
    for variable, value in env.items():
        env[variable] = value.replace("/runner/", f"{directory}/")
    return env, safe, args


class AwxType:
    """A credential type in the form that AWX's code reads."""

    managed = False
    custom_injectors = None

    def __init__(self, kind: Fields) -> None:
        self.inputs = kind["inputs"]
        self.injectors = kind["injectors"]


def options_of(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Fields:
    """Return the connection options of a module that has this environment; they are right."""
    for variable in environment().values():
        monkeypatch.delenv(variable, raising=False)
    for variable, value in env.items():
        monkeypatch.setenv(variable, value)
    result = ArgumentSpecValidator(connection_spec()).validate({})
    assert not result.error_messages
    options = dict(result.validated_parameters)
    assert option_checks.connection_problems(options, env) == []
    return options


# Credential types


def test_there_is_something_to_test() -> None:
    assert len(TYPES) == 3
    assert len(TEMPLATES) >= 4


@pytest.mark.parametrize("name", TYPES)
def test_awx_accepts_the_type(name: str) -> None:
    awx_rules.check_type(TYPES[name])
    # Extra variables override the inventory, and are templated: "Abc{{1+1}}" would become "Abc2".
    assert "extra_vars" not in TYPES[name]["injectors"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"env": {"ANSIBLE_CONFIG": "x"}},
        {"env": {"PATH": "x"}},
        {"env": {"A-B": "x"}},
        {"env": {"IMMUTA_URL": "ä"}},
        {"file": {"name": "x"}},
        {"file": {"template": "x", "template.a": "x"}},
    ],
)
def test_the_rules_refuse(wrong: Fields) -> None:
    with pytest.raises(awx_rules.Refused):
        awx_rules.check_type({**TYPES["credential_type_immuta"], "injectors": wrong})


def test_the_rules_refuse_an_unknown_field() -> None:
    with pytest.raises(jinja2.UndefinedError):
        awx_rules.check_type({**TYPES["credential_type_immuta"], "injectors": {"env": {"A": "{{ immuta_ur }}"}}})


@pytest.mark.parametrize(("name", "field"), FIELDS, ids=[f"{name}-{field['id']}" for name, field in FIELDS])
def test_a_blank_field_is_its_default(name: str, field: Fields) -> None:
    """Blank, null and false are what an editor, a playbook or an import sends for a field that nobody filled in."""
    for blank in ("", None, False):
        stored = awx_rules.stored_inputs(TYPES[name], {field["id"]: blank})
        assert stored[field["id"]] in (field.get("default"), ""), blank


def test_a_false_guard_stays_on() -> None:
    for blank in ("", None, False):
        stored = awx_rules.stored_inputs(
            TYPES["credential_type_immuta"], {"allow_http": blank, "validate_certs": blank}
        )
        assert stored == {"allow_http": "false", "validate_certs": "true"}


def test_a_choice_is_taken_as_it_is() -> None:
    kind = TYPES["credential_type_immuta"]
    for choice in ("true", "false"):
        assert awx_rules.stored_inputs(kind, {"allow_http": choice}) == {"allow_http": choice}
    for wrong in ({"allow_http": True}, {"retries": 5}, {"unknown": "x"}):
        with pytest.raises(awx_rules.Refused):
            awx_rules.stored_inputs(kind, wrong)


def test_the_tenant_has_every_connection_option() -> None:
    kind = TYPES["credential_type_immuta"]
    fields = {field["id"]: field for field in kind["inputs"]["fields"]}
    assert sorted(fields) == sorted(environment())
    assert sorted(kind["injectors"]["env"]) == sorted(environment().values())
    for name, field in fields.items():
        option = CONNECTION[name]
        assert field.get("secret", False) or not option.get("no_log"), name
        assert (name in kind["inputs"]["required"]) is option.get("required", False), name
        assert field.get("default") == (str(option["default"]).lower() if "default" in option else None), name


@pytest.mark.parametrize("name", SECRET_TYPES)
def test_a_type_for_an_account_needs_all_its_fields(name: str) -> None:
    inputs = TYPES[name]["inputs"]
    assert inputs["required"] == [field["id"] for field in inputs["fields"]]
    assert [field.get("secret", False) for field in inputs["fields"]] == [False, True]


# Injection, by AWX's own code

REQUIRED = {"immuta_url": "https://tenant.example.com", "immuta_api_key": "0123KEY4567"}
BLANK = {field["id"]: "" for field in TYPES["credential_type_immuta"]["inputs"]["fields"]}
ALL = {
    **REQUIRED,
    "immuta_auth": "token",
    "validate_certs": "false",
    "ca_path": PEM,
    "client_cert": PEM,
    "client_key": PEM,
    "allow_http": "true",
    "timeout": "30",
    "retries": "0",
}
DEFAULTS = {name: row.get("default") for name, row in CONNECTION.items()}


@pytest.mark.parametrize(
    "inputs",
    [REQUIRED, {**BLANK, **REQUIRED}, {name: f" {value}\n" for name, value in REQUIRED.items()}],
    ids=["required", "others blank", "blanks around"],
)
def test_required_fields_only(inputs: Fields, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env, _safe, args = injected("credential_type_immuta", inputs, tmp_path)
    assert options_of(env, monkeypatch) == {**DEFAULTS, **REQUIRED}
    assert args == []


def test_blank_fields_as_awx_stores_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = awx_rules.stored_inputs(TYPES["credential_type_immuta"], {**BLANK, **REQUIRED})
    env, _safe, _args = injected("credential_type_immuta", stored, tmp_path)
    assert options_of(env, monkeypatch) == {**DEFAULTS, **REQUIRED}


def test_all_fields(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env, safe, _args = injected("credential_type_immuta", ALL, tmp_path)
    options = options_of(env, monkeypatch)
    assert (options["immuta_auth"], options["validate_certs"], options["allow_http"]) == ("token", False, True)
    assert (options["timeout"], options["retries"]) == (30, 0)
    assert Path(options["ca_path"]).read_bytes().decode() == PEM
    assert Path(options["client_key"]).read_bytes().decode() == PEM + "\n"
    assert Path(options["client_key"]).stat().st_mode & 0o077 == 0
    assert REQUIRED["immuta_api_key"] not in json.dumps(safe)


@pytest.mark.parametrize("pasted", [str.rstrip, lambda pem: pem.replace("\n", "\r\n")], ids=["cut", "crlf"])
@pytest.mark.parametrize("is_apart", [True, False], ids=["key apart", "key with the certificate"])
def test_pasted_certificates(
    pasted: t.Callable[[str], str], is_apart: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the last line break, with those of Windows, and with the key in the field of the certificate."""
    trustme = pytest.importorskip("trustme")
    authority = trustme.CA()
    own = authority.issue_cert("client@example.com")
    both = (own.private_key_pem.bytes() + own.cert_chain_pems[0].bytes()).decode()
    fields = {"ca_path": authority.cert_pem.bytes().decode(), "client_cert": both}
    if is_apart:
        fields |= {"client_cert": own.cert_chain_pems[0].bytes().decode()}
        fields |= {"client_key": own.private_key_pem.bytes().decode()}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    with Server(Reply(200, []), tls=context) as server:
        inputs = {**REQUIRED, "immuta_url": server.url(), "retries": "0"}
        inputs |= {name: pasted(pem) for name, pem in fields.items()}
        env, _safe, _args = injected("credential_type_immuta", inputs, tmp_path)
        options = {**options_of(env, monkeypatch), "use_proxy": False}
        assert Client(options).request("GET", "/integrations", safe=True).status == 200


@pytest.mark.parametrize("secret", NASTY)
@pytest.mark.parametrize("name", SECRET_TYPES)
def test_a_password_arrives_byte_for_byte(name: str, secret: str, tmp_path: Path) -> None:
    user, password = TYPES[name]["inputs"]["required"]
    env, safe, args = injected(name, {user: "someone", password: secret}, tmp_path)
    assert list(env.values()) == ["someone", secret]
    assert secret not in safe.values()
    assert args == []


@pytest.mark.parametrize("name", SECRET_TYPES)
def test_a_credential_without_values_sets_nothing(name: str, tmp_path: Path) -> None:
    env, _safe, args = injected(name, {}, tmp_path)
    assert set(env.values()) == {""}
    assert args == []


# Job templates


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_launch_directs_no_secret(name: str) -> None:
    sent = {PREFIX + option: "x" for option in {*CONNECTION, *DIRECTING}} | {"ansible_connection": "ssh"}
    assert awx_rules.launch_variables(TEMPLATES[name], sent) == {}
    assert TEMPLATES[name]["ask_variables_on_launch"] is False
    assert awx_rules.prompts(TEMPLATES[name]) <= awx_rules.HARMLESS_PROMPTS


def questions() -> list[tuple[str, Fields]]:
    rows = TEMPLATES.items()
    return [(name, question) for name, row in rows for question in row.get("survey_spec", {}).get("spec", [])]


@pytest.mark.parametrize(("name", "question"), questions())
def test_a_survey_asks_for_named_variables(name: str, question: Fields) -> None:
    options = load(ROOT / "docs" / "inventory-schema.json")["definitions"]["variables"]["properties"]
    variable = question["variable"]
    assert variable in options or variable == "cluster", name
    assert (question["type"] == "password") is bool(options.get(variable, {}).get("writeOnly"))
    assert "default" not in question or question["type"] != "password"


# Controller as code

#: Variable of infra.aap_configuration -> the module of awx.awx for its items.
MODULES = {
    "controller_credentials": "credential",
    "controller_execution_environments": "execution_environment",
    "controller_projects": "project",
    "controller_inventories": "inventory",
    "controller_inventory_sources": "inventory_source",
    "controller_notifications": "notification_template",
    "controller_templates": "job_template",
    "controller_workflows": "workflow_job_template",
    "controller_schedules": "schedule",
}
COLLECTION = ROOT / ".collections" / "ansible_collections" / "awx" / "awx" / "plugins"
ITEMS = [(variable, item) for variable in MODULES for item in CONTROLLER[variable]]
IDS = [f"{variable.removeprefix('controller_')}-{item['name']}" for variable, item in ITEMS]


def names(variable: str) -> set[str]:
    if variable == "controller_credential_types":
        return {kind["name"] for kind in TYPES.values()}
    return {item["name"] for item in CONTROLLER[variable]}


def module_options(module: str) -> Fields:
    """Return the documented options of a module of awx.awx."""
    text = (COLLECTION / "modules" / f"{module}.py").read_text(encoding="utf-8")
    (documentation,) = re.findall(r"^DOCUMENTATION = '''\n(.*?)^'''", text, re.DOTALL | re.MULTILINE)
    options: Fields = yaml.safe_load(documentation)["options"]
    return options


def tasks() -> dict[str, Fields]:
    """Return the task of controller.yml that creates the objects of each variable."""
    (play,) = load(AWX / "controller.yml")
    loops = {task["loop"].strip("{} "): task for task in play["tasks"] if isinstance(task["loop"], str)}
    return {loop: task for loop, task in loops.items() if "|" not in loop}


def test_every_variable_has_a_module() -> None:
    assert {name for name in CONTROLLER if name.startswith("controller_")} == {*MODULES, "controller_credential_types"}
    assert set(tasks()) == {*MODULES, "controller_credential_types"}


@pytest.mark.parametrize(("variable", "item"), ITEMS, ids=IDS)
def test_keys_are_options_of_the_module_and_reach_it(variable: str, item: Fields) -> None:
    options = module_options(MODULES[variable])
    assert set(item) <= set(options)
    for key, value in item.items():
        choices = options[key].get("choices")
        assert not choices or value in choices, key
    passed = tasks()[variable][f"awx.awx.{MODULES[variable]}"]
    for key in item:
        assert re.match(rf"{{{{ item\.{key}\b", passed[key]), key


@pytest.mark.parametrize(("variable", "item"), ITEMS, ids=IDS)
def test_what_is_named_is_there(variable: str, item: Fields) -> None:
    references = {
        "credential_type": "controller_credential_types",
        "credential": "controller_credentials",
        "credentials": "controller_credentials",
        "execution_environment": "controller_execution_environments",
        "project": "controller_projects",
        "source_project": "controller_projects",
        "inventory": "controller_inventories",
        "notification_templates_error": "controller_notifications",
        "notification_templates_approvals": "controller_notifications",
        "unified_job_template": "controller_templates",
    }
    for key in set(item) & set(references):
        value = item[key]
        assert {*([value] if isinstance(value, str) else value)} <= names(references[key]), key
    for key in ("playbook", "source_path"):
        assert key not in item or (AWX / "project" / item[key]).is_file()


def test_the_workflow_goes_from_preview_to_report() -> None:
    (workflow,) = CONTROLLER["controller_workflows"]
    nodes = {node["identifier"]: node for node in workflow["workflow_nodes"]}
    after = {name: node.get("related", {}).get("success_nodes", []) for name, node in nodes.items()}
    following = {name: [node["identifier"] for node in row] for name, row in after.items()}
    order = ["project", "inventory", "preview", "approve", "apply", "report"]
    assert following == dict(zip(order, [*([name] for name in order[1:]), []], strict=True))
    variables = {
        "project": "controller_projects",
        "inventory_source": "controller_inventory_sources",
        "job_template": "controller_templates",
    }
    for node in nodes.values():
        template = node["unified_job_template"]
        assert template["type"] == "workflow_approval" or template["name"] in names(variables[template["type"]])


def test_what_was_approved_is_applied() -> None:
    """A job that synchronises before it starts would apply what was committed after the preview."""
    preview, apply = TEMPLATES["Immuta preview"], TEMPLATES["Immuta apply"]
    same = ("project", "playbook", "inventory", "execution_environment", "credentials")
    assert [preview[key] for key in same] == [apply[key] for key in same]
    (project,) = CONTROLLER["controller_projects"]
    assert project["scm_update_on_launch"] is False
    sources = [row for row in CONTROLLER["controller_inventory_sources"] if row["inventory"] == apply["inventory"]]
    assert [row["update_on_launch"] for row in sources] == [False]


def test_a_report_sees_all_clusters() -> None:
    """A slice, or a limit, would leave clusters out: those of the others look unmanaged, or are not checked."""
    reports = {name: row for name, row in TEMPLATES.items() if row.get("playbook") == "report.yml"}
    assert set(reports) == {"Immuta report", "Immuta health"}
    for row in reports.values():
        assert not {"job_slice_count", "ask_limit_on_launch"} & set(row)
        assert set(row["extra_vars"]) == {"report_dest", "report_fail_on"}
        assert set(row["extra_vars"]["report_fail_on"]) <= set(FINDINGS)


def test_a_failure_of_what_runs_unattended_is_notified() -> None:
    (notification,) = names("controller_notifications")
    unattended = {row["unified_job_template"] for row in CONTROLLER["controller_schedules"]} | {"Immuta change"}
    for name in unattended:
        assert TEMPLATES[name]["notification_templates_error"] == [notification]
    assert TEMPLATES["Immuta change"]["notification_templates_approvals"] == [notification]


def test_the_schedules_are_what_their_names_say() -> None:
    rules = {row["unified_job_template"]: row["rrule"] for row in CONTROLLER["controller_schedules"]}
    hours = {"Immuta report": 24, "Immuta health": 1}
    for name, rule in rules.items():
        start, occurrences = rule.split(" ", 1)
        # AWX refuses a rule that does not have all of these.
        assert re.fullmatch(r"DTSTART:\d{8}T\d{6}Z", start)
        assert re.fullmatch(r"RRULE:FREQ=(DAILY|HOURLY);INTERVAL=1", occurrences)
        assert {"DAILY": 24, "HOURLY": 1}[occurrences[11:].partition(";")[0]] == hours[name]


def test_the_environment_is_checked_before_anything_is_created() -> None:
    text = (AWX / "controller_vars.yml").read_text(encoding="utf-8")
    read = set(re.findall(r"lookup\('ansible.builtin.env', '(\w+)'\) }}", text))
    (play,) = load(AWX / "controller.yml")
    assert read | {"CONTROLLER_HOST"} == set(play["tasks"][0]["loop"])


def test_templates_name_their_environment_and_no_secret_is_written_down() -> None:
    for template in CONTROLLER["controller_templates"]:
        assert template["execution_environment"] == "Immuta"
    for credential in CONTROLLER["controller_credentials"]:
        assert all(value.startswith("{{ lookup('ansible.builtin.env'") for value in credential["inputs"].values())
