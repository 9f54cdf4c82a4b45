# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays a module against an ordered list of HTTP calls: one that is not listed fails, one that is left over too."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import json
import typing as t

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.community.immuta.plugins.module_utils._context import Clock, Context
from ansible_collections.community.immuta.plugins.module_utils._errors import LostAnswer
from ansible_collections.community.immuta.plugins.module_utils._immuta.client import Answer, Client
from ansible_collections.community.immuta.plugins.module_utils._result import perform

#: The secrets of all tests. None of them, nor a part of them, may come out of a module.
MARKER = "Marker1xSECRETpassword"
KEY = "0123MarkerKEY4567"
CONNECTION = {"immuta_url": "https://tenant.example.com", "immuta_api_key": KEY}

LIST = "/integrations"


class Call(t.NamedTuple):
    """A request that is expected, and its answer.

    :param body: mock.ANY where it does not matter
    :param status: the HTTP status; 0 for an answer that got lost
    :param data: the answer, sent as JSON; a text is sent as it is
    """

    method: str
    path: str
    body: t.Any = None
    status: int = 200
    data: t.Any = None

    def answer(self) -> Answer:
        """Return the answer, or raise for a lost one."""
        if not self.status:
            raise LostAnswer(f"{self.method} {self.path}: the connection broke.", method=self.method, path=self.path)
        return Answer(self.status, self.data if isinstance(self.data, str) else json.dumps(self.data))


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
    """Takes the place of the network."""

    def __init__(self, calls: t.Sequence[Call], check: bool) -> None:
        self._todo = list(calls)
        self._check = check

    def once(self, method: str, path: str, body: t.Any, safe: bool, headers: dict[str, str]) -> Answer:
        """Stand in for Client._once."""
        assert safe or not self._check, f"{method} {path} in check mode"
        assert self._todo, f"unexpected {method} {path}"
        call = self._todo.pop(0)
        assert (method, path) == (call.method, call.path)
        assert body == call.body, f"{method} {path}"
        return call.answer()

    def finish(self) -> None:
        """Check that nothing is left over."""
        assert not self._todo, f"not requested: {[call[:2] for call in self._todo]}"


def complete(module: t.Any, options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the options of a module with its defaults; one that is None counts as not given."""
    given = {name: value for name, value in options.items() if value is not None}
    result = ArgumentSpecValidator(module.argument_spec()).validate(given)
    assert not result.error_messages, result.error_messages
    return dict(result.validated_parameters)


def play(
    module: t.Any,
    options: t.Mapping[str, t.Any],
    calls: t.Sequence[Call] = (),
    check: bool = False,
    clock: FakeClock | None = None,
) -> dict[str, t.Any]:
    """Run the core of an API module, and return its result; C(failed) is in it where it failed."""
    wire = Wire(calls, check)
    result = play_with(module, options, wire.once, check, clock)
    wire.finish()
    return result


def play_with(
    module: t.Any,
    options: t.Mapping[str, t.Any],
    once: t.Callable[..., Answer],
    check: bool = False,
    clock: FakeClock | None = None,
) -> dict[str, t.Any]:
    """Run the core of an API module; C(once) answers each request, called as Client._once is."""
    parameters = complete(module, {**CONNECTION, **options})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "_once", lambda self, *args: once(*args))
        context = Context(check_mode=check, clock=clock or FakeClock())
        result = perform(lambda: module.core(parameters, context), module.secrets_of(parameters), True)
    assert_no_secret(result)
    return result


def assert_no_secret(result: t.Any) -> None:
    """Check that a result holds no secret."""
    text = json.dumps(result).casefold()
    for secret in (MARKER, KEY):
        assert secret.casefold() not in text, "a secret in the result"


def run_main(module: t.Any, options: t.Mapping[str, t.Any], **internal: bool) -> dict[str, t.Any]:
    """Run C(main) of a module as Ansible does, and return what it printed.

    :param internal: C(_ansible_check_mode) and C(_ansible_diff)
    """
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), _arguments({**options, **internal}), pytest.raises(SystemExit):
        module.main()
    return dict(json.loads(printed.getvalue().splitlines()[-1]))


@contextlib.contextmanager
def _arguments(options: dict[str, t.Any]) -> t.Iterator[None]:
    """Give a module its arguments, by the means of ansible-core where it has any."""
    if importlib.util.find_spec("ansible.module_utils.testing"):
        with importlib.import_module("ansible.module_utils.testing").patch_module_args(options):
            yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": options}).encode())
        yield
