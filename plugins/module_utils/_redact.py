# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep secrets out of every text. Pure.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import base64
import json
import re
import typing as t
from urllib.parse import quote, quote_plus

MASK = "********"

#: What servers send in place of a secret: such a value is unknown, not different.
_MASKED = re.compile(r"\[(redacted|masked|hidden|secret)\]|\*+|<(redacted|masked|hidden|secret)>", re.IGNORECASE)
_SOUNDS_SECRET = re.compile(
    r"password(?!less)|pass(wd|phrase|code)?$|pwd|secret|token|api_?key|private_?key|credential", re.IGNORECASE
)
_SHORTEST = 3  # characters
_LONG = 8  # characters
_LONGEST = 8192  # characters


def is_masked(value: t.Any) -> bool:
    """Return whether a value is the mask of a secret that the server does not show."""
    return isinstance(value, str) and _MASKED.fullmatch(value.strip()) is not None


def sounds_secret(name: str) -> bool:
    """Return whether a field of this name probably contains a secret."""
    return _SOUNDS_SECRET.search(name) is not None


def without_secrets(value: t.Any, keep: tuple[type, ...] = ()) -> t.Any:
    """Return a copy of a value without the fields that contain, or mask, a secret.

    :param keep: types of values that do not count as secrets, whatever their field is called
    """
    if isinstance(value, dict):
        return {
            key: without_secrets(item, keep)
            for key, item in value.items()
            if (isinstance(item, keep) or not sounds_secret(str(key))) and not is_masked(item)
        }
    if isinstance(value, list):
        return [without_secrets(item, keep) for item in value]
    return value


def secret_values(value: t.Any) -> list[str]:
    """Return every text in a value, a text or a structure of texts, that is long enough to be a secret."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in secret_values(item)]
    if isinstance(value, list):
        return [text for item in value for text in secret_values(item)]
    return [value] if isinstance(value, str) and len(value) >= _SHORTEST else []


def hidden_values(extra: t.Any, named: bool = False) -> list[str]:
    """Return the texts of a free structure that are taken for secrets: those whose field sounds so, and long ones.

    Not all of them: to mask each ``dev`` or ``true`` would leave no output readable.
    """
    if isinstance(extra, dict):
        return [text for key, item in extra.items() for text in hidden_values(item, named or sounds_secret(str(key)))]
    if isinstance(extra, list):
        return [text for item in extra for text in hidden_values(item, named)]
    return [extra] if isinstance(extra, str) and len(extra) >= (_SHORTEST if named else _LONG) else []


class Redactor:
    """Replaces known secrets, in every form in which a server may repeat them.

    :param secrets: the secrets in clear; those of fewer than three characters are ignored, since replacing them would
        leave no text readable, and those that are longer than any password, key or token: to search for a whole script
        takes seconds, and no message repeats one
    """

    def __init__(self, secrets: t.Iterable[str]) -> None:
        texts = {text for secret in secrets for text in _line_breaks(secret)}
        self._secrets = {text for text in texts if _SHORTEST <= len(text) <= _LONGEST}
        forms = {form for secret in self._secrets for form in _forms(secret)}
        ordered = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered)), re.IGNORECASE) if ordered else None

    def __call__(self, value: t.Any) -> t.Any:
        """Return ``value`` with every secret replaced: in texts, keys of dictionaries, and numbers that are one."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self(key): self(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self(item) for item in value]
        return MASK if type(value) in (int, float) and str(value) in self._secrets else value

    def text(self, text: str) -> str:
        """Return a text with every secret replaced by asterisks."""
        return self._pattern.sub(MASK, text) if self._pattern else text


def _line_breaks(secret: str) -> set[str]:
    """Return a secret with its own line breaks, and with those of other systems: a file may have been converted."""
    plain = secret.replace("\r\n", "\n")
    return {secret, plain, plain.replace("\n", "\r\n")}


def _forms(secret: str) -> set[str]:
    """The forms of a secret: as it is, and as JSON, URLs, SQL, base64 and Python's repr write it."""
    escaped = secret.replace("\\", "\\\\")
    return {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        quote(secret, safe="", errors="surrogatepass"),
        quote_plus(secret, errors="surrogatepass"),
        secret.replace("'", "''"),
        escaped,
        escaped.replace("'", "\\'"),
        escaped.replace("'", "''"),
        *_base64_forms(secret.encode(errors="surrogatepass")),
    }


def _base64_forms(secret: bytes) -> set[str]:
    """Base64 of the secret alone and inside a longer text, where its place in a group of three bytes decides."""
    forms = set()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + secret).decode().rstrip("=")
        whole = encoded[(0, 2, 3)[shift] : len(encoded) - (1 if (len(secret) + shift) % 3 else 0)]
        forms |= {whole, whole.replace("+", "-").replace("/", "_")}
    return {form for form in forms if len(form) > _SHORTEST}
