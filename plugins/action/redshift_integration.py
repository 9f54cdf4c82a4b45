# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module of the same name inside ansible-playbook, if that makes no difference.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

from ansible_collections.community.immuta.plugins.modules import redshift_integration
from ansible_collections.community.immuta.plugins.plugin_utils._in_process import InProcessAction
from ansible_collections.community.immuta.plugins.plugin_utils._preload import load_template_plugins

load_template_plugins()


class ActionModule(InProcessAction):
    """Action plugin of redshift_integration."""

    module: t.ClassVar[t.Any] = redshift_integration
