# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-test sanity, with the Pythons of managed hosts."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from report import Row
from session import Session

# The pip that each ansible-core bootstraps its environments with.
_PIP = {"2.19": "24.2", "2.20": "25.2"}
_FAILED = re.compile(r"^FATAL: The (\d+) sanity test\(s\) listed below \(out of (\d+)\) failed", re.MULTILINE)
_FINDINGS = re.compile(r"^(?:ERROR|FATAL|WARNING: Skipping).*(?:\n[\w-]+$)*", re.MULTILINE)
_RAN = re.compile(r'^Running sanity test "([^"]+)"', re.MULTILINE)
# Of what ansible-test leaves out with a warning, these are for PowerShell.
_SKIPPED = re.compile(r'^WARNING: Skipping sanity test "(?!pslint|pwsh)([^"]+)"', re.MULTILINE)


def run(session: Session) -> None:
    """Run all of its tests, in a home directory of the user's: its environments are made once and kept there."""
    if not session.wants("sanity"):
        return
    core = ".".join(version("ansible-core").split(".")[:2])
    _provide_get_pip(Path(session.user_home), _PIP[core])
    pythons = {target.python.version: target.python.path for target in session.targets}
    command = [
        "ansible-test",
        "sanity",
        "--color",
        "no",
        "--controller",
        f"origin:python={sys.version_info[0]}.{sys.version_info[1]}@{sys.executable}",
    ]
    for name, path in pythons.items():
        command += ["--target-python", f"{name}@{path}"]
    done = session.command("sanity", command, environment={"HOME": session.user_home})
    listed = _FAILED.search(done.output)
    if listed:
        failed, ran = map(int, listed.groups())
    else:
        failed, ran = int(done.status != 0), len(_RAN.findall(done.output))
    skipped = _SKIPPED.findall(done.output)
    note = f"skipped: {', '.join(skipped)}" if skipped else ""
    where = f"ansible-core {core}, {' and '.join(f'python{name}' for name in pythons)}"
    row = Row("sanity", where, max(ran - failed, 0), failed + len(skipped), done.seconds, note)
    # Between its findings stands what pip said.
    findings = "\n".join(_FINDINGS.findall(done.output))
    session.report.add(row, findings or done.output)


def _provide_get_pip(home: Path, pip: str) -> None:
    """Spare ansible-test a download that networks with a package registry of their own often do not let through.

    It bootstraps pip with a script that it looks for in its cache. Ours does the same with a wheel from the registry.
    """
    cache = home / ".ansible" / "test" / "cache"
    script = cache / f"get_pip_{pip.replace('.', '_')}.py"
    if script.exists():
        return
    cache.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--dest",
        str(cache),
        f"pip=={pip}",
    ]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode == 0:
        script.write_text(_GET_PIP.format(wheel=str(cache / f"pip-{pip}-py3-none-any.whl")))


_GET_PIP = """# Written by the test runner of netdev.linux: installs pip from the wheel beside it, as get-pip would.
import sys

wheel = {wheel!r}
sys.path.insert(0, wheel)

from pip._internal.cli.main import main

sys.exit(main(["install", "--disable-pip-version-check", "--no-index", wheel]))
"""
