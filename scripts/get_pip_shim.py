# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for get-pip.py, which ansible-test would download: installs pip from the wheel that Python includes."""

from __future__ import annotations

import ensurepip
import runpy
import sys
import sysconfig
from pathlib import Path


def bundled_pip() -> Path:
    """Return the path of the wheel of pip; Debian has it in a separate directory."""
    directories = [Path(ensurepip.__file__).parent / "_bundled", Path(sysconfig.get_config_var("WHEEL_PKG_DIR") or "")]
    return next(wheel for directory in directories for wheel in directory.glob("pip-*.whl"))


if __name__ == "__main__":
    sys.path.insert(0, str(bundled_pip()))
    kept = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
    sys.argv[1:] = ["install", *kept]
    runpy.run_module("pip", run_name="__main__", alter_sys=True)
