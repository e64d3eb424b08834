# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs on the managed host, in the interpreter that Ansible uses there: says what is missing, and fills the private directory.

The role feeds this file to that interpreter on standard input and passes one JSON request. The answer is JSON on
standard output; a failure is one sentence on standard error and exit code 1.

Standard library only, and nothing newer than Python 3.8: a host that is too old has to get far enough to be told so.
"""

from __future__ import annotations

import dataclasses
import fcntl
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from typing import Any

PACKAGE = "python3-pyroute2"  # the name is the same on Debian, Ubuntu, Fedora and EPEL
SYSTEM_PYTHON = "/usr/bin/python3"
OS_RELEASE = "/etc/os-release"
# Ansible's connection may come without the directories in which daemons and network tools live.
SEARCH_PATH = os.pathsep.join(filter(None, [os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"]))
# The version is that of the metadata beside the package: in Debian 12 pyroute2.__version__ is "unknown".
TRY = """
import importlib.metadata
import importlib.util
import os
spec = importlib.util.find_spec("pyroute2")
print(spec.origin if spec else "")
import pyroute2
pyroute2.IPRoute
beside = os.path.dirname(os.path.dirname(spec.origin))
found = [one.version for one in importlib.metadata.distributions(name="pyroute2", path=[beside])]
print((found + [pyroute2.__version__])[0])
"""


class Failure(Exception):
    """One sentence for the person who runs the role."""


def number(version: str) -> tuple[int, ...]:
    """The upstream part of a version as numbers: an epoch and what a distribution appends don't count."""
    upstream = version.split(":", 1)[-1]
    match = re.match(r"\d+(?:\.\d+)*", upstream)
    return tuple(int(part) for part in match.group().split(".")) if match else ()


@dataclasses.dataclass(frozen=True)
class Copy:
    """A pyroute2 that an interpreter finds; without a version when importing it raises."""

    version: str
    path: str


@dataclasses.dataclass(frozen=True)
class Host:
    """What there is. Every field is observed; nothing in here is a decision."""

    python: tuple[int, ...]
    executable: str
    system_python: bool  # the interpreter that the distribution's own Python packages are for
    root: bool
    manager: str  # apt, dnf, or empty: none that the role knows
    importable: Copy | None
    private: Copy | None
    pip: bool
    missing: tuple[str, ...]  # features whose command is not there
    candidate: str | None = None  # what the distribution would install; empty: nothing; None: not asked yet


@dataclasses.dataclass(frozen=True)
class Want:
    """What the role was asked for."""

    minimum: str  # of pyroute2
    python_minimum: tuple[int, ...]
    python_text: str  # what to say when it is older
    directory: str
    version: str  # that the private directory shall have; empty: any that is enough
    install_version: str  # what goes there when something has to
    wheel: bool
    source: str  # auto, distribution, pypi, controller
    features: dict[str, dict[str, str]]  # command, and the package per package manager


@dataclasses.dataclass
class Plan:
    """What has to be done. Empty: everything is there."""

    packages: list[str] = dataclasses.field(default_factory=list)
    private: str = ""  # pypi or controller: fill the private directory from there
    fallback: bool = False  # and from the controller when that fails
    needs_candidate: bool = False
    errors: list[str] = dataclasses.field(default_factory=list)
    summary: list[str] = dataclasses.field(default_factory=list)


def decide(host: Host, want: Want) -> Plan:
    """Compare what there is with what is wanted. Pure: the tests of the distributions that are out of reach rest on that."""
    plan = Plan()
    if host.python < want.python_minimum:
        plan.errors.append(
            "Ansible uses %s on this host, which is Python %s. %s" % (host.executable, dotted(host.python), want.python_text)
        )
        return plan
    if want.wheel and want.source in ("distribution", "pypi"):
        plan.errors.append("prepare_pyroute2_wheel and prepare_pyroute2_source %s exclude each other." % want.source)
        return plan

    for feature in host.missing:
        package = want.features[feature].get(host.manager, "")
        if package:
            plan.packages.append(package)
            plan.summary.append("%s (%s)" % (package, host.manager))
        else:
            plan.errors.append(
                "The command %s is missing, and the role has no package for it on this distribution: install what provides %s."
                % (want.features[feature]["command"], want.features[feature]["command"])
            )

    if not satisfied(host, want):
        decide_pyroute2(host, want, plan)

    if (plan.packages or plan.private) and not host.root:
        plan.errors.append(
            "Missing on this host: %s. Installing that needs root: run the role with become: true." % ", ".join(plan.summary)
        )
    return plan


