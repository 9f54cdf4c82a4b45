# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names for types that several files use.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

#: The options of a module, validated by Ansible.
Options = t.Mapping[str, t.Any]
#: The environment variables of a process.
Environ = t.Mapping[str, str]
#: Sentences, each about one option that is wrong.
Problems = list[str]
#: A JSON object, or a row of a database.
Row = dict[str, t.Any]
