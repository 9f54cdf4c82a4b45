# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the playbook ``preflight`` checks in Redshift, and the table that it shows.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import textwrap
import typing as t

from ._bootstrap_plan import bootstrap_plan

Values = t.Mapping[str, t.Any]

PASSED, FAILED, UNKNOWN = "passed", "failed", "unknown"
#: check -> head of its column. The table has 68 columns: the output of a task is indented, in a terminal of 80.
COLUMNS = {
    "variables": "vars",
    "reachable": "Immuta",
    "tls": "TLS",
    "api_key": "key",
    "permission": "admin",
    "login": "login",
    "rights": "rights",
    "password": "password",
}
_CELLS = {PASSED: "ok", FAILED: "NO", UNKNOWN: "-"}
WIDTH = 68
LONGEST_HOST = 20
#: Who logs in to Redshift.
PRIVILEGED, SYSTEM = "privileged", "system"
_NOTHING_IN_REDSHIFT = {
    "account": "",
    "login_db": "",
    "rights": [],
    "database": "",
    "existing_objects": "ignore",
    "python_udfs": False,
    "options": [],
}  # fmt: skip
_LOOKUP_FAILED = "The lookup plugin 'community.immuta._role_options' failed: "
_OF_TENANT = ("reachable", "tls", "api_key", "permission")
_OF_LOGIN = ("login", "rights", "password")


def preflight_login(compared: Values, values: Values) -> dict[str, t.Any]:
    """Return as whom to log in to Redshift and what to check there.

    :param compared: the result of ``redshift_integration`` in check mode, which may have failed: then
        the checks are those before a creation
    :param values: the variables of the role, as of ``bootstrap_plan``
    """
    is_known = "operation" in compared
    absent = values.get("state") == "absent"
    plan = bootstrap_plan(compared if is_known else {"operation": "none" if absent else "created"}, values)
    found: dict[str, t.Any] = {**_NOTHING_IN_REDSHIFT, "problem": plan["problem"]}
    checked = plan["preflight"]
    if checked is not None and not plan["problem"]:
        existing = checked["existing_objects"] if is_known else "ignore"
        return {**found, **checked, "account": PRIVILEGED, "existing_objects": existing, "python_udfs": True}
    if _logs_in_as_system_account(plan, values):
        login_db, options = str(values["database"]), ["login_as_system_account", "preflight"]
        return {**found, "account": SYSTEM, "login_db": login_db, "options": options}
    return found


def _logs_in_as_system_account(plan: Values, values: Values) -> bool:
    """Return whether nothing is to be done for an integration whose account this machine should be able to use."""
    is_there = plan["operation"] == "none" and plan["state"] == "present" and bool(plan["integration"])
    is_manual = not (plan["integration"] or {}).get("auto_bootstrap")
    names = ("database", "username", "password")
    is_set = all(values.get(name) for name in names) and bool(values.get("login_user") or values.get("login_aws"))
    return is_there and is_manual and bool(plan["run_scripts"]) and is_set


def preflight_result(
    tenant: Values, compared: Values, login: Values, problem: str, account: str = PRIVILEGED
) -> dict[str, t.Any]:
    """Return what was found out about one host: ``usable``, ``checks``, ``problems``, ``tenant`` and ``contract``.

    :param tenant: the result of ``tenant_info``
    :param compared: that of ``redshift_integration`` in check mode
    :param login: that of ``redshift_preflight``, skipped or empty if there is nothing to check
    :param problem: why the scripts cannot be run, empty if they can
    :param account: which one logged in; only the privileged one needs rights, or has a password that is checked
    """
    logged_in = _login_checks(login)
    if account == SYSTEM:
        logged_in = {name: found for name, found in logged_in.items() if name == "login"}
    checks = {**dict.fromkeys(COLUMNS, UNKNOWN), **_tenant_checks(tenant), **logged_in}
    variables = [*_variable_problems(tenant, compared), *([problem] if problem else [])]
    checks["variables"] = FAILED if variables else PASSED
    if variables and checks["password"] == PASSED:
        checks["password"] = UNKNOWN  # it may be the variable that cannot be read
    problems = (
        variables + ([] if tenant.get("usable", True) else [str(tenant["message"])]) + _login_problems(login, account)
    )
    return {
        "usable": FAILED not in checks.values(),
        "checks": checks,
        "problems": list(dict.fromkeys(problems)),
        "tenant": str(tenant["tenant"]) if tenant.get("usable") else "",
        "contract": None,
    }


