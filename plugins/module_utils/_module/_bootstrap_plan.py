# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role does after it compared the integration with Immuta. Pure.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible.module_utils.parsing.convert_bool import boolean

Values = t.Mapping[str, t.Any]

#: SQLSTATEs of what an interrupted run has already done: an object exists, or is gone.
EXISTS = ("42P04", "42710", "42P06", "42P07", "42723")
IS_GONE = ("3D000", "42704", "3F000", "42883", "42P01")

#: Task files of the role that a plan can name.
BOOTSTRAP, ABSENT, RESULT = "bootstrap", "absent", "result"
CLEANUP_FAILED, CLEANUP_LEFTOVERS, REFUSE = "cleanup_failed", "cleanup_leftovers", "refuse"


@dataclasses.dataclass(frozen=True)
class Options:
    """The variables of the role that decide something, and what else the role knows.

    No secret is among them: of passwords, only whether they are set.
    """

    state: str
    auto_bootstrap: bool | None
    database: str
    initial_database: str
    authentication_type: str
    has_credentials: bool
    username: str
    update_password: str
    reset_password: bool
    sql_host: str
    sql_delegate_to: str
    login_user: str
    has_login_password: bool
    has_login_aws: bool
    run_scripts: bool
    scripts_done: bool
    scripts_dir: str
    drop_objects: bool
    cleanup_on_error: bool
    existing_objects: str
    check_mode: bool
    inventory_host: str
    is_local: bool
    cleaned_up: bool

    @classmethod
    def parse(cls, values: Values) -> Options:
        """Return the options of the role's variables, which may be texts where a bool is meant."""
        texts = {field.name: str(values.get(field.name) or "") for field in _fields(cls, "str")}
        switches = {
            field.name: boolean(values.get(field.name) or False, strict=False) for field in _fields(cls, "bool")
        }
        switches["has_credentials"] = bool(values.get("username")) and bool(values.get("password"))
        switches["has_login_password"] = bool(values.get("login_password"))
        switches["has_login_aws"] = bool(values.get("login_aws"))
        automatic = values.get("auto_bootstrap")
        auto_bootstrap = None if automatic in (None, "") else boolean(automatic, strict=False)
        parsed: dict[str, t.Any] = {**texts, **switches, "auto_bootstrap": auto_bootstrap}
        return cls(**parsed)


def _fields(cls: type[Options], kind: str) -> list[dataclasses.Field[t.Any]]:
    return [field for field in dataclasses.fields(cls) if field.type == kind]


@dataclasses.dataclass(frozen=True)
class Script:
    """A script that is to be run.

    :param database: the database to run it in
    :param tolerate: SQLSTATEs of errors that an interrupted run explains
    :param dest: the file that it is kept in, empty for a temporary one
    """

    script: str
    database: str
    tolerate: tuple[str, ...]
    dest: str = ""


@dataclasses.dataclass(frozen=True)
class Preflight:
    """What is checked in Redshift before the scripts: options of ``redshift_preflight``.

    :param database: the database whose name is checked, empty for none: one that exists needs no check
    :param options: the groups of ``RoleOptions`` that the module gets. The password is among them, and so is checked,
        if the scripts, or the role, set it
    """

    login_db: str
    rights: tuple[str, ...]
    database: str
    existing_objects: str
    python_udfs: bool
    options: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class BootstrapPlan:
    """What the role does next.

    :param tasks: the task file with the rest of the work, empty if there is nothing left to do
    :param tasks_if_shared: the same if another host writes its scripts to the same place
    :param reports_change: whether the task that compared reports the change; else the tasks that follow do
    :param scripts: the scripts, in their order; empty if there are none, or if they were run by hand
    :param temporary: whether the scripts are removed as soon as they are run
    :param generates: whether the scripts are written in check mode too, to be split
    :param problem: why the scripts cannot be run, empty if they can
    :param scripts_location: where the scripts are kept, to compare hosts with each other; empty if nowhere
    :param verify_login: whether the system account has to log in before Immuta does
    :param set_password: whether the system account gets its password, rather than having to have it already
    :param finish: whether the integration is created or updated in Immuta
    :param messages: what the user has to know after the comparison
    """

    state: str
    operation: str
    integration: dict[str, t.Any] | None
    tasks: str
    tasks_if_shared: str
    reports_change: bool
    scripts: tuple[Script, ...]
    run_scripts: bool
    temporary: bool
    generates: bool
    check_mode: bool
    problem: str
    scripts_location: str
    preflight: Preflight | None
    verify_login: bool
    set_password: bool
    finish: bool
    scripts_dir: str
    messages: tuple[str, ...]


