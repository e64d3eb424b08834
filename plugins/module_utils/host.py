# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not netlink: namespaces by name, sysctls, /dev/net/tun, and who holds what. Linux system calls, standard library only."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import struct
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.model import HERE
from ansible_collections.netdev.linux.plugins.module_utils.netlink import Socket

NETNS_DIRECTORY = "/run/netns"  # iproute2's NETNS_RUN_DIR
_OWN_NETNS = "/proc/self/ns/net"
_LOCK = "/run/netdev-linux.lock"

_CLONE_NEWNET = 0x40000000
_MS_BIND, _MS_REC, _MS_SHARED, _MNT_DETACH = 0x1000, 0x4000, 0x100000, 2

# include/uapi/linux/if_tun.h
_TUNSETIFF, _TUNSETPERSIST, _TUNSETOWNER, _TUNSETGROUP = 0x400454CA, 0x400454CB, 0x400454CC, 0x400454CE
_IFF_TUN, _IFF_TAP, _IFF_MULTI_QUEUE, _IFF_NO_PI, _IFF_VNET_HDR, _IFF_TUN_EXCL = 1, 2, 0x100, 0x1000, 0x4000, 0x8000
_TUN_DEVICE = "/dev/net/tun"

# Among a link's sysctls: what follows its MTU, what is an option of its own, what only reports, and a secret, which few have: by name only.
_NOT_OF_A_LINK = ("mtu", "addr_gen_mode", "mc_forwarding", "stable_secret")
# The kernel itself gives -1 to links without ARP (ipv6_add_dev in net/ipv6/addrconf.c).
_OFF_WITHOUT_ARP = ("accept_dad", "use_tempaddr")

_libc = ctypes.CDLL(None, use_errno=True)


def _call(function: str, *arguments: t.Any) -> None:
    if getattr(_libc, function)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _mount(source: bytes, target: bytes, flags: int) -> None:
    _call("mount", source, target, b"none", ctypes.c_ulong(flags), None)


def netns_path(name: str) -> str:
    """Where the namespace's handle is, in ``ip netns``' own place."""
    return os.path.join(NETNS_DIRECTORY, name)


def netns_names() -> list[str]:
    """All namespaces that have a name."""
    try:
        return sorted(os.listdir(NETNS_DIRECTORY))
    except FileNotFoundError:
        return []