def preflight_probed(hosts: t.Mapping[str, Values]) -> list[str]:
    """Return the hosts that the probes are sent for: the first of each tenant that can be used.

    :param hosts: inventory name -> what ``preflight_result`` returned
    """
    first: dict[str, str] = {}
    for name, found in hosts.items():
        if found["tenant"]:
            first.setdefault(found["tenant"], name)
    return list(first.values())


def _tenant_checks(tenant: Values) -> dict[str, str]:
    checks = tenant.get("checks") or {}
    return {name: str(checks.get(name, UNKNOWN)) for name in _OF_TENANT}


def _variable_problems(tenant: Values, compared: Values) -> list[str]:
    """Return the messages about variables; if Immuta fails, its message is that of the tenant."""
    found = [] if "checks" in tenant else [str(tenant.get("msg") or "")]
    if "operation" not in compared:
        is_option = (compared.get("failure") or {}).get("kind") in (None, "OptionError")
        found += [str(compared.get("msg") or "")] if is_option or tenant.get("usable") else []
    return [message for message in dict.fromkeys(map(_without_lookup, found)) if message]


def _without_lookup(message: str) -> str:
    """Return what a message says of a variable. Since 2.19, ansible-core names the lookup that read it before."""
    _before, found, rest = message.partition(_LOOKUP_FAILED)
    return rest if found else message


def _login_checks(login: Values) -> dict[str, str]:
    if not login or login.get("skipped"):
        return {}
    if "version" in login:
        return dict.fromkeys(_OF_LOGIN, PASSED)
    found = (login.get("failure") or {}).get("checks") or {"login": FAILED}
    return {name: str(found.get(name, UNKNOWN)) for name in _OF_LOGIN}


def _login_problems(login: Values, account: str) -> list[str]:
    if FAILED not in _login_checks(login).values():
        return []
    found = [str(text) for text in (login.get("failure") or {}).get("problems") or [login.get("msg") or ""]]
    if account == SYSTEM:  # the module knows only the options of the privileged account
        return [text.replace("login_user and login_password", "username and password") for text in found]
    return found


def preflight_table(hosts: t.Mapping[str, Values]) -> list[str]:
    """Return the table and the problems as lines.

    :param hosts: inventory name -> what ``preflight_result`` returned
    """
    width = min(LONGEST_HOST, max(map(len, ["host", *hosts])))
    lines = [_line(width, "host", COLUMNS.values())]
    lines += [_line(width, name, _cells(found["checks"])) for name, found in hosts.items()]
    for name, found in hosts.items():
        for problem in found["problems"]:
            lines += textwrap.wrap(f"{name}: {problem}", WIDTH, subsequent_indent="  ", break_on_hyphens=False)
    for found in hosts.values():
        lines += _contract_lines(found["tenant"], found.get("contract"))
    return lines


def _cells(checks: Values) -> list[str]:
    return [_CELLS.get(checks[name], "-") for name in COLUMNS]


def _line(width: int, name: str, cells: t.Iterable[str]) -> str:
    shown = name if len(name) <= width else f"{name[: width - 2]}.."
    row = (f"{cell:<{len(head)}}" for cell, head in zip(cells, COLUMNS.values()))
    return f"{shown:<{width}} {' '.join(row)}".rstrip()


def _contract_lines(tenant: str, contract: Values | None) -> list[str]:
    if not contract:
        return []
    forms = f"  bootstrap form {contract['bootstrap_form']}; unknown fields {contract['unknown_fields']}"
    lines = [f"Tenant {tenant}", forms]
    for verdict in ("confirmed", "contradicted", "inconclusive"):
        found = [point["id"] for point in contract["assumptions"] if point["verdict"] == verdict]
        text = f"  {verdict}: {', '.join(found) or 'none'}"
        lines += textwrap.wrap(text, WIDTH, subsequent_indent="    ")
    return lines
