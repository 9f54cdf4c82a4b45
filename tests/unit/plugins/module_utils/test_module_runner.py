# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module logs and returns of its options: nothing secret, and everything else readable."""

from __future__ import annotations

import json
import types

import pytest
from ansible.module_utils.basic import AnsibleModule

from ansible_collections.community.immuta.plugins.module_utils._context import Context
from ansible_collections.community.immuta.plugins.module_utils._module_runner import (
    MaskingModule,
    need_requests,
    run_module,
)
from ansible_collections.community.immuta.plugins.module_utils._result import Outcome
from ansible_collections.community.immuta.plugins.modules import redshift_integration
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import (
    CONNECTION,
    MARKER,
    assert_no_secret,
    run_main,
)

QUOTED = f"it's \\ {MARKER}"
OPTIONS = {
    **CONNECTION,
    "host": "h.example.com",
    "port": 5431,
    "okta": {"password": QUOTED, "app_id": "a1"},
    "extra_config": {"level": 1, "on": True, "stage": "dev", "clientSecret": QUOTED},
}
SHOWN = {"level": 1, "on": True, "stage": "dev", "clientSecret": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}


@pytest.fixture
def log(monkeypatch):
    """Return the lines and fields that go to syslog or the journal."""
    lines = []
    monkeypatch.setattr(AnsibleModule, "log", lambda _self, msg, log_args=None: lines.append((msg, log_args)))
    return lines


def run(core=lambda _options, _context: Outcome(False, {}), message=None, **options):
    """Run a module with this core, have it log a message, and return what it printed."""

    def main():
        module = MaskingModule(argument_spec=redshift_integration.argument_spec(), supports_check_mode=True)
        if message:
            module.log(message)
        module.exit_json(**run_module(module, core, [MARKER, QUOTED]))

    return run_main(types.SimpleNamespace(main=main), {**OPTIONS, **options})


def test_the_log_shows_the_options_without_secrets(log):
    run()
    (line, fields), *_others = log
    assert line.startswith("Invoked with ")
    for text in ("host=h.example.com", "port=5431", "'level': 1", "'stage': 'dev'", "'app_id': 'a1'"):
        assert text in line
    assert fields["extra_config"] == str(SHOWN)
    assert_no_secret([line, fields])


def test_another_message_is_logged_without_secrets(log):
    run(message=f"Look at {MARKER} and 1", password=MARKER)
    assert log[-1] == ("Look at ******** and 1", None)


def test_the_invocation_after_success():
    result = run()
    assert result["invocation"]["module_args"]["extra_config"] == SHOWN
    assert result["invocation"]["module_args"]["immuta_url"] == CONNECTION["immuta_url"]
    assert_no_secret(result)


@pytest.mark.parametrize(
    "wrong",
    [
        {"unknown": 1},
        {"port": "many"},
        {"port": QUOTED},
        {"pasword": MARKER},
        {"state": "gone"},
        {"okta": json.dumps(OPTIONS["okta"]), "port": "many"},
        {"extra_config": json.dumps(OPTIONS["extra_config"]), "port": "many"},
    ],
    ids="-".join,
)
def test_options_that_ansible_refuses(wrong):
    result = run(**wrong)
    assert result["failed"] is True
    assert result["invocation"]["module_args"]["host"] == "h.example.com"
    assert_no_secret(result)


def test_numbers_and_short_words_stay_readable():
    def core(_options, _context):
        return Outcome(False, {"integration": {"id": "1", "stage": "dev", "sqlstate": "42710", "found": True, "n": 1}})

    result = run(core)
    assert result["integration"] == {"id": "1", "stage": "dev", "sqlstate": "42710", "found": True, "n": 1}


def test_the_context_of_a_module_process():
    contexts = []

    def core(_options, context):
        contexts.append(context)
        return Outcome(False, {})

    run(core, _ansible_check_mode=True)
    assert (contexts[0].check_mode, contexts[0].run_id, contexts[0].progress) == (True, 0, Context().progress)


def test_a_library_that_is_missing():
    def main():
        need_requests(MaskingModule(argument_spec=redshift_integration.argument_spec()), "ImportError: no requests")

    result = run_main(types.SimpleNamespace(main=main), OPTIONS)
    assert "requests" in result["msg"]
    assert_no_secret(result)
