# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What templates of the user can do.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

from ansible.errors import AnsibleError

#: What a filter, a test or a lookup in a template can raise. ansible-core before 2.19 hands them on as they are.
TEMPLATE_ERRORS = (AnsibleError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError, OSError)
