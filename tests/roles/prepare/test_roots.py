# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role prepare against real hosts: Debian root file systems with their own Python, apt, dnf and pip."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from roots import DIRECTORY, REPOSITORY, Managed, Outcome

BASE = os.path.dirname(DIRECTORY)
TESTED = yaml.safe_load((REPOSITORY / "roles/prepare/vars/main.yml").read_text(encoding="utf-8"))["__prepare_tested_version"]
OTHER = "0.7.12"  # another version that is enough
# ok of a run that has nothing to do: the check of the role's arguments, and the look at the host
FAST = 2

HostOf = Callable[[str], Managed]


@pytest.fixture(scope="session")
def wheel_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Fetch the wheel of a version, once a run."""
    directory = tmp_path_factory.mktemp("wheels")

    def fetch(version: str) -> Path:
        wheel = directory / f"pyroute2-{version}-py3-none-any.whl"
        if not wheel.exists():
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", str(directory)]
            subprocess.run([*command, f"pyroute2=={version}"], check=True)
        return wheel

    return fetch


def assert_changed(outcome: Outcome, *sentences: str) -> None:
    assert outcome.returncode == 0, outcome.text
    assert outcome.changed >= 1, outcome.text
    for sentence in sentences:
        assert sentence in outcome.words, outcome.text


def assert_quiet(outcome: Outcome, ok: int = FAST) -> None:
    assert outcome.returncode == 0, outcome.text
    assert (outcome.changed, outcome.ok) == (0, ok), outcome.text


def assert_refused(outcome: Outcome, *sentences: str) -> None:
    assert outcome.returncode == 2, outcome.text
    assert (outcome.changed, outcome.failed) == (0, 1), outcome.text
    for sentence in sentences:
        assert sentence in outcome.words, outcome.text


def assert_private(host: Managed, version: str, interpreter: str = "") -> None:
    """The private copy is what the interpreter gets with the directory on its path, it is root's, and nothing else is there."""
    assert host.pyroute2(DIRECTORY, interpreter) == f"{version} {DIRECTORY}/pyroute2/__init__.py"
    base = host.root / BASE.lstrip("/")
    link = host.root / DIRECTORY.lstrip("/")
    assert link.is_symlink()
    assert sorted(base.iterdir()) == sorted([link, base / os.readlink(link)])
    for path in [base, *base.rglob("*")]:
        status = path.lstat()
        assert (status.st_uid, status.st_gid) == (0, 0), path
        if not path.is_symlink():
            assert status.st_mode & 0o7777 == (0o755 if path.is_dir() else status.st_mode & 0o755 | 0o644), path


def give_to_staff(host: Managed) -> None:
    """Installed the usual way, Debian's /usr/local/lib is the group staff's, and so is what is made in it."""
    host.run("chgrp", "staff", "/usr/local/lib")
    host.run("chmod", "2775", "/usr/local/lib")


def packages(host: Managed, *names: str) -> set[str]:
    done = host.run("dpkg-query", "-W", "-f", "${Package} ${db:Status-Abbrev}\n", *names, check=False)
    return {line.split()[0] for line in done.stdout.splitlines() if line.split()[1] == "ii"}


# --- in every run -----------------------------------------------------------------------------------------------------


def test_distribution(host_of: HostOf) -> None:
    """Debian 12: check mode predicts and writes nothing, the package of the distribution is enough, the second run is one task."""
    host = host_of("bookworm")
    features = {"prepare_features": ["dnsmasq", "nftables"]}
    before = host.fingerprint()
    wanted = ("dnsmasq-base (apt)", "nftables (apt)", "python3-pyroute2 0.7.2-2 (apt)")
    assert_changed(host.prepare("--check", variables=features), *wanted)
    assert host.fingerprint() == before

    assert_changed(host.prepare(variables=features), *wanted)
    assert packages(host, "dnsmasq*", "nftables", "python3-pyroute2") == {"dnsmasq-base", "nftables", "python3-pyroute2"}
    assert host.pyroute2().endswith(" /usr/lib/python3/dist-packages/pyroute2/__init__.py")
    assert not (host.root / BASE.lstrip("/")).exists()

    assert_quiet(host.prepare(variables=features))
    assert_quiet(host.prepare("--check", variables=features))
    assert_changed(host.make_bridge())


def test_host_without_network(host_of: HostOf) -> None:
    """No package lists, no pip, no network: the controller downloads, the host gets a copy; facts come from the play."""
    host = host_of("bookworm")
    host.network = False
    before = host.fingerprint()
    facts = {"test_gather_facts": True}
    host.interpreter = ""  # discovered, as in an inventory that says nothing
    assert_changed(host.prepare("--check", variables=facts), f"pyroute2 {TESTED} in {DIRECTORY} (from the controller")
    assert host.fingerprint() == before

    assert_changed(host.prepare(variables=facts))
    host.interpreter = "/usr/bin/python3"
    assert_private(host, TESTED)
    host.interpreter = ""
    assert_quiet(host.prepare(variables=facts), ok=FAST + 1)  # and the facts of the play
    assert_quiet(host.prepare(), ok=FAST + 1)  # the role asks for the interpreter