def _read_line(path: str) -> str | None:
    """A sysctl's value; None where there is none, or it was never set. Without a file object: a host has many thousands of them."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return " ".join(os.read(descriptor, 4096).decode("ascii", "replace").split())
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _identity(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except (FileNotFoundError, PermissionError):
        return None
    return status.st_dev, status.st_ino


def _take_lock() -> int:
    """The descriptor of the lock, a file that is gone when nobody holds it. Raises OSError."""
    while True:
        descriptor = os.open(_LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), os.stat(_LOCK)):
                return descriptor
        os.close(descriptor)  # whoever held it has removed that file meanwhile; the lock is another one now


class Namespaces:
    """The namespaces a task deals with: one netlink socket each, opened inside and kept.

    ``HERE`` is the one the module runs in, under whatever name; see :meth:`canonical`.
    """

    def __init__(self) -> None:
        self._home = os.open(_OWN_NETNS, os.O_RDONLY | os.O_CLOEXEC)
        self._descriptors: dict[str, int] = {HERE: self._home}
        self._sockets: dict[str, Socket] = {}
        self._lock: int | None = None

    @contextlib.contextmanager
    def alone(self) -> t.Iterator[None]:
        """Be the only task that changes this host's network, until the body ends or :meth:`let_others` is called.

        Two at once would each plan on what the other is about to change, and one that fails would take away what the other found.
        """
        with contextlib.suppress(OSError):  # in an ordinary user's namespaces, where /run is not writable
            self._lock = _take_lock()
        try:
            yield
        finally:
            self.let_others()

    def let_others(self) -> None:
        """Let other tasks change the network."""
        if self._lock is not None:
            with contextlib.suppress(OSError):
                os.unlink(_LOCK)
            os.close(self._lock)
            self._lock = None

    def close(self) -> None:
        for netlink in self._sockets.values():
            netlink.close()
        for descriptor in self._descriptors.values():
            os.close(descriptor)
        self._sockets.clear()
        self._descriptors.clear()

    def canonical(self, name: str) -> str:
        """``HERE`` for the name of the namespace that the module runs in already, else the name itself."""
        if name != HERE and _identity(netns_path(name)) == _identity(_OWN_NETNS):
            return HERE
        return name

    def exists(self, name: str) -> bool:
        """Whether there is such a namespace. A file that is none (its mount is gone) does not count."""
        if name == HERE:
            return True
        try:
            self.descriptor(name)
        except FileNotFoundError:
            return False
        return True

    @staticmethod
    def left_over(name: str) -> bool:
        """Whether there is a file of that name which is no namespace any more; ``ip netns`` leaves one when it is killed."""
        return name != HERE and os.path.exists(netns_path(name)) and not _is_mounted_namespace(netns_path(name))

    def sound(self) -> list[str]:
        """All namespaces that have a name, without the files that stand for none any more."""
        return [name for name in netns_names() if not self.left_over(name)]

    def descriptor(self, name: str) -> int:
        """An open descriptor of the namespace. Never creates one. Raises FileNotFoundError, NetdevError."""
        if name not in self._descriptors:
            descriptor = os.open(netns_path(name), os.O_RDONLY | os.O_CLOEXEC)
            try:
                with self._switched_to(descriptor):
                    pass
            except OSError as error:
                os.close(descriptor)
                if error.errno == errno.EINVAL:
                    raise NetdevError(
                        "%s is not a network namespace (left over from one that was unmounted?); remove that file with "
                        "`ip netns delete %s`" % (netns_path(name), name)
                    ) from None
                raise _needs_privilege(error, "enter namespace %s" % name) from error
            self._descriptors[name] = descriptor
        return self._descriptors[name]

    def socket(self, name: str) -> Socket:
        """The namespace's netlink socket."""
        if name not in self._sockets:
            with self.inside(name):
                self._sockets[name] = Socket()
        return self._sockets[name]

    @contextlib.contextmanager
    def inside(self, name: str) -> t.Iterator[None]:
        """Run the body inside a namespace; sockets, /proc/sys/net and tun devices opened there belong to it."""
        if name == HERE:
            yield
            return
        with self._switched_to(self.descriptor(name)):
            yield

    @contextlib.contextmanager
    def inside_an_empty_one(self) -> t.Iterator[None]:
        """Run the body inside a new namespace that ends with it, unless something keeps it."""
        try:
            _call("unshare", _CLONE_NEWNET)
        except OSError as error:
            raise _needs_privilege(error, "make a namespace") from error
        try:
            yield
        finally:
            _call("setns", self._home, _CLONE_NEWNET)

    @contextlib.contextmanager
    def _switched_to(self, descriptor: int) -> t.Iterator[None]:
        _call("setns", descriptor, _CLONE_NEWNET)
        try:
            yield
        finally:
            _call("setns", self._home, _CLONE_NEWNET)

    # ---- making and removing, as ip-netns(8) does

    def create(self, name: str) -> None:
        """Make a namespace and bind its handle to a file, compatible with ``ip netns add`` (netns_add, ip/ipnetns.c)."""
        try:
            _share_directory()
            handle = netns_path(name)
            try:
                os.close(os.open(handle, os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0))
            except FileExistsError:
                if _is_mounted_namespace(handle):
                    raise
            try:
                _call("unshare", _CLONE_NEWNET)
                try:
                    _mount(_OWN_NETNS.encode(), handle.encode(), _MS_BIND)
                finally:
                    _call("setns", self._home, _CLONE_NEWNET)
            except OSError:
                os.unlink(handle)
                raise
        except OSError as error:
            raise _needs_privilege(error, "make namespace %s" % name) from error

    def delete(self, name: str) -> None:
        """Take the name away; the kernel removes the namespace when nothing holds it any more."""
        if name in self._sockets:
            self._sockets.pop(name).close()
        if name in self._descriptors:
            os.close(self._descriptors.pop(name))
        handle = netns_path(name)
        try:
            try:
                _call("umount2", handle.encode(), _MNT_DETACH)
            except OSError as error:
                if error.errno != errno.EINVAL:  # not a mount: a left-over file
                    raise
            os.unlink(handle)
        except OSError as error:
            raise _needs_privilege(error, "remove namespace %s" % name) from error

    @contextlib.contextmanager
    def scratch(self) -> t.Iterator[str]:
        """A namespace without a name, that is gone after the body. Raises NetdevError."""
        name = "/scratch"  # no namespace of a user's has a slash in its name
        try:
            _call("unshare", _CLONE_NEWNET)
            self._descriptors[name] = os.open(_OWN_NETNS, os.O_RDONLY | os.O_CLOEXEC)
            _call("setns", self._home, _CLONE_NEWNET)
        except OSError as error:
            raise _needs_privilege(error, "make a network namespace to try things in") from error
        try:
            yield name
        finally:
            if name in self._sockets:
                self._sockets.pop(name).close()
            os.close(self._descriptors.pop(name))

    def processes(self, name: str) -> list[tuple[int, str]]:
        """The processes that run in a namespace, as (pid, command), this one excluded."""
        wanted = _identity(netns_path(name))
        found = []
        for pid in pids():
            if pid != os.getpid() and wanted and _identity("/proc/%d/ns/net" % pid) == wanted:
                found.append((pid, command_of(pid)))
        return found

    # ---- sysctls

    def read_sysctl(self, netns: str, path: t.Sequence[str]) -> tuple[str | None, list[str] | None]:
        """A sysctl below net.: its value (None: it has never been set), and where there is none, the names beside it."""
        file = os.path.join("/proc/sys/net", *path)
        with self.inside(netns):
            try:
                with open(file, encoding="utf-8", errors="replace") as stream:
                    return " ".join(stream.read().split()), None
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                directory = os.path.dirname(file)
                return None, sorted(os.listdir(directory)) if os.path.isdir(directory) else []
            except OSError as error:
                if error.errno in (errno.EIO, errno.EINVAL, errno.ENOMEM):  # stable_secret that was never set
                    return None, None
                raise _needs_privilege(error, "read sysctl %s" % ".".join(["net", *path])) from error

    def link_sysctls(self, netns: str, link: str, only: t.Sequence[str] = ()) -> dict[str, str]:
        """The sysctls of a link that somebody may have set, as ``family.key``; of the link ``default`` those that a new one gets.

        ``only`` names the ones that matter, as ``family.key``.
        """
        found = {}
        with self.inside(netns):
            for family in ("ipv4", "ipv6"):
                directory = "/proc/sys/net/%s/conf/%s/" % (family, link)
                try:
                    keys = [key[5:] for key in only if key.startswith(family)] if only else os.listdir(directory)
                except FileNotFoundError:  # a link without IPv6
                    continue
                for key in keys:
                    value = None if key in _NOT_OF_A_LINK and not only else _read_line(directory + key)
                    if value is not None and (value != "-1" or key not in _OFF_WITHOUT_ARP):
                        found["%s.%s" % (family, key)] = value
        return found

    def write_sysctl(self, netns: str, path: t.Sequence[str], value: str) -> None:
        """Write a sysctl below net. Raises NetdevError."""
        name = ".".join(["net", *path])
        with self.inside(netns):
            try:
                with open(os.path.join("/proc/sys/net", *path), "w", encoding="utf-8") as stream:
                    stream.write(value)
            except FileNotFoundError:
                raise NetdevError("There is no sysctl %s on this kernel" % name) from None
            except OSError as error:
                if error.errno == errno.EINVAL:
                    raise NetdevError("The kernel does not take %r as the value of sysctl %s" % (value, name)) from None
                raise _needs_privilege(error, "write sysctl %s" % name) from error

    # ---- tun/tap

    def create_tuntap(self, netns: str, name: str, options: dict[str, t.Any]) -> None:
        """Make a persistent tun/tap device. ``options`` in the words of the kinds table."""
        with self._tun(netns, name, options, _IFF_TUN_EXCL) as device:
            self._own(device, options)
            fcntl.ioctl(device, _TUNSETPERSIST, 1)

    def own_tuntap(self, netns: str, name: str, options: dict[str, t.Any], values: dict[str, int]) -> None:
        """Set owner and group of an existing device. Opening it must repeat its present flags, or they would change."""
        with self._tun(netns, name, options, 0) as device:
            self._own(device, values)

    @staticmethod
    def _own(device: int, values: dict[str, t.Any]) -> None:
        for option, request in (("user", _TUNSETOWNER), ("group", _TUNSETGROUP)):
            if values.get(option) is not None:
                fcntl.ioctl(device, request, ctypes.c_int(values[option]).value)

    @contextlib.contextmanager
    def hold_tap(self, netns: str, name: str) -> t.Iterator[None]:
        """A tap that exists, and has carrier, as long as the body runs."""
        with self._tun(netns, name, {"mode": "tap"}, _IFF_TUN_EXCL):
            yield

    @contextlib.contextmanager
    def _tun(self, netns: str, name: str, options: dict[str, t.Any], flags: int) -> t.Iterator[int]:
        flags |= _IFF_TAP if options["mode"] == "tap" else _IFF_TUN
        flags |= 0 if options.get("pi") else _IFF_NO_PI
        flags |= _IFF_VNET_HDR if options.get("vnet_hdr") else 0
        flags |= _IFF_MULTI_QUEUE if options.get("multi_queue") else 0
        with self.inside(netns):
            try:
                device = os.open(_TUN_DEVICE, os.O_RDWR | os.O_CLOEXEC)
            except OSError as error:
                if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
                    raise NetdevError(
                        "There is no %s: the kernel has no tun/tap driver (CONFIG_TUN); load it with `modprobe tun`" % _TUN_DEVICE
                    ) from None
                raise _needs_privilege(error, "open %s" % _TUN_DEVICE) from error
            try:
                fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", name.encode(), flags))
                yield device
            except OSError as error:
                if error.errno == errno.EBUSY:
                    raise NetdevError("%s is held open by %s" % (name, describe(self.holders(netns, name)) or "a process")) from None
                raise _needs_privilege(error, "open tun/tap device %s" % name) from error
            finally:
                os.close(device)

    def holders(self, netns: str, name: str) -> list[tuple[int, str]]:
        """The processes that hold a tun/tap device open, as (pid, command), seen from /proc/PID/fdinfo.

        A descriptor does not tell its device's namespace; the processes inside that namespace come first.
        """
        inside = _identity(netns_path(netns) if netns else _OWN_NETNS)
        found = []
        for pid in pids():
            try:
                numbers = os.listdir("/proc/%d/fd" % pid)
            except OSError:
                continue
            for number in numbers:
                try:
                    if os.readlink("/proc/%d/fd/%s" % (pid, number)) != _TUN_DEVICE:
                        continue
                    with open("/proc/%d/fdinfo/%s" % (pid, number), encoding="utf-8", errors="replace") as stream:
                        held = any(line.split() == ["iff:", name] for line in stream)
                except OSError:
                    continue
                if held:
                    found.append((_identity("/proc/%d/ns/net" % pid) != inside, pid, command_of(pid)))
                    break
        return [(pid, command) for _elsewhere, pid, command in sorted(found)]