def bootstrap_plan(compared: Values, values: Values) -> t.Any:
    """Return what the role does next, as plain data.

    :param compared: the result of ``redshift_integration``, predicted or real
    :param values: the variables of the role, see ``Options``
    """
    return as_data(_Decision(compared, Options.parse(values)).plan())


def as_data(value: t.Any) -> t.Any:
    """Return dataclasses and tuples as dictionaries and lists. The rest stays: Ansible's own types cannot be copied."""
    if dataclasses.is_dataclass(value):
        return {field.name: as_data(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return [as_data(item) for item in value] if isinstance(value, tuple) else value


class _Decision:
    """Decides for one host."""

    def __init__(self, compared: Values, options: Options) -> None:
        self._options = options
        self._operation = str(compared.get("operation") or "none")
        self._status_before = compared.get("status_before")
        self._was_automatic = bool(compared.get("auto_bootstrap_before"))
        self._integration: dict[str, t.Any] | None = compared.get("integration")
        self._config: Values = (self._integration or {}).get("config") or {}

    def plan(self) -> BootstrapPlan:
        """Return the decision."""
        options, tasks, messages = self._options, self._tasks(), self._messages()
        scripts = self._scripts(tasks)
        problem = self._problem(scripts)
        # Whether there are leftovers is not known yet: its tasks refuse to go on if there are some.
        refusing = tasks if tasks in ("", CLEANUP_LEFTOVERS) else REFUSE
        return BootstrapPlan(
            state=options.state,
            operation=self._operation,
            integration=self._integration,
            tasks=(refusing if problem else tasks) or (RESULT if messages else ""),
            tasks_if_shared=refusing,
            reports_change=self._reports_change(),
            scripts=scripts,
            run_scripts=options.run_scripts,
            temporary=self._is_temporary(),
            generates=options.run_scripts or not options.check_mode,
            check_mode=options.check_mode,
            problem=problem,
            scripts_location=self._scripts_location() if scripts else "",
            preflight=self._preflight(scripts),
            verify_login=self._verifies_login(scripts),
            set_password=options.reset_password or options.update_password == "always",
            finish=not options.check_mode and (options.run_scripts or not scripts),
            scripts_dir=options.scripts_dir,
            messages=messages,
        )

    def _tasks(self) -> str:
        """Return the task file that goes on."""
        return self._tasks_if_absent() if self._options.state == "absent" else self._tasks_if_present()

    def _tasks_if_present(self) -> str:
        if self._operation == "none" or self._options.auto_bootstrap:
            return ""
        return CLEANUP_FAILED if self._cleans_up() else BOOTSTRAP

    def _tasks_if_absent(self) -> str:
        if not self._options.drop_objects:
            return ""
        if self._operation == "none":
            return CLEANUP_LEFTOVERS if self._looks_for_leftovers() else ""
        return "" if self._was_automatic and self._options.check_mode else ABSENT

    def _cleans_up(self) -> bool:
        """Return whether a failed creation is removed before it is tried again."""
        options = self._options
        wanted = options.cleanup_on_error and not options.cleaned_up and not options.scripts_done
        is_manual = options.auto_bootstrap is False and not self._was_automatic
        return wanted and is_manual and self._status_before == "createError"

    def _looks_for_leftovers(self) -> bool:
        options = self._options
        return not options.auto_bootstrap and all((self._has_login(), options.username, options.database))

    def _has_login(self) -> bool:
        return bool(self._options.login_user) or self._options.has_login_aws

    def _scripts(self, tasks: str) -> tuple[Script, ...]:
        """Return the scripts of a task file, each with the place that it is kept in."""
        names = {BOOTSTRAP: self._bootstrap_scripts(), ABSENT: self._delete_scripts()}
        found = names.get(tasks, [self._cleanup_script()] if tasks else [])
        prefix = "" if self._is_temporary() else f"{self._options.scripts_dir}/"
        return tuple(dataclasses.replace(row, dest=prefix and f"{prefix}{row.script}.sql") for row in found)

    def _bootstrap_scripts(self) -> list[Script]:
        """Return the scripts of a creation or a change: none if Immuta runs them, or if they were run by hand."""
        options = self._options
        if options.scripts_done or (self._integration or {}).get("auto_bootstrap"):
            return []
        if self._operation == "created":
            first = [Script("initial_create", options.initial_database, EXISTS)] if options.initial_database else []
            return [*first, Script("create", options.database, EXISTS)]
        if self._operation == "repaired" and self._status_before == "createError":
            return []
        database = options.database or str(self._config.get("database") or "")
        return [Script("edit", database, EXISTS + IS_GONE)]

    def _delete_scripts(self) -> list[Script]:
        """Return the script of a deletion. After an automatic bootstrap, Immuta removes its objects itself."""
        return [] if self._was_automatic else [Script("delete", self._options.database, IS_GONE)]

    def _cleanup_script(self) -> Script:
        return Script("cleanup", self._options.database, IS_GONE)

    def _is_temporary(self) -> bool:
        """Return whether scripts are removed after they were run. In check mode, those that would be run always are."""
        options = self._options
        return not options.scripts_dir or (options.check_mode and options.run_scripts)

    def _reports_change(self) -> bool:
        options = self._options
        if options.state == "absent":
            return not options.drop_objects or options.check_mode
        hands_over = bool(self._bootstrap_scripts()) and not options.run_scripts
        return bool(options.auto_bootstrap) or (options.check_mode and not hands_over)

    def _problem(self, scripts: tuple[Script, ...]) -> str:
        options = self._options
        if not scripts:
            return ""
        if options.run_scripts and options.sql_delegate_to and not options.is_local:
            return (
                f"Nothing was changed. redshift_integration_sql_delegate_to={options.sql_delegate_to} sends the "
                f"scripts from the controller, but {options.inventory_host} does not have a local connection. Set "
                "connection: local for the play."
            )
        missing = [f"redshift_integration_{name}" for name, value in self._needed(scripts).items() if not value]
        purpose = "run" if options.run_scripts else "hand over"
        listed = " and ".join(missing)
        return f"Nothing was changed. To {purpose} the scripts from Immuta, set {listed}." if missing else ""

    def _needed(self, scripts: tuple[Script, ...]) -> dict[str, t.Any]:
        """Return the variables without which the scripts cannot be run, or handed over."""
        options = self._options
        if not options.run_scripts:
            return {"scripts_dir": options.scripts_dir}
        return {
            "host": options.sql_host,
            "database": scripts[-1].database,
            "login_user": options.login_user or options.has_login_aws,
            "login_password": options.has_login_password or options.has_login_aws,
        }

    def _scripts_location(self) -> str:
        options = self._options
        if not options.scripts_dir:
            return ""
        return options.scripts_dir if options.is_local else f"{options.scripts_dir} on {options.inventory_host}"

    def _preflight(self, scripts: tuple[Script, ...]) -> Preflight | None:
        options, creates = self._options, self._operation == "created"
        if not scripts or not options.run_scripts:
            return None
        is_initial = scripts[0].script == "initial_create"
        sets_password = creates or options.reset_password or options.update_password == "always"
        return Preflight(
            login_db=scripts[0].database,
            rights=("create_database", "create_user") if is_initial else ("create_user",),
            database=options.database if creates else "",
            existing_objects=options.existing_objects if creates and not options.cleaned_up else "ignore",
            # The classic scripts may create Python functions, which newer versions of Redshift refuse.
            python_udfs=is_initial,
            options=("login", "preflight", "account" if sets_password else "username"),
        )

    def _verifies_login(self, scripts: tuple[Script, ...]) -> bool:
        options = self._options
        how = options.authentication_type or self._config.get("authentication_type")
        ran = bool(scripts) and options.run_scripts and not options.check_mode
        return ran and options.has_credentials and how == "userPassword"

    def _messages(self) -> tuple[str, ...]:
        """Return what the user has to know after the comparison, if nothing follows it."""
        options = self._options
        if self._operation == "none":
            return ()
        if options.state == "absent":
            return () if options.drop_objects or self._was_automatic else (_remains(options.database),)
        return () if options.check_mode or not options.auto_bootstrap else validation_messages(self._integration)


def _remains(database: str) -> str:
    where = database or "of the integration"
    return (
        f"The objects that the scripts created remain in Redshift: those in database {where}, and the system account. "
        "Set redshift_integration_drop_objects=true to drop them too."
    )


def validation_messages(integration: Values | None) -> tuple[str, ...]:
    """Return a line for each test of Immuta's validation."""
    tests = ((integration or {}).get("validation") or {}).get("tests") or []
    return tuple(": ".join(str(row[key]) for key in ("status", "name", "message") if row.get(key)) for row in tests)
