# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role prepare decides, for distributions whose images are not at hand: observations are given, decisions asserted."""

from __future__ import annotations

import ast
import dataclasses
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

ROLE = Path(__file__).resolve().parents[3] / "roles" / "prepare"
DIRECTORY = "/usr/local/lib/netdev-linux/python"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("prepare_host", ROLE / "files" / "host.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


host_py = load()
VARIABLES = yaml.safe_load((ROLE / "vars" / "main.yml").read_text(encoding="utf-8"))

WANT = host_py.Want(
    minimum=VARIABLES["__prepare_minimum"],
    python_minimum=(3, 9),
    python_text="Install another one.",
    directory=DIRECTORY,
    version="",
    install_version=VARIABLES["__prepare_tested_version"],
    wheel=False,
    source="auto",
    features=VARIABLES["__prepare_features"],
)
BARE = host_py.Host(
    python=(3, 11, 2),
    executable="/usr/bin/python3",
    system_python=True,
    root=True,
    manager="apt",
    importable=None,
    private=None,
    pip=False,
    missing=(),
    candidate="",
)
RHEL = dataclasses.replace(BARE, manager="dnf", python=(3, 9, 18))
OF_DISTRIBUTION = "/usr/lib/python3/dist-packages/pyroute2/__init__.py"
OF_PIP = "/usr/local/lib/python3.11/dist-packages/pyroute2/__init__.py"
PRIVATE = DIRECTORY + "/pyroute2/__init__.py"


def decide(host: Any = BARE, want: dict[str, Any] | None = None, **observed: Any) -> Any:
    return host_py.decide(dataclasses.replace(host, **observed), dataclasses.replace(WANT, **(want or {})))


@pytest.mark.parametrize(
    ("host", "candidate", "packages", "private"),
    [
        pytest.param(dataclasses.replace(BARE, python=(3, 9, 2)), "0.5.14-2", [], "controller", id="Debian 11"),
        pytest.param(BARE, "0.7.2-2", ["python3-pyroute2"], "", id="Debian 12"),
        pytest.param(dataclasses.replace(BARE, python=(3, 13, 5)), "0.7.7-4", ["python3-pyroute2"], "", id="Debian 13"),
        pytest.param(dataclasses.replace(BARE, python=(3, 10, 12)), "0.5.14-2", [], "controller", id="Ubuntu 22.04"),
        pytest.param(dataclasses.replace(BARE, python=(3, 12, 3)), "0.7.7-1ubuntu1", ["python3-pyroute2"], "", id="Ubuntu 24.04"),
        pytest.param(dataclasses.replace(BARE, python=(3, 12, 3)), "", [], "controller", id="Ubuntu without universe"),
        pytest.param(BARE, "1:0.7.2+ds-1", ["python3-pyroute2"], "", id="epoch and suffix"),
        pytest.param(BARE, "1:0.5.14-1", [], "controller", id="epoch of an old one"),
        pytest.param(BARE, "0.10.0-1", ["python3-pyroute2"], "", id="ten is more than seven"),
        pytest.param(BARE, "0.7-1", [], "controller", id="0.7 is less than 0.7.2"),
        pytest.param(RHEL, "", [], "controller", id="RHEL 9 without EPEL"),
        pytest.param(RHEL, "0.7.12", ["python3-pyroute2"], "", id="RHEL 9, a repository has it"),
        pytest.param(RHEL, "0.6.9", [], "controller", id="RHEL 9, a repository has an old one"),
        pytest.param(dataclasses.replace(RHEL, python=(3, 12, 9)), "0.7.12", ["python3-pyroute2"], "", id="RHEL 10"),
    ],
)
def test_the_version_decides(host: Any, candidate: str, packages: list[str], private: str) -> None:
    plan = decide(host, candidate=candidate)
    assert (plan.packages, plan.private, plan.errors) == (packages, private, [])
    assert plan.summary


@pytest.mark.parametrize(
    "observed",
    [
        pytest.param({"importable": host_py.Copy("0.7.2", OF_DISTRIBUTION)}, id="distribution"),
        pytest.param({"importable": host_py.Copy("0.9.7", OF_PIP)}, id="pip"),
        pytest.param({"private": host_py.Copy("0.7.2", PRIVATE)}, id="private"),
        pytest.param(
            {"importable": host_py.Copy("0.5.14", OF_DISTRIBUTION), "private": host_py.Copy("0.9.7", PRIVATE)},
            id="private beside an old one",
        ),
        pytest.param({"importable": host_py.Copy("0.9.7", "/venv/lib/pyroute2/__init__.py"), "system_python": False}, id="venv"),
        pytest.param({"importable": host_py.Copy("0.7.2", OF_DISTRIBUTION), "manager": "", "root": False}, id="unknown distribution"),
    ],
)
@pytest.mark.parametrize("source", ["auto", "distribution", "pypi", "controller"])
def test_what_is_there_is_left_alone(observed: dict[str, Any], source: str) -> None:
    plan = decide(want={"source": source}, candidate=None, **observed)
    assert plan == host_py.Plan()


def test_the_package_manager_is_asked_only_when_it_matters() -> None:
    assert decide(candidate=None).needs_candidate
    assert not decide(candidate=None, want={"source": "controller"}).needs_candidate
    assert not decide(candidate=None, system_python=False).needs_candidate
    assert not decide(candidate=None, manager="").needs_candidate
    assert not decide(candidate=None, importable=host_py.Copy("0.7.2", OF_DISTRIBUTION)).needs_candidate


@pytest.mark.parametrize(
    ("observed", "reason"),
    [
        ({"system_python": False, "executable": "/usr/bin/python3.12"}, "/usr/bin/python3.12 here, which does not see"),
        ({"manager": ""}, "no package manager"),
        ({"candidate": "0.5.14-2"}, "offer python3-pyroute2 0.5.14-2, and pyroute2 0.7.2 is needed"),
        ({"candidate": ""}, "offer no python3-pyroute2"),
        ({"candidate": "0.7.2-2", "importable": host_py.Copy("0.5.14", OF_PIP)}, "is found first and is too old"),
        ({"candidate": "0.7.2-2", "importable": host_py.Copy("", OF_DISTRIBUTION)}, "can't be imported"),
    ],
)
def test_why_the_distribution_does_not_do(observed: dict[str, Any], reason: str) -> None:
    plan = decide(**observed)
    assert plan.private == "controller"
    assert reason in plan.summary[0]
    plan = decide(want={"source": "distribution"}, **observed)
    assert not plan.packages
    assert not plan.private
    assert reason in plan.errors[0]
    assert "auto" in plan.errors[0]


@pytest.mark.parametrize(
    ("source", "pip", "wheel", "private", "fallback"),
    [
        ("auto", True, False, "pypi", True),
        ("auto", True, True, "controller", False),
        ("auto", False, False, "controller", False),
        ("pypi", True, False, "pypi", False),
        ("controller", True, False, "controller", False),
        ("controller", False, True, "controller", False),
    ],
)
def test_where_the_private_copy_comes_from(source: str, pip: bool, wheel: bool, private: str, fallback: bool) -> None:
    plan = decide(want={"source": source, "wheel": wheel}, pip=pip)
    assert (plan.private, plan.fallback, plan.errors) == (private, fallback, [])


def test_an_asked_for_version_replaces_a_private_copy_only() -> None:
    old = host_py.Copy("0.7.12", PRIVATE)
    want = {"version": "0.9.7", "source": "controller"}
    assert decide(want=want, private=old).private == "controller"
    assert decide(want=want, private=host_py.Copy("0.9.7", PRIVATE)) == host_py.Plan()
    assert decide(want=want, importable=host_py.Copy("0.7.2", OF_DISTRIBUTION)) == host_py.Plan()


@pytest.mark.parametrize(
    ("observed", "want", "sentence"),
    [
        ({"python": (3, 6, 8), "executable": "/usr/libexec/platform-python"}, {}, "platform-python on this host, which is Python 3.6.8. "),
        ({"python": (3, 8, 10)}, {}, "Python 3.8.10"),
        ({"root": False}, {}, "become: true"),
        ({}, {"source": "pypi"}, "python3-pip"),
        ({"pip": True}, {"source": "pypi", "install_version": "0.6.0"}, "0.7.2 or newer"),
        ({"pip": True}, {"source": "pypi", "wheel": True}, "exclude each other"),
        ({"manager": "", "missing": ("dnsmasq",)}, {}, "The command dnsmasq is missing"),
    ],
)
def test_refusals_name_the_remedy(observed: dict[str, Any], want: dict[str, Any], sentence: str) -> None:
    assert sentence in " ".join(decide(want=want, **observed).errors)


def test_old_python_is_the_only_thing_said() -> None:
    plan = decide(python=(3, 6, 8), missing=("dnsmasq",), root=False)
    assert len(plan.errors) == 1
    assert not plan.packages


def test_features_become_packages() -> None:
    missing = tuple(VARIABLES["__prepare_features"])
    assert decide(missing=missing, private=host_py.Copy("0.9.7", PRIVATE)).packages == ["dnsmasq-base", "iproute2", "iptables", "nftables"]
    assert decide(RHEL, missing=missing, private=host_py.Copy("0.9.7", PRIVATE)).packages == ["dnsmasq", "iproute", "iptables", "nftables"]


@pytest.mark.parametrize(
    ("os_release", "commands", "manager"),
    [
        ('ID=debian\nVERSION_ID="11"\n', {"apt-get"}, "apt"),
        ("ID=ubuntu\nID_LIKE=debian\n", {"apt-get"}, "apt"),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', {"apt-get"}, "apt"),
        ("ID=debian\n", {"apt-get", "dnf"}, "apt"),
        ('ID="rhel"\nID_LIKE="fedora"\n', {"dnf"}, "dnf"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', {"dnf", "apt-get"}, "dnf"),
        ('ID="almalinux"\nID_LIKE="rhel centos fedora"\n', {"dnf"}, "dnf"),
        ("ID=fedora\n", set(), ""),
        ("ID=arch\n", {"apt-get", "dnf"}, ""),
        ("", {"apt-get"}, ""),
    ],
)
def test_distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, os_release: str, commands: set[str], manager: str) -> None:
    (tmp_path / "os-release").write_text(os_release, encoding="utf-8")
    monkeypatch.setattr(host_py, "OS_RELEASE", str(tmp_path / "os-release"))
    monkeypatch.setattr(host_py, "which", lambda command: command if command in commands else None)
    assert host_py.package_manager() == manager


def test_without_os_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_py, "OS_RELEASE", str(tmp_path / "nothing"))
    assert host_py.package_manager() == ""