def _share_directory() -> None:
    """/run/netns as a shared mount of its own, so that a namespace's handle shows in every mount namespace."""
    os.makedirs(NETNS_DIRECTORY, mode=0o755, exist_ok=True)
    directory = NETNS_DIRECTORY.encode()
    try:
        _mount(b"", directory, _MS_SHARED | _MS_REC)
    except OSError as error:
        if error.errno != errno.EINVAL:  # EINVAL: not a mount point yet
            raise
        _mount(directory, directory, _MS_BIND | _MS_REC)
        _mount(b"", directory, _MS_SHARED | _MS_REC)


def _is_mounted_namespace(handle: str) -> bool:
    parent = os.path.dirname(handle)
    return os.stat(handle).st_dev != os.stat(parent).st_dev


def pids() -> list[int]:
    """Every process that can be seen."""
    return sorted(int(entry) for entry in os.listdir("/proc") if entry.isdigit())


def command_of(pid: int) -> str:
    """The name of a process, for messages."""
    try:
        with open("/proc/%d/comm" % pid, encoding="utf-8", errors="replace") as stream:
            return stream.read().strip()
    except OSError:
        return "?"


def ssh_addresses() -> set[str]:
    """This host's addresses that SSH connections came in by, whose process this one descends from.

    sudo takes SSH_CONNECTION (CLIENT PORT SERVER PORT, see ssh(1)) out of the environment, so the ancestors are asked.
    """
    found = set()
    pid = os.getpid()
    while pid > 1:
        try:
            with open("/proc/%d/environ" % pid, "rb") as stream:
                variables = stream.read().split(b"\0")
            with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as stream:
                pid = int(stream.read().rpartition(")")[2].split()[1])  # the parent's
        except (OSError, ValueError, IndexError):
            break
        for variable in variables:
            words = variable.partition(b"=")[2].split()
            if variable.startswith(b"SSH_CONNECTION=") and len(words) == 4:
                found.add(words[2].decode("ascii", "replace"))
    return found


def describe(processes: t.Sequence[tuple[int, str]]) -> str:
    """``qemu-system-x86 (pid 4711), ...``"""
    return ", ".join("%s (pid %d)" % (command, pid) for pid, command in processes)


def _needs_privilege(error: OSError, what: str) -> NetdevError:
    if error.errno in (errno.EPERM, errno.EACCES):
        return NetdevError("Can't %s: permission denied. Run the task with become: true (it needs CAP_NET_ADMIN)" % what)
    return NetdevError("Can't %s: %s" % (what, error.strerror))
