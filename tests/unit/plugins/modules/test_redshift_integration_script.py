# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""redshift_integration_script."""

from __future__ import annotations

import json
import os
import stat

import pytest

from ansible_collections.community.immuta.plugins.module_utils import _files
from ansible_collections.community.immuta.plugins.modules import redshift_integration_script
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import MARKER, Call, change_owner, play
from ansible_collections.community.immuta.tests.unit.plugins.modules.integration_data import (
    HOST,
    MANUAL,
    OKTA,
    OKTA_FIELDS,
    ONE,
    body,
    look,
    problem,
    read,
    row,
)

SCRIPTS = "/integrations/scripts"
SQL = f"CREATE DATABASE immuta;\r\nCREATE USER immuta_system PASSWORD '{MARKER}';\n-- done: 100 %\n"
ANSWERS = {"text": SQL, "JSON string": json.dumps(SQL), "JSON object": json.dumps({"script": SQL, "more": 1})}


@pytest.fixture
def dest(tmp_path):
    return tmp_path / "script.sql"


def run(dest, *calls, check=False, **options):
    options = {**MANUAL, "script": "create", "dest": str(dest), **options}
    return play(redshift_integration_script, options, calls, check)


def generate(data=SQL, sent=None):
    return Call("POST", f"{SCRIPTS}/create", sent or body(), data=data)


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("kind", ANSWERS)
def test_the_text_is_written_as_it_is(dest, kind):
    result = run(dest, generate(ANSWERS[kind]))
    assert dest.read_bytes() == SQL.encode()
    assert mode_of(dest) == 0o600
    assert result["changed"] is True
    assert result["statements"] == 2
    assert result["dest"] == str(dest)
    assert result["diff"]["before"] == ""
    assert "PASSWORD '********'" in result["diff"]["after"]


@pytest.mark.parametrize(
    ("script", "path"), [("initial_create", "initial-create"), ("create", "create"), ("cleanup", "cleanup")]
)
def test_scripts_of_an_integration_that_is_not_there(dest, script, path):
    run(dest, Call("POST", f"{SCRIPTS}/{path}", body(), data=SQL), script=script)


def test_the_delete_script_takes_no_payload(dest):
    run(dest, read(row()), Call("POST", f"{ONE}/scripts/delete", None, data=SQL), script="delete")
    run(dest, look(row()), Call("POST", f"{ONE}/scripts/delete", None, data=SQL), script="delete", id="7")


def test_the_edit_script_takes_the_whole_new_payload(dest):
    on = {"enabled": True}
    sent = body(impersonation=on, kept=1)
    calls = read(row(kept=1)), Call("POST", f"{ONE}/scripts/edit", sent, data=SQL)
    run(dest, *calls, script="edit", impersonation=on, port=None)


def test_the_payload_is_that_of_the_creation(dest):
    run(dest, generate(), auto_bootstrap=None)
    okta = {**OKTA_FIELDS, "password": MARKER}
    options = {**dict.fromkeys(("username", "password")), **OKTA}
    run(dest, generate(sent=body("okta", okta=okta)), **options)


def test_a_second_run_changes_nothing(dest):
    first = run(dest, generate())
    before = dest.stat()
    second = run(dest, generate())
    assert second["changed"] is False
    assert second["checksum"] == first["checksum"]
    assert second["diff"]["before"] == second["diff"]["after"]
    assert dest.stat().st_mtime_ns == before.st_mtime_ns


def test_the_checksum_is_of_the_text_without_secrets(dest):
    other = SQL.replace(MARKER, "Another1password")
    sent = body(password="Another1password")
    first = run(dest, generate())["checksum"]
    assert run(dest, generate(other, sent), password="Another1password")["checksum"] == first
    assert run(dest, generate("SELECT 1"))["checksum"] != first


def test_check_mode_writes_nothing_and_predicts(dest):
    planned = run(dest, generate(), check=True)
    assert not dest.exists()
    assert planned == run(dest, generate())
    assert run(dest, generate(), check=True)["changed"] is False


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o777])
def test_a_missing_directory_is_created_for_its_owner_only(tmp_path, umask):
    dest = tmp_path / "new" / "below" / "script.sql"
    assert run(dest, generate(), check=True)["changed"] is True
    assert not dest.parent.parent.exists()
    before = os.umask(umask)
    try:
        run(dest, generate())
    finally:
        os.umask(before)
    assert [mode_of(path) for path in (dest, dest.parent, dest.parent.parent)] == [0o600, 0o700, 0o700]


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o777])
def test_mode_under_any_umask(dest, umask):
    before = os.umask(umask)
    try:
        run(dest, generate())
    finally:
        os.umask(before)
    assert mode_of(dest) == 0o600