def satisfied(host: Host, want: Want) -> bool:
    """Whether the modules find a pyroute2 that is enough: they take what imports, else what the private directory has."""
    if host.importable and enough(host.importable, want):
        return True
    return bool(host.private and enough(host.private, want) and want.version in ("", host.private.version))


def enough(copy: Copy, want: Want) -> bool:
    return number(copy.version) >= number(want.minimum)


def decide_pyroute2(host: Host, want: Want, plan: Plan) -> None:
    """Distribution first; else the private directory, from where the role was told or where it can."""
    refusal = ""
    if want.source in ("auto", "distribution"):
        refusal = no_distribution(host, want)
        if host.candidate is None and not refusal:
            plan.needs_candidate = True
            return
        if not refusal:
            plan.packages.append(PACKAGE)
            plan.summary.append("%s %s (%s)" % (PACKAGE, host.candidate, host.manager))
            return
        if want.source == "distribution":
            plan.errors.append(
                "prepare_pyroute2_source is distribution, but %s. Leave it at auto to use the private directory %s instead."
                % (refusal, want.directory)
            )
            return

    if want.source == "pypi" and not host.pip:
        plan.errors.append(
            "prepare_pyroute2_source is pypi, but %s has no pip. Install it (Debian, Ubuntu, RHEL: python3-pip), "
            "or set prepare_pyroute2_source to controller." % host.executable
        )
        return
    if number(want.install_version) < number(want.minimum):
        plan.errors.append("pyroute2 %s is too old, %s or newer is needed." % (want.install_version, want.minimum))
        return
    plan.private = "pypi" if want.source == "pypi" or (want.source == "auto" and host.pip and not want.wheel) else "controller"
    plan.fallback = plan.private == "pypi" and want.source == "auto"
    origin = {"pypi": "PyPI", "controller": "the controller"}[plan.private] + (", else from the controller" if plan.fallback else "")
    reason = ", because " + refusal if refusal else ""
    plan.summary.append("pyroute2 %s in %s (from %s%s)" % (want.install_version, want.directory, origin, reason))


def no_distribution(host: Host, want: Want) -> str:
    """Why the distribution's package does not do; empty when it does, or when nothing speaks against it so far."""
    if not host.manager:
        return "the role knows no package manager of this distribution"
    if not host.system_python:
        return "Ansible uses %s here, which does not see what is installed for %s" % (host.executable, SYSTEM_PYTHON)
    if host.importable and not (host.importable.version and host.importable.path.startswith("/usr/lib")):
        return "%s is found first and is too old or can't be imported" % host.importable.path
    if host.candidate is not None and number(host.candidate) < number(want.minimum):
        return "the enabled repositories offer %s, and pyroute2 %s is needed" % (
            "%s %s" % (PACKAGE, host.candidate) if host.candidate else "no %s" % PACKAGE,
            want.minimum,
        )
    return ""


def dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)


# --- reading the host -------------------------------------------------------------------------------------------------


def observe(want: Want) -> Host:
    importable = find_pyroute2()
    return Host(
        python=tuple(sys.version_info[:3]),
        executable=sys.executable,
        # In a virtual environment the executable is a link to the system's, but the packages are not visible.
        system_python=sys.prefix == sys.base_prefix and os.path.realpath(sys.executable) == os.path.realpath(SYSTEM_PYTHON),
        root=os.geteuid() == 0,
        manager=package_manager(),
        importable=importable,
        private=None if importable and enough(importable, want) else find_pyroute2(want.directory),
        pip=importlib.util.find_spec("pip") is not None,
        missing=tuple(name for name, feature in want.features.items() if not which(feature["command"])),
    )