# --- with --matrix ----------------------------------------------------------------------------------------------------


@pytest.mark.matrix
def test_debian_11(host_of: HostOf) -> None:
    """The distribution's 0.5.14 is there and not enough: the private copy stands beside it."""
    host = host_of("bullseye")
    host.apt("python3-pyroute2")
    give_to_staff(host)
    reason = "and pyroute2 0.7.2 is needed)"
    before = host.fingerprint()
    assert_changed(host.prepare("--check"), reason)
    assert host.fingerprint() == before
    assert_changed(host.prepare(), reason)
    assert_private(host, TESTED)
    assert host.pyroute2() == "0.5.14 /usr/lib/python3/dist-packages/pyroute2/__init__.py"
    assert_quiet(host.prepare())
    assert_changed(host.make_bridge())


@pytest.mark.matrix
def test_debian_11_from_pypi(host_of: HostOf) -> None:
    """pip of the host, then another version in place of the first, then nothing."""
    host = host_of("bullseye")
    host.apt("python3-pip")
    give_to_staff(host)
    assert_changed(host.prepare(), "(from PyPI, else from the controller, because")
    assert_private(host, TESTED)
    assert not (host.work / "cache").exists()
    assert_quiet(host.prepare())
    asked = {"prepare_pyroute2_version": OTHER}
    assert_changed(host.prepare("--check", variables=asked), OTHER)
    assert_private(host, TESTED)
    assert_changed(host.prepare(variables=asked), OTHER)
    assert_private(host, OTHER)
    assert_quiet(host.prepare(variables=asked))
    assert_quiet(host.prepare())  # no version asked for: this one is enough


@pytest.mark.matrix
def test_pypi_out_of_reach(host_of: HostOf) -> None:
    """auto goes on with the controller; pypi was an order and fails."""
    host = host_of("bullseye")
    host.apt("python3-pip")
    host.network = False
    outcome = host.prepare(variables={"prepare_pyroute2_source": "pypi"})
    assert_refused(outcome, f"pip could not install pyroute2 {TESTED}")
    assert not list((host.root / BASE.lstrip("/")).iterdir())
    assert_changed(host.prepare())
    assert_private(host, TESTED)
    assert_quiet(host.prepare())


@pytest.mark.matrix
def test_externally_managed(host_of: HostOf) -> None:
    """Debian 12's pip refuses to touch the system's Python (PEP 668), and isn't asked to."""
    host = host_of("bookworm")
    host.apt("python3-pip")
    assert host.run("python3", "-m", "pip", "install", "pyroute2", check=False).returncode != 0
    assert_changed(host.prepare(variables={"prepare_pyroute2_source": "pypi"}), "(from PyPI)")
    assert_private(host, TESTED)
    assert host.pyroute2() == ""
    assert_quiet(host.prepare(variables={"prepare_pyroute2_source": "pypi"}))


@pytest.mark.matrix
def test_debian_13(host_of: HostOf) -> None:
    host = host_of("trixie")
    before = host.fingerprint()
    assert_changed(host.prepare("--check"), "python3-pyroute2 0.7.7")
    assert host.fingerprint() == before
    assert_changed(host.prepare(), "python3-pyroute2 0.7.7")
    assert host.pyroute2().startswith("0.7.7 /usr/lib/")
    assert_quiet(host.prepare())
    assert_changed(host.make_bridge())


@pytest.mark.matrix
def test_given_wheel(host_of: HostOf, wheel_of: Callable[[str], Path], tmp_path: Path) -> None:
    """Python 3.13 and 0.9; a damaged file leaves the copy that is there as it is."""
    host = host_of("trixie")
    host.network = False
    given = {"prepare_pyroute2_source": "controller", "prepare_pyroute2_wheel": str(wheel_of(OTHER))}
    assert_changed(host.prepare(variables=given), OTHER)
    assert_private(host, OTHER)
    assert not (host.work / "cache").exists()
    assert_quiet(host.prepare(variables=given), ok=FAST + 1)  # the check of the wheel's name

    damaged = tmp_path / wheel_of(TESTED).name
    damaged.write_bytes(wheel_of(TESTED).read_bytes()[:-1000])
    outcome = host.prepare(variables={**given, "prepare_pyroute2_wheel": str(damaged)})
    assert outcome.returncode == 2
    assert "The wheel is damaged" in outcome.words
    assert_private(host, OTHER)

    # A wheel that unpacks and does not import is not put in place either.
    with zipfile.ZipFile(damaged, "w") as archive:
        archive.writestr("pyroute2/__init__.py", "raise TypeError('of another time')\n")
    outcome = host.prepare(variables={**given, "prepare_pyroute2_wheel": str(damaged)})
    assert outcome.returncode == 2
    assert "can't import it" in outcome.words
    assert_private(host, OTHER)

    assert_changed(host.prepare(variables={**given, "prepare_pyroute2_wheel": str(wheel_of(TESTED))}), TESTED)
    assert_private(host, TESTED)


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("wheel", "sentence"),
    [("/nonexistent/pyroute2-0.9.7-py3-none-any.whl", "is not a file"), (__file__, "is not a file whose name")],
    ids=["missing", "misnamed"],
)
def test_wheel_that_is_none(host_of: HostOf, wheel: str, sentence: str) -> None:
    host = host_of("bookworm")
    assert_refused(host.prepare(variables={"prepare_pyroute2_wheel": wheel}), sentence, "pip download")


