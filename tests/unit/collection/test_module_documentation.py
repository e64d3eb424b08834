# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the device modules against what they do: options, examples, return values."""

from __future__ import annotations

import importlib
import re
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.netdev.linux.plugins.module_utils import device, kinds, result, values
from ansible_collections.netdev.linux.plugins.module_utils.model import Link
from ansible_collections.netdev.linux.plugins.module_utils.walker import Walker

COLLECTION = "ansible_collections.netdev.linux.plugins"
MODULES = Path(__file__).resolve().parents[3] / "plugins" / "modules"
DEVICES = ("bridge", "tuntap", "dummy", "veth")
ENGINE = (*DEVICES, "netns", "route", "topology", "link")


def load(name: str) -> t.Any:
    return importlib.import_module("%s.modules.%s" % (COLLECTION, name))


def documented(name: str) -> dict[str, t.Any]:
    """The options of a module, those of its fragments included."""
    document = yaml.safe_load(load(name).DOCUMENTATION)
    options: dict[str, t.Any] = {}
    for fragment in document.get("extends_documentation_fragment", []):
        file, _dot, part = fragment[len("netdev.linux.") :].partition(".")
        text = getattr(
            importlib.import_module("%s.doc_fragments.%s" % (COLLECTION, file)).ModuleDocFragment, (part or "documentation").upper()
        )
        options.update(yaml.safe_load(text).get("options", {}))
    options.update(document.get("options", {}))
    return options


@pytest.mark.parametrize("name", DEVICES)
def test_options_are_those_of_the_table(name: str) -> None:
    """Each option of the argument specification is documented with its type, and none besides."""
    spec = device.argument_spec(kinds.KINDS[name])
    options = documented(name)
    assert sorted(options) == sorted(spec)
    for option, entry in spec.items():
        for key in ("type", "elements", "default", "choices"):
            assert options[option].get(key) == entry.get(key), (option, key)
        assert bool(options[option].get("required")) == bool(entry.get("required")), option


@pytest.mark.parametrize("name", DEVICES)
def test_choices_are_documented(name: str) -> None:
    """The walker checks values, so the argument specification has no choices: the text has them."""
    options = documented(name)
    for attribute in (*kinds.COMMON, *kinds.KINDS[name].attributes):
        if isinstance(attribute.type, values.Choice):
            text = str(options[attribute.name]["description"])
            for word in attribute.type.numbers:
                assert "V(%s)" % word in text, (attribute.name, word)


LINK_OPTIONS = [
    pytest.param(kind, attribute, id="%s-%s" % (kind.name, attribute.name))
    for kind in kinds.KINDS.values()
    if kind.name not in DEVICES
    for attribute in kind.attributes
]


def texts_of_link() -> dict[tuple[str, str], str]:
    """What module link says of an option of a kind, by both."""
    found: dict[tuple[str, str], str] = {}
    for text in documented("link")["options"]["description"]:
        match = re.match(r"((?:O\(kind=\w+\)(?:, )?)+) C\((\w+)\): ", text)
        for kind in re.findall(r"kind=(\w+)", match[1]) if match else ():
            assert (kind, match[2]) not in found, (kind, match[2])  # type: ignore[index]
            found[kind, match[2]] = text  # type: ignore[index]
    return found


@pytest.mark.parametrize(("kind", "attribute"), LINK_OPTIONS)
def test_link_documents_each_option_of_each_kind(kind: kinds.Kind, attribute: kinds.Attribute) -> None:
    """With what is allowed, its unit, what it needs, and when it can't be changed."""
    text = texts_of_link()[kind.name, attribute.name]
    if isinstance(attribute.type, values.Choice):
        assert re.findall(r"V\(([^)]+)\)", text.split("one of ")[1])[: len(attribute.type.numbers)] == list(attribute.type.numbers)
    elif isinstance(attribute.type, values.Unsigned):
        assert "%d to %d" % (attribute.type.low, attribute.type.high) in text
        assert attribute.type.unit in text
    if isinstance(attribute.type, (values.Worded, values.OrWord)):
        assert "V(%s)" % attribute.type.name in text
    assert ("Fixed when the link is made" in text) == (attribute.change == kinds.NEVER)
    assert ("while the link is down" in text) == (attribute.change == kinds.LINK_DOWN)
    plain = re.sub(r"[COV]\(([^)]+)\)", r"\1", text)
    assert attribute.needs is None or "nly with %s" % attribute.needs.text in plain
    assert (attribute.name in kind.required) <= ("Required" in text)