def find_pyroute2(directory: str = "") -> Copy | None:
    """Import it as the modules do: a copy that is there but does not import on this Python is no use.

    In a process of its own, because a failed or too old import leaves parts of itself behind.
    """
    setting = "import sys; sys.path[:1] = %r\n" % ([directory] if directory else [])
    done = subprocess.run([sys.executable, "-c", setting + TRY], check=False, **quiet())
    lines = done.stdout.split("\n")
    if not lines[0] or (directory and not lines[0].startswith(directory + "/")):
        return None
    return Copy(version=lines[1] if done.returncode == 0 else "", path=lines[0])


def package_manager() -> str:
    """The distribution decides, not which commands happen to be there: Debian has a package of dnf too."""
    release = {}
    try:
        with open(OS_RELEASE, encoding="utf-8") as file:
            for line in file:
                key, _equals, value = line.strip().partition("=")
                release[key] = value.strip("\"'")
    except OSError:
        return ""
    family = {release.get("ID", "")} | set(release.get("ID_LIKE", "").split())
    if family & {"debian", "ubuntu"} and which("apt-get"):
        return "apt"
    if family & {"rhel", "fedora", "centos"} and which("dnf"):
        return "dnf"
    return ""


def candidate(manager: str) -> str:
    """The version that the distribution would install; empty for none."""
    if manager == "dnf":
        # dnf 4 ends each answer with a line break of its own, dnf 5 does not.
        answer = output(["dnf", "-q", "repoquery", "--latest-limit", "1", "--queryformat", "%{version}\n", PACKAGE])
        return max(answer.split(), key=number, default="")
    # As root apt-cache would write its index below /var/cache; without the two names it keeps it in memory.
    in_memory = ["-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache="]
    return policy(output(["apt-cache", *in_memory, "policy", PACKAGE])) or fresh_policy()