@pytest.mark.matrix
def test_virtual_environment(host_of: HostOf) -> None:
    """A user's interpreter: the distribution's package is there and not visible to it."""
    host = host_of("bookworm")
    host.apt("python3-venv", "python3-pyroute2")
    host.run("python3", "-m", "venv", "--without-pip", "/opt/venv")
    assert_quiet(host.prepare())
    host.interpreter = "/opt/venv/bin/python"
    assert_refused(host.prepare(variables={"prepare_pyroute2_source": "distribution"}), "/opt/venv/bin/python here, which does not see")
    assert_changed(host.prepare(), "/opt/venv/bin/python here, which does not see")
    assert_private(host, TESTED)
    assert_quiet(host.prepare())
    assert_changed(host.make_bridge())


@pytest.mark.matrix
def test_unknown_distribution(host_of: HostOf) -> None:
    host = host_of("bookworm")
    host.write("/etc/os-release", "ID=elsewhere\nPRETTY_NAME=Elsewhere\n")
    assert_refused(host.prepare(variables={"prepare_features": ["dnsmasq"]}), "The command dnsmasq is missing")
    assert_refused(host.prepare(variables={"prepare_pyroute2_source": "distribution"}), "knows no package manager")
    host.write("/usr/local/sbin/dnsmasq", "#!/bin/sh\n", 0o755)
    assert_changed(host.prepare(variables={"prepare_features": ["dnsmasq"]}), "(from the controller")
    assert_private(host, TESTED)
    assert_quiet(host.prepare(variables={"prepare_features": ["dnsmasq"]}))


@pytest.mark.matrix
@pytest.mark.parametrize("version", ["3.6.8", "3.8.10"])
def test_old_python(host_of: HostOf, version: str) -> None:
    """RHEL 8's image is out of reach. Its Python is stood in for by one that says so of itself, to Ansible too.

    No ansible-core that we support runs a module with 3.6, and 2.20 none with 3.8: who says it differs, what is said does not.
    """
    host = host_of("bullseye")
    host.write("/etc/os-release", 'ID="rhel"\nID_LIKE="fedora"\nPRETTY_NAME="Red Hat Enterprise Linux 8.10"\n')
    host.write(
        "/opt/old/sitecustomize.py",
        "import collections, sys\n"
        "Info = collections.namedtuple('Info', 'major minor micro releaselevel serial')\n"
        f"sys.version_info = Info({version.replace('.', ', ')}, 'final', 0)\n",
    )
    wrapper = f'#!/bin/sh\n[ "$1" != -V ] || exec echo Python {version}\nPYTHONPATH=/opt/old exec /usr/bin/python3 "$@"\n'
    host.write("/usr/libexec/platform-python", wrapper, 0o755)
    host.interpreter = "/usr/libexec/platform-python"
    outcome = host.prepare("--check")
    assert outcome.returncode == 2
    assert f"Python {version}" in outcome.words, outcome.text
    assert "need Python 3.9 or newer on the managed host" in outcome.words
    assert "dnf install python3.12" in outcome.words
    assert "ansible_python_interpreter: /usr/bin/python3.12" in outcome.words


@pytest.mark.matrix
def test_no_python(host_of: HostOf) -> None:
    host = host_of("bookworm")
    host.interpreter = "/usr/bin/python3.99"
    outcome = host.prepare()
    assert outcome.returncode == 2
    assert "need Python 3.9 or newer on the managed host" in outcome.words


@pytest.mark.matrix
def test_directory_of_somebody_else(host_of: HostOf) -> None:
    host = host_of("bookworm")
    host.write(f"{DIRECTORY}/keep", "")
    outcome = host.prepare(variables={"prepare_pyroute2_source": "controller"})
    assert outcome.returncode == 2
    assert "is a directory that this role has not made" in outcome.words
    assert (host.root / DIRECTORY.lstrip("/") / "keep").exists()