def test_an_old_file_is_replaced_with_a_diff(dest):
    dest.write_text(f"DROP USER a; ALTER USER b PASSWORD '{MARKER}x';")
    result = run(dest, generate())
    assert result["changed"] is True
    assert result["diff"]["before"] == "DROP USER a; ALTER USER b PASSWORD '********';"


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        ("EXECUTE 'ALTER USER u PASSWORD ''{0}''';", "EXECUTE 'ALTER USER u PASSWORD ''********''';"),
        ("ALTER USER u PASSWORD /* c */ '{0}'", "ALTER USER u PASSWORD /* c */ '********'"),
        ("ALTER USER u PASSWORD $${0}$$", "ALTER USER u PASSWORD $$********$$"),
        ('ALTER USER u PASSWORD "{0}"', 'ALTER USER u PASSWORD "********"'),
        ("ALTER USER u PASSWORD E'{0}'", "ALTER USER u PASSWORD '********'"),
        ("DO $$ BEGIN pw := '{0}'; END $$", "DO $$ BEGIN pw := '********'; END $$"),
        ("COPY t FROM 's' CREDENTIALS '{0}'", "COPY t FROM '********' CREDENTIALS '********'"),
        ("ALTER USER u PASSWORD '{0}", "********"),
    ],
)
def test_the_password_of_an_old_file_is_in_no_option(dest, statement, shown):
    """So only the text of the file shows that it is a password."""
    dest.write_text(statement.format("OldPass99x"))
    assert run(dest, generate())["diff"]["before"] == shown


def test_an_old_file_that_is_not_utf8_is_replaced(dest):
    dest.write_bytes(b"\xff\xfe")
    assert run(dest, generate())["changed"] is True


def test_a_link_is_replaced_and_not_followed(dest, tmp_path):
    target = tmp_path / "target"
    target.write_text("precious")
    dest.symlink_to(target)
    run(dest, generate())
    assert target.read_text() == "precious"
    assert not dest.is_symlink()
    assert mode_of(dest) == 0o600


def test_a_link_to_the_very_script_counts_as_different(dest, tmp_path):
    (tmp_path / "target").write_bytes(SQL.encode())
    dest.symlink_to(tmp_path / "target")
    assert run(dest, generate())["changed"] is True


def test_a_dangling_link_is_replaced(dest, tmp_path):
    dest.symlink_to(tmp_path / "nowhere")
    run(dest, generate())
    assert not (tmp_path / "nowhere").exists()


def test_dest_is_checked_before_any_call(tmp_path, monkeypatch):
    assert "is a directory" in run(tmp_path)["msg"]
    (tmp_path / "file").write_text("")
    assert f"{tmp_path}/file is not a directory" in run(tmp_path / "file" / "x")["msg"]
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in run(tmp_path / "pipe")["msg"]
    monkeypatch.setattr(os, "access", lambda *_args: False)
    assert "no permission to write" in run(tmp_path / "x")["msg"]