def fresh_policy() -> str:
    """Ask apt with package lists read just now: a fresh host has none.

    They go into a temporary directory, because this is a look, also in check mode, and the answer may be not to use apt.
    """
    with tempfile.TemporaryDirectory(prefix="netdev-linux-") as directory:
        os.chmod(directory, 0o755)  # noqa: S103  # apt reads as a user of its own
        config = os.path.join(directory, "apt.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write('Dir::State::Lists "%s/lists";\nDir::Cache "%s/cache";\n' % (directory, directory))
            # A host without network is told soon, and the role goes on without its distribution.
            file.write('Acquire::Retries "0";\nAcquire::http::Timeout "15";\nAcquire::https::Timeout "15";\n')
            # Hooks of the host (they clean caches, build command indexes) have no business in a look.
            file.write("#clear APT::Update::Pre-Invoke;\n#clear APT::Update::Post-Invoke;\n#clear APT::Update::Post-Invoke-Success;\n")
        for path in ("lists/partial", "cache/archives/partial"):
            os.makedirs(os.path.join(directory, path))
        output(["apt-get", "-qq", "-c", config, "update"])
        return policy(output(["apt-cache", "-c", config, "policy", PACKAGE]))


def policy(answer: str) -> str:
    """The candidate in what ``apt-cache policy`` prints, which is nothing for a package that it has never heard of."""
    match = re.search(r"^\s*Candidate:\s*(\S+)", answer, re.MULTILINE)
    return match.group(1) if match and match.group(1) != "(none)" else ""


def which(command: str) -> str | None:
    return shutil.which(command, path=SEARCH_PATH)


def quiet() -> dict[str, Any]:
    environment = dict(os.environ, LC_ALL="C", PATH=SEARCH_PATH)
    return {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8", "env": environment}


def output(command: list[str]) -> str:
    """Standard output; a package manager that fails has nothing to offer."""
    done = subprocess.run(command, check=False, **quiet())
    return done.stdout if done.returncode == 0 else ""


def inspect(_request: dict[str, Any], want: Want) -> dict[str, Any]:
    """Ask the package manager only when the answer matters: on a host that has everything it is never called."""
    host = observe(want)
    plan = decide(host, want)
    if plan.needs_candidate:
        plan = decide(dataclasses.replace(host, candidate=candidate(host.manager)), want)
    return {
        "todo": bool(plan.summary or plan.errors),
        "python": dotted(host.python[:2]),
        "manager": host.manager,
        "packages": plan.packages,
        "private": plan.private,
        "fallback": plan.fallback,
        "errors": plan.errors,
        "summary": plan.summary,
    }


# --- filling the private directory ------------------------------------------------------------------------------------


def install(request: dict[str, Any], want: Want) -> dict[str, Any]:
    """Unpack beside, try it out, then turn the link: a module that starts meanwhile sees the old copy or the new, never half of one."""
    os.umask(0o022)
    base = os.path.dirname(want.directory)
    if os.path.isdir(want.directory) and not os.path.islink(want.directory):
        raise Failure("%s is a directory that this role has not made. Move it away and run the role again." % want.directory)
    os.makedirs(base, exist_ok=True)
    os.chown(base, 0, 0)
    # Not only the mode: below Debian's /usr/local a directory inherits the group staff, and its set-group-ID bit.
    os.chmod(base, 0o755)  # noqa: S103
    # Two plays at once would take each other's copy for an old one. The lock goes with the process.
    fcntl.flock(os.open(base, os.O_RDONLY), fcntl.LOCK_EX)

    name = "pyroute2-%s-" % want.install_version
    fresh = tempfile.mkdtemp(prefix=name, dir=base)
    try:
        fill(fresh, request["wheel"], want)
        os.chmod(fresh, 0o755)  # noqa: S103
        copy = find_pyroute2(fresh)
        if not copy or not enough(copy, want):
            raise Failure("pyroute2 %s was unpacked, but Python %s can't import it." % (want.install_version, dotted(sys.version_info[:3])))
        # A link can't replace a link in place; a rename can.
        pointer = os.path.join(fresh, ".link")
        os.symlink(os.path.basename(fresh), pointer)
        os.rename(pointer, want.directory)
    except BaseException:
        shutil.rmtree(fresh)
        raise
    finally:
        if request["wheel"]:
            os.unlink(request["wheel"])
    for old in os.listdir(base):
        if old.startswith("pyroute2-") and old != os.path.basename(fresh):
            shutil.rmtree(os.path.join(base, old))
    return {"version": copy.version, "path": want.directory}


def fill(directory: str, wheel: str, want: Want) -> None:
    if not wheel:
        # --no-user: a pip.conf with "user = true" and --target exclude each other.
        command = [sys.executable, "-m", "pip", "install", "--target", directory, "--no-user", "--no-deps", "--only-binary", ":all:"]
        command += ["--no-input", "--disable-pip-version-check", "--retries", "1", "--timeout", "15", "pyroute2==" + want.install_version]
        done = subprocess.run(command, check=False, **quiet())
        if done.returncode != 0:
            raise Failure("pip could not install pyroute2 %s: %s" % (want.install_version, done.stderr.strip()))
        return
    try:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(directory)
    except zipfile.BadZipFile as error:
        raise Failure("The wheel is damaged (%s). Remove it on the controller and run the role again." % error) from error
    # Byte code now: who runs modules without being root can't write it later and would compile at every task.
    subprocess.run([sys.executable, "-m", "compileall", "-q", directory], check=False, **quiet())


def main() -> int:
    request = json.loads(sys.argv[1].partition("=")[2])
    want = Want(**{**request["want"], "python_minimum": number(request["want"]["python_minimum"])})
    try:
        print(json.dumps({"inspect": inspect, "install": install}[request["verb"]](request, want)))
    except (Failure, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
