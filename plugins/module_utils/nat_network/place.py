# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network namespace that we work in. Programs that are started inherit it, and /proc/sys/net is that of whoever looks."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.host import Namespaces

_here = ""


def current() -> str:
    """The name of the namespace, empty for the one that the module was started in."""
    return _here


def exists(name: str) -> bool:
    """Whether there is such a namespace; where we are there is."""
    namespaces = Namespaces()
    try:
        return namespaces.exists(name)
    finally:
        namespaces.close()


@contextlib.contextmanager
def inside(name: str, coming: bool = False) -> t.Iterator[None]:
    """Be in the namespace of that name while the body runs, which does not go into another. ``coming``: where there is none yet, an
    empty one stands for it; else NetdevError is raised.
    """
    global _here  # noqa: PLW0603  (it is the process that has a place)
    if name == _here:
        yield
        return
    before, namespaces = _here, Namespaces()
    try:
        with _entered(namespaces, name, coming):
            _here = name
            yield
    finally:
        _here = before
        namespaces.close()


def _entered(namespaces: Namespaces, name: str, coming: bool) -> contextlib.AbstractContextManager[None]:
    if namespaces.exists(name):
        return namespaces.inside(name)
    if not coming:
        raise NetdevError(f"There is no network namespace {name}")
    return namespaces.inside_an_empty_one()