def test_an_unreadable_dest_is_reported_before_any_call(dest, monkeypatch):
    def refuse(*_args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert ": Permission denied. Check its owner and mode." in run(dest)["msg"]


@pytest.mark.parametrize("step", ["mkstemp", "fsync", "replace"])
def test_a_failed_write_leaves_the_old_file(dest, tmp_path, monkeypatch, step):
    dest.write_text("old")

    def full(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_files.tempfile if step == "mkstemp" else os, step, full)
    result = run(dest, generate())
    assert "No space left on device" in result["msg"]
    assert dest.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["script.sql"]


@pytest.mark.parametrize(
    ("response", "message"),
    [
        ("", "empty script"),
        (" \n", "empty script"),
        ('""', "empty script"),
        ('{"script": ""}', "empty script"),
        ('{"other": "x"}', "no script"),
        ('{"script": 7}', "no script"),
        ("null", "no script"),
        ("[]", "no script"),
        ("7", "no script"),
        ("<!DOCTYPE html><html>", "HTML"),
        ("\n <html>", "HTML"),
        ('{"script": "SEL', "not JSON"),
        ("[" * 100_000, "not JSON"),
        (f"SELECT 1;\nCREATE USER a PASSWORD '{MARKER};", "line 2"),
        ('"SELECT \\ud800"', "Nothing was written"),
    ],
)
def test_a_response_without_a_script_leaves_the_old_file(dest, tmp_path, response, message):
    dest.write_text("old")
    assert message in run(dest, generate(response))["msg"]
    assert dest.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["script.sql"]


def test_a_script_of_comments_has_no_statements(dest):
    assert run(dest, generate("-- nothing to do\n"))["statements"] == 0


def test_a_byte_order_mark_is_kept(dest):
    run(dest, generate("\ufeffSELECT 1"))
    assert dest.read_bytes() == "\ufeffSELECT 1".encode()
    assert run(dest, generate("\ufeffSELECT 1"))["changed"] is False


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"auto_bootstrap": True}, "auto_bootstrap"),
        ({"script": "initial_create", "initial_database": None}, "initial_database"),
        ({"script": "edit", "host": None}, "id or host"),
        ({"script": "delete", "host": None}, "id or host"),
        ({"database": None}, "database"),
        ({"username": None, "password": None}, "username and password"),
        ({"script": "cleanup", "authentication_type": None}, "authentication_type"),
        ({"host": f"https://{HOST}"}, "scheme"),
    ],
)
def test_options_are_checked_before_any_call(dest, options, message):
    result = run(dest, **options)
    assert message in result["msg"]
    assert not dest.exists()


def test_an_unknown_integration(dest):
    assert HOST in run(dest, read(), script="edit")["msg"]
    assert "id 7" in run(dest, look(None), read(), script="delete", id="7")["msg"]
    assert "id 7" in run(dest, look(row(status="deleted")), script="delete", id="7")["msg"]


def test_an_integration_that_is_deleted_meanwhile(dest):
    gone = problem("POST", f"{ONE}/scripts/delete", None, 404, "No Integration found with ID 7.")
    result = run(dest, read(row()), gone, look(None), script="delete")
    assert (result["failure"]["kind"], result["failure"]["status_code"]) == ("OptionError", 404)


def test_a_404_of_an_existing_integration_is_reported(dest):
    refused = problem("POST", f"{ONE}/scripts/delete", None, 404, "No script.")
    result = run(dest, read(row()), refused, look(row()), script="delete")
    assert result["failure"]["kind"] == "ApiError"


@pytest.mark.parametrize(
    ("script", "path", "sent"),
    [
        ("initial_create", f"{SCRIPTS}/initial-create", body()),
        ("cleanup", f"{SCRIPTS}/cleanup", body()),
        ("edit", f"{ONE}/scripts/edit", body()),
        ("delete", f"{ONE}/scripts/delete", None),
    ],
)
def test_a_missing_endpoint_names_the_script(dest, script, path, sent):
    before = [read(row())] if script in ("edit", "delete") else []
    result = run(dest, *before, problem("POST", path, sent, 404, "Not Found"), script=script)
    assert f"This version of Immuta may not have the {script} script." in result["msg"]
    assert (result["failure"]["kind"], result["failure"]["script"]) == ("MissingEndpointError", script)
    assert not dest.exists()


def test_an_id_of_another_host_is_refused(dest):
    result = run(dest, look(row()), script="delete", id="7", host="other.example.com")
    assert f"id 7 is the integration of host {HOST}" in result["msg"]


def test_a_file_of_another_account_is_replaced(dest, monkeypatch):
    run(dest, generate())
    change_owner(dest, monkeypatch)
    assert run(dest, generate())["changed"] is True


def test_an_automatic_integration_has_no_scripts(dest):
    assert "automatically" in run(dest, read(row("automatic")), script="edit")["msg"]


def test_the_edit_script_needs_credentials(dest):
    assert "username and password" in run(dest, read(row()), script="edit", username=None, password=None)["msg"]


def test_a_refusal_is_reported(dest):
    result = run(dest, problem("POST", f"{SCRIPTS}/create", body(), 400, "child host fails"))
    assert "child host fails" in result["msg"]
    assert not dest.exists()