def test_link_documents_nothing_else() -> None:
    known = {(kind.name, option) for kind in kinds.KINDS.values() for option in kind.by_option}
    assert set(texts_of_link()) <= known


def test_link_names_every_kind() -> None:
    assert set(re.findall(r"V\((\w+)\)", documented("link")["kind"]["description"][0])) == set(kinds.KINDS)


def examples(name: str) -> list[tuple[str, str, dict[str, t.Any]]]:
    """The tasks of a module's examples: the task's name, the module, its arguments."""
    found = []
    for task in yaml.safe_load(load(name).EXAMPLES):
        for key, arguments in task.items():
            if key.startswith("netdev.linux."):
                found.append((task["name"], key[len("netdev.linux.") :], arguments))
    return found


EXAMPLES = [pytest.param(module, arguments, id="%s-%s" % (name, title)) for name in ENGINE for title, module, arguments in examples(name)]


@pytest.mark.parametrize(("module", "arguments"), EXAMPLES)
def test_examples_are_right(module: str, arguments: dict[str, t.Any]) -> None:
    """What the documentation shows is valid input. A template stands for whatever is right there."""
    walker = Walker()
    read: dict[str, t.Callable[[], t.Any]] = {
        "netns": lambda: walker.namespace(arguments),
        "route": lambda: walker.route(arguments),
        "topology": lambda: walker.topology(arguments),
        "link": lambda: walker.nested_link(arguments, "", {}),
    }
    if module in DEVICES:
        walker.link(arguments, kinds.KINDS[module])
    elif module in read:
        read[module]()
    assert not [(path, text) for path, text in walker.problems if "{{" not in text]


@pytest.mark.parametrize("name", ENGINE)
def test_each_module_has_examples_of_its_own(name: str) -> None:
    assert sum(module == name for _title, module, _arguments in examples(name)) >= 2


@pytest.mark.parametrize("name", DEVICES)
def test_return_values_are_documented(name: str) -> None:
    """The keys of a link in the result are those that the documentation lists."""
    returned = yaml.safe_load(load(name).RETURN)
    assert {"commands", "flapped", "recreated", "links"} <= set(returned)
    contains = returned["links"]["contains"]
    everything = Link(
        "x0",
        kind=name,
        index=5,
        common={attribute.name: 7 for attribute in kinds.OF_DRIVERS},
        sysctls={"ipv4.rp_filter": "1"},
        peer_at=("", "x1"),
        parent_at=("", "x2"),
        port={"isolated": True},
    )
    shown = set(result.show(everything))
    assert shown <= set(contains), sorted(shown - set(contains))
    assert set(contains) == shown | {"vlans"}, sorted(set(contains) - shown)


@pytest.mark.parametrize("path", sorted(MODULES.glob("*.py")), ids=lambda path: path.stem)
def test_a_module_is_documentation_and_a_few_lines(path: Path) -> None:
    """What a module does is in the engine."""
    text = path.read_text(encoding="utf-8")
    code = re.sub(r'^(DOCUMENTATION|EXAMPLES|RETURN) = r"""\n.*?^"""\n', "", text, flags=re.DOTALL | re.MULTILINE)
    assert code.startswith("#!/usr/bin/python\n# Copyright (c) ")
    assert 'if __name__ == "__main__":\n    main()\n' in code
    if path.stem in ENGINE:
        assert len(code.splitlines()) < 40
