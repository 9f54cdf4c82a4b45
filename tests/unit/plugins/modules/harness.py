# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module against an ordered list of HTTP calls: an unexpected or a missing call fails the test."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import json
import os
import stat
import typing as t

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import PASS_VARS

from ansible_collections.community.immuta.plugins.module_utils._context import Clock, Context
from ansible_collections.community.immuta.plugins.module_utils._errors import UnknownResultError
from ansible_collections.community.immuta.plugins.module_utils._immuta.response import Response
from ansible_collections.community.immuta.plugins.module_utils._immuta.transport import Request, Transport
from ansible_collections.community.immuta.plugins.module_utils._result import perform

#: The secrets of all tests. None of them, nor a part of them, may come out of a module.
MARKER = "Marker1xSECRETpassword"
KEY = "0123MarkerKEY4567"
CONNECTION = {"immuta_url": "https://tenant.example.com", "immuta_api_key": KEY}

LIST = "/integrations"

#: Ansible's own options of every run: from ansible-core 2.22 on, ``invocation`` is returned only on request.
INTERNAL = {"_ansible_inject_invocation": True} if "inject_invocation" in PASS_VARS else {}


class Call(t.NamedTuple):
    """An expected request, and its response.

    :param body: ``mock.ANY`` if it does not matter
    :param status: the HTTP status; 0 for a response that is lost
    :param data: the response, sent as JSON; a text is sent unchanged
    """

    method: str
    path: str
    body: t.Any = None
    status: int = 200
    data: t.Any = None

    def response(self) -> Response:
        """Return the response, or raise if it is lost."""
        if not self.status:
            message = f"{self.method} {self.path}: the connection was lost."
            raise UnknownResultError(message, method=self.method, path=self.path)
        return Response(self.status, self.data if isinstance(self.data, str) else json.dumps(self.data))


class FakeClock(Clock):
    """A clock that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.time = 0.0
        self.pauses: list[float] = []

    def now(self) -> float:
        """Return the seconds slept so far."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.pauses.append(seconds)
        self.time += seconds


class Wire:
    """Replaces the network."""

    def __init__(self, calls: t.Sequence[Call], check: bool) -> None:
        self._todo = list(calls)
        self._check = check

    def send(self, request: Request) -> Response:
        """Check a request against the next expected call, and return its response."""
        shown = f"{request.method} {request.path}"
        assert request.safe or not self._check, f"{shown} in check mode"
        assert self._todo, f"unexpected {shown}"
        call = self._todo.pop(0)
        assert (request.method, request.path) == (call.method, call.path)
        assert request.body == call.body, shown
        return call.response()

    def finish(self) -> None:
        """Check that every expected call was made."""
        assert not self._todo, f"not requested: {[call[:2] for call in self._todo]}"


@contextlib.contextmanager
def responding(respond: t.Callable[[Request], Response]) -> t.Iterator[None]:
    """Let this function respond to every request, in place of the network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Transport, "send", lambda self, request: respond(request))
        yield


@contextlib.contextmanager
def expecting(calls: t.Sequence[Call], check: bool = False) -> t.Iterator[None]:
    """Respond to exactly these requests, in this order; in check mode, none of them may change anything."""
    wire = Wire(calls, check)
    with responding(wire.send):
        yield
    wire.finish()


def complete(module: t.Any, options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the options of a module with its defaults; None counts as not specified."""
    specified = {name: value for name, value in options.items() if value is not None}
    result = ArgumentSpecValidator(module.argument_spec()).validate(specified)
    assert not result.error_messages, result.error_messages
    return dict(result.validated_parameters)


def play(
    module: t.Any,
    options: t.Mapping[str, t.Any],
    calls: t.Sequence[Call] = (),
    check: bool = False,
    clock: FakeClock | None = None,
) -> dict[str, t.Any]:
    """Run the core of an API module, and return its result, with ``failed`` if it failed."""
    wire = Wire(calls, check)
    result = play_with(module, options, wire.send, check, clock)
    wire.finish()
    return result


def play_with(
    module: t.Any,
    options: t.Mapping[str, t.Any],
    respond: t.Callable[[Request], Response],
    check: bool = False,
    clock: FakeClock | None = None,
) -> dict[str, t.Any]:
    """Run the core of an API module with this function in place of the network, and return its result."""
    parameters = complete(module, {**CONNECTION, **options})
    with responding(respond):
        context = Context(check_mode=check, clock=clock or FakeClock())
        result = perform(lambda: module.core(parameters, context), module.secrets_of(parameters), True)
    assert_no_secret(result)
    return result


def assert_no_secret(result: t.Any) -> None:
    """Check that a result contains no secret."""
    text = json.dumps(result).casefold()
    for secret in (MARKER, KEY):
        assert secret.casefold() not in text, "a secret in the result"


def change_owner(path: t.Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a file appear to belong to another account. Only root can really change the owner."""
    lstat = os.lstat

    def of_another(name: t.Any, **options: t.Any) -> os.stat_result:
        found = lstat(name, **options)
        if os.fspath(name) != str(path):
            return found
        values = list(found[:10])
        values[stat.ST_UID] += 1
        return os.stat_result(values)

    monkeypatch.setattr(os, "lstat", of_another)


def play_main(
    module: t.Any, options: t.Mapping[str, t.Any], calls: t.Sequence[Call], check: bool = False, diff: bool = False
) -> dict[str, t.Any]:
    """Run ``main()`` of an API module, and return what it printed."""
    with expecting(calls, check):
        result = run_main(module, options, _ansible_check_mode=check, _ansible_diff=diff)
    assert_no_secret(result)
    return result


def run_main(module: t.Any, options: t.Mapping[str, t.Any], **internal: bool) -> dict[str, t.Any]:
    """Run ``main()`` of a module as Ansible does, and return what it printed.

    :param internal: ``_ansible_check_mode`` and ``_ansible_diff``
    """
    printed = io.StringIO()
    arguments = {**INTERNAL, **options, **internal}
    with contextlib.redirect_stdout(printed), _arguments(arguments), pytest.raises(SystemExit):
        module.main()
    result = dict(json.loads(printed.getvalue().splitlines()[-1]))
    result.pop("_ansible_new_secrets", None)  # ansible-core 2.22: what its controller has to mask, and takes out itself
    return result


@contextlib.contextmanager
def _arguments(options: dict[str, t.Any]) -> t.Iterator[None]:
    """Pass arguments to a module, with the helper of ansible-core if it has one."""
    if importlib.util.find_spec("ansible.module_utils.testing"):
        with importlib.import_module("ansible.module_utils.testing").patch_module_args(options):
            yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": options}).encode())
        yield