@pytest.mark.matrix
def test_ordinary_user(host_of: HostOf) -> None:
    """Looking needs no root; installing says that it does."""
    host = host_of("bookworm")
    nobody = {"ansible_become": True, "ansible_become_method": "su", "ansible_become_user": "nobody", "ansible_become_flags": "-s /bin/sh"}
    nobody["ansible_remote_tmp"] = "/tmp"
    assert_refused(host.prepare(variables=nobody), "needs root: run the role with become: true")
    assert_changed(host.prepare(variables={"prepare_pyroute2_source": "controller"}))
    assert_quiet(host.prepare(variables=nobody))


# A rebuild of RHEL 9 is out of reach as an image, its package manager is not: Debian has dnf. What is the distribution's
# Python there are Debian's directories; the rest, from the repository's metadata to the rpm database, is the real thing.


def make_rpm(host: Managed, name: str, version: str, files: dict[str, str]) -> None:
    """Build a package into the local repository; ``files``: where in the package -> where in the root it comes from."""
    copies = "\n".join(f"mkdir -p %{{buildroot}}{os.path.dirname(to)}; cp -a {source} %{{buildroot}}{to}" for to, source in files.items())
    listed = "\n".join(files)
    host.write(
        f"/srv/{name}.spec",
        f"Name: {name}\nVersion: {version}\nRelease: 1.el9\nSummary: x\nLicense: x\nBuildArch: noarch\nAutoReqProv: no\n"
        f"%description\nx\n%install\n{copies}\n%files\n{listed}\n",
    )
    host.run("rpmbuild", "-bb", "--quiet", "--define", "_rpmdir /srv/repo", "--define", "__brp_python_bytecompile :", f"/srv/{name}.spec")
    host.run("createrepo_c", "-q", "/srv/repo")


@pytest.fixture
def rebuild_of_rhel(host_of: HostOf) -> Managed:
    host = host_of("bookworm")
    host.apt("dnf", "python3-dnf", "rpm", "createrepo-c")
    host.write("/etc/os-release", 'ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"\nPRETTY_NAME="Rocky Linux 9.4"\n')
    host.write("/etc/redhat-release", "Rocky Linux release 9.4 (Blue Onyx)\n")  # by which Ansible's facts know it
    host.write("/etc/yum.repos.d/local.repo", "[local]\nname=local\nbaseurl=file:///srv/repo\ngpgcheck=0\nmetadata_expire=1\n")
    host.write("/usr/bin/nft", "#!/bin/sh\n", 0o755)
    shutil.move(host.root / "usr/bin/nft", host.root / "srv/nft")
    make_rpm(host, "nftables", "1.0.9", {"/usr/sbin/nft": "/srv/nft"})
    host.network = False
    return host


@pytest.mark.matrix
def test_dnf_with_enough(rebuild_of_rhel: Managed, wheel_of: Callable[[str], Path]) -> None:
    host = rebuild_of_rhel
    unpacked = host.root / "srv/pyroute2"
    with zipfile.ZipFile(wheel_of(OTHER)) as archive:
        archive.extractall(unpacked)
    site = "/usr/lib/python3/dist-packages"
    make_rpm(host, "python3-pyroute2", OTHER, {f"{site}/{path.name}": f"/srv/pyroute2/{path.name}" for path in unpacked.iterdir()})
    features = {"prepare_features": ["nftables"]}
    wanted = (f"python3-pyroute2 {OTHER} (dnf)", "nftables (dnf)")
    assert_changed(host.prepare("--check", variables=features), *wanted)
    assert host.run("rpm", "-q", "python3-pyroute2", check=False).returncode != 0
    assert_changed(host.prepare(variables=features), *wanted)
    host.run("rpm", "-q", "python3-pyroute2", "nftables")
    assert host.pyroute2() == f"{OTHER} {site}/pyroute2/__init__.py"
    assert_quiet(host.prepare(variables=features))


@pytest.mark.matrix
def test_dnf_with_too_old(rebuild_of_rhel: Managed) -> None:
    host = rebuild_of_rhel
    make_rpm(host, "python3-pyroute2", "0.6.9", {"/usr/share/old": "/srv/nft"})
    assert_changed(host.prepare(), "offer python3-pyroute2 0.6.9, and pyroute2 0.7.2 is needed")
    assert_private(host, TESTED)
    assert host.run("rpm", "-q", "python3-pyroute2", check=False).returncode != 0
    assert_quiet(host.prepare())


@pytest.mark.matrix
def test_dnf_with_none(rebuild_of_rhel: Managed) -> None:
    host = rebuild_of_rhel
    assert_changed(host.prepare("--check"), "offer no python3-pyroute2")
    assert_refused(host.prepare(variables={"prepare_pyroute2_source": "distribution"}), "offer no python3-pyroute2")
