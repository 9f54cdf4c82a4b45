# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who makes a report, in which job, from which revision. Only reads: variables, environment, git.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import datetime
import getpass
import os
import subprocess
import typing as t

import yaml

from .model import Header

Vars = t.Mapping[str, t.Any]
Environ = t.Mapping[str, str]
#: AWX and automation controller set extra variables, the others set environment variables.
_USER_VARIABLES = ("awx_user_name", "tower_user_name")
_JOB_VARIABLES = ("awx_job_id", "tower_job_id")
_TEMPLATE_VARIABLES = ("awx_job_template_name", "tower_job_template_name")
_REVISION_VARIABLES = ("awx_project_revision", "tower_project_revision")
_USER_ENVIRONMENT = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN")
_JOB_ENVIRONMENT = ("GITHUB_RUN_ID", "CI_JOB_ID")
_REVISION_ENVIRONMENT = ("GITHUB_SHA", "CI_COMMIT_SHA")
#: Variables of the task that the header is made of.
HEADER_VARIABLES = (
    *_USER_VARIABLES,
    *_JOB_VARIABLES,
    *_TEMPLATE_VARIABLES,
    *_REVISION_VARIABLES,
    "ansible_check_mode",
    "ansible_version",
    "inventory_dir",
)
_GIT_SECONDS = 5
#: plugins/plugin_utils/_report -> the collection
_COLLECTION = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))


def header_now(templar: t.Any, task_vars: Vars) -> Header:
    """Return the header of a report that an action plugin makes now.

    :param templar: that of the action plugin
    :param task_vars: the variables of its task
    """
    variables = {name: templar.template(task_vars[name]) for name in HEADER_VARIABLES if name in task_vars}
    return header_of(variables, os.environ, datetime.datetime.now(datetime.timezone.utc))


def header_of(variables: Vars, environ: Environ, now: datetime.datetime) -> Header:
    """Return the header of a report that is made now.

    :param variables: those of ``HEADER_VARIABLES``, templated
    """
    return Header(
        generated_at=now.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        timestamp=int(now.timestamp()),
        user=_first(variables, _USER_VARIABLES) or _first(environ, _USER_ENVIRONMENT) or _login_name(),
        job=_job(variables, environ),
        job_url=_job_url(environ),
        revision=_first(variables, _REVISION_VARIABLES)
        or _first(environ, _REVISION_ENVIRONMENT)
        or _git_revision(str(variables.get("inventory_dir") or "")),
        collection_version=collection_version(),
        ansible_version=str((variables.get("ansible_version") or {}).get("full", "")),
        check_mode=bool(variables.get("ansible_check_mode")),
    )


def collection_version() -> str:
    """Return the version of this collection: of its manifest if it is installed, or else of galaxy.yml."""
    for name in ("MANIFEST.json", "galaxy.yml"):
        path = os.path.join(_COLLECTION, name)
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                data = yaml.safe_load(file)  # JSON is YAML
            return str(data.get("collection_info", data).get("version", ""))
    return ""


def _first(values: Vars, names: t.Iterable[str]) -> str:
    return next((str(values[name]) for name in names if values.get(name)), "")


def _job(variables: Vars, environ: Environ) -> str:
    job = _first(variables, _JOB_VARIABLES)
    if job:
        return f"{_first(variables, _TEMPLATE_VARIABLES) or 'job'} {job}"
    number = _first(environ, _JOB_ENVIRONMENT)
    return f"job {number}" if number else ""


def _job_url(environ: Environ) -> str:
    if environ.get("CI_JOB_URL"):
        return environ["CI_JOB_URL"]
    parts = [environ.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")]
    return "{}/{}/actions/runs/{}".format(*parts) if all(parts) else ""


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such account, as in a container with any user id
        return ""


def _git_revision(directory: str) -> str:
    """Return the revision of the inventory, empty if it is not in git."""
    if not directory:
        return ""
    try:
        found = subprocess.run(
            ["git", "-C", directory, "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            timeout=_GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""