POLICY = """python3-pyroute2:
  Installed: {installed}
  Candidate: {candidate}
  Version table:
     0.7.7-4 500
        500 mirror trixie/main amd64 Packages
 *** 0.5.14-2 100
        100 /var/lib/dpkg/status
"""


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        (POLICY.format(installed="(none)", candidate="0.7.7-4"), "0.7.7-4"),
        (POLICY.format(installed="0.5.14-2", candidate="0.7.7-4"), "0.7.7-4"),
        (POLICY.format(installed="(none)", candidate="(none)"), ""),
        ("", ""),
    ],
)
def test_apt_policy(answer: str, version: str) -> None:
    assert host_py.policy(answer) == version


@pytest.mark.parametrize(
    ("answer", "version"),
    [("0.7.12\n", "0.7.12"), ("0.7.12", "0.7.12"), ("0.6.9\n0.10.1\n0.7.12\n", "0.10.1"), ("", "")],
    ids=["dnf 4", "dnf 5", "several repositories", "none"],
)
def test_dnf_answer(monkeypatch: pytest.MonkeyPatch, answer: str, version: str) -> None:
    monkeypatch.setattr(host_py, "output", lambda command: answer)
    assert host_py.candidate("dnf") == version


def test_a_failing_package_manager_has_nothing_to_offer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dnf = tmp_path / "dnf"
    dnf.write_text("#!/bin/sh\necho 9.9\nexit 1\n", encoding="utf-8")
    dnf.chmod(0o755)
    monkeypatch.setattr(host_py, "SEARCH_PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert host_py.candidate("dnf") == ""


def test_documented_features_are_the_features() -> None:
    options = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
    assert sorted(VARIABLES["__prepare_features"]) == options["prepare_features"]["choices"]
    defaults = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text(encoding="utf-8"))
    assert set(defaults) == set(options)


def test_every_variable_is_in_the_readme() -> None:
    readme = (ROLE / "README.md").read_text(encoding="utf-8")
    for name in yaml.safe_load((ROLE / "defaults" / "main.yml").read_text(encoding="utf-8")):
        assert f"`{name}`" in readme, name
    assert VARIABLES["__prepare_directory"] == DIRECTORY
    assert DIRECTORY in readme


def test_role_and_modules_agree() -> None:
    """The role fills the directory that the modules look into, and asks for the version that they ask for."""
    source = (ROLE.parents[1] / "plugins" / "module_utils" / "rtnetlink.py").read_text(encoding="utf-8")
    constants = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id.startswith("PYROUTE2_")
    }
    assert constants["PYROUTE2_DIRECTORY"] == VARIABLES["__prepare_directory"]
    assert constants["PYROUTE2_MINIMUM"] == host_py.number(VARIABLES["__prepare_minimum"])
