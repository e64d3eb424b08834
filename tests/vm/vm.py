# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The test VM: Debian 12 with its own kernel, under QEMU's software emulation.

Needs neither root nor KVM. The image is built once from the files in ``recipe/`` and kept in a cache under the hash of
what it is made from; a VM runs on a throw-away overlay over it. Each running VM belongs to a supervisor process, which
starts a new QEMU when the guest reboots and cleans up when it is told to stop or when its owner dies.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import fcntl
import hashlib
import json
import os
import re
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

HERE = Path(__file__).resolve().parent
RECIPE = HERE / "recipe"
REPOSITORY = HERE.parent.parent

BOOT_TIMEOUT = 240.0
"""Seconds until ssh has to answer: twenty times what an idle two-core machine takes."""

# what a command or file is for -> (the path or command, the Debian package that brings it)
RUN_NEEDS = (
    ("qemu-system-x86_64", "qemu-system-x86"),
    ("qemu-img", "qemu-utils"),
    ("ssh", "openssh-client"),
)
BUILD_NEEDS = (
    ("mmdebstrap", "mmdebstrap"),
    ("qemu-img", "qemu-utils"),
    ("mke2fs", "e2fsprogs"),
    ("ssh-keygen", "openssh-client"),
    ("/usr/share/keyrings/debian-archive-keyring.gpg", "debian-archive-keyring"),
)
UNPRIVILEGED_BUILD_NEEDS = (("newuidmap", "uidmap"),)

IMAGE_FILES = ("base.qcow2", "vmlinuz", "initrd.gz", "guest.gz", "kernel")

MMDEBSTRAP = (
    "mmdebstrap",
    "--variant=minbase",
    "--architectures=amd64",
    '--aptopt=APT::Install-Recommends "false"',
    # a mirror that is out of reach shall be an error soon, not after minutes
    '--aptopt=Acquire::http::Timeout "20"',
    '--aptopt=Acquire::Retries "2"',
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    # the kernel package insists on initramfs-tools; ours is made by image.sh, Debian's would cost half a minute
    "--dpkgopt=path-exclude=/etc/kernel/postinst.d/initramfs-tools",
    "--format=null",
)

KERNEL_ARGUMENTS = (
    "console=ttyS0 quiet loglevel=3 panic=-1 root=/dev/vda rw net.ifnames=0 "
    # under emulation: no mitigations to pay for, no clock or timer to calibrate, no security modules
    "mitigations=off nokaslr random.trust_cpu=on tsc=reliable no_timer_check audit=0 selinux=0 apparmor=0 "
    # quiet while all is well; a unit that fails or hangs shows on the console
    "systemd.show_status=auto"
)


# a command behind this ends when this program does, however it does
DIE_WITH_PARENT = ("setpriv", "--pdeathsig", "TERM", "--")


class VmError(Exception):
    """Something that the user has to know, as a sentence."""


def say(text: str) -> None:
    print(text, flush=True)


# --- what has to be installed --------------------------------------------------------------------


def find_program(name: str) -> str | None:
    # an ordinary user's PATH on Debian has no sbin
    return shutil.which(name, path=os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin")


def is_there(need: str) -> bool:
    return Path(need).exists() if need.startswith("/") else find_program(need) is not None


def all_needs() -> tuple[tuple[str, str], ...]:
    needs = RUN_NEEDS + BUILD_NEEDS
    return needs if os.geteuid() == 0 else needs + UNPRIVILEGED_BUILD_NEEDS


def packages_for(needs: Sequence[tuple[str, str]], *, missing_only: bool) -> list[str]:
    return sorted({package for need, package in needs if not (missing_only and is_there(need))})


def require(needs: Sequence[tuple[str, str]]) -> None:
    missing = packages_for(needs, missing_only=True)
    if missing:
        raise VmError(
            "the test VM needs Debian packages that are not installed; as root:\n"
            f"  apt-get install --no-install-recommends {' '.join(missing)}"
        )


# --- the image ------------------------------------------------------------------------------------


def cache_directory() -> Path:
    named = os.environ.get("NETDEV_VM_CACHE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base) / "netdev-linux" / "vm"


def recipe_hash() -> str:
    digest = hashlib.sha256("\0".join(MMDEBSTRAP).encode())
    for path in sorted(RECIPE.iterdir()):
        digest.update(f"\0{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def recipe_lines(name: str) -> list[str]:
    lines = ((RECIPE / name).read_text(encoding="utf-8")).splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


@contextlib.contextmanager
def locked(path: Path, waiting: str | None = None) -> Iterator[int]:
    """Hold a lock. Yields its descriptor: a child that inherits it holds the lock as well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waiting:
                say(waiting)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def image_directory() -> Path:
    return cache_directory() / recipe_hash()


def build() -> Path:
    """Return the folder of the image; make the image first where the cache has none."""
    image = image_directory()
    if image.is_dir():
        return image
    require(BUILD_NEEDS if os.geteuid() == 0 else BUILD_NEEDS + UNPRIVILEGED_BUILD_NEEDS)
    with locked(cache_directory() / "lock", "vm: another process is building the image, waiting for it") as lock:
        if image.is_dir():
            return image
        # nobody builds here now, so what lies about was left by a builder that was killed
        for left in cache_directory().glob(".build-*"):
            shutil.rmtree(left)
        work = Path(tempfile.mkdtemp(prefix=".build-", dir=cache_directory()))
        try:
            started = time.monotonic()
            say(f"vm: building the image (once; about a minute and a half, 150 MB of Debian packages): {image}")
            build_in(work, lock)
            # the image exists whole or not at all
            os.rename(work / "image", image)
            size = sum(path.stat().st_size for path in image.iterdir()) // 1_000_000
            say(f"vm: image built in {time.monotonic() - started:.0f} s, {size} MB, kernel {image_kernel(image)}")
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return image


def build_in(work: Path, lock: int) -> None:
    result = work / "image"
    result.mkdir()
    run_quietly(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "netdev-linux-vm", "-f", str(work / "key")])
    environment = dict(os.environ, PATH=os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin")
    if os.geteuid() == 0:
        # so that a killed build leaves its tree here, where the next one removes it
        environment["TMPDIR"] = str(work)
    else:
        # mmdebstrap works under a subordinate user id, which cannot enter a home directory
        environment["TMPDIR"] = "/var/tmp"
    command = [
        *MMDEBSTRAP,
        "--include=" + ",".join(recipe_lines("packages")),
        f"--customize-hook=copy-in {shlex.quote(str(RECIPE))} /tmp",
        f"--customize-hook=upload {shlex.quote(str(work / 'key.pub'))} /tmp/key.pub",
        # run from the copy: an ordinary user's mmdebstrap works under another user id that may not read this folder
        '--customize-hook=sh "$1/tmp/recipe/image.sh" "$1"',
        "--customize-hook=copy-out " + " ".join(f"/tmp/out/{name}" for name in IMAGE_FILES) + " " + shlex.quote(str(result)),
        "bookworm",
        "/dev/null",
    ]
    # What root's mmdebstrap mounts into its tree (proc, sys, dev/shm) goes with its processes. Were it left behind by a build that was
    # killed, the next one would delete through it.
    own_mounts = ("unshare", "--mount") if os.geteuid() == 0 else ()
    # kept beside the images: when a build fails it is the only witness
    log = cache_directory() / "build.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*DIE_WITH_PARENT, *own_mounts, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            # asked to end, mmdebstrap takes its time: the next builder shall wait for it, also when this one was killed
            pass_fds=[lock],
        )
        try:
            code = process.wait()
        except BaseException:
            # mmdebstrap removes its tree itself when it is asked to end
            process.terminate()
            process.wait()
            raise
    if code != 0:
        raise VmError(build_failure(log.read_text(encoding="utf-8", errors="replace")))
    shutil.copy(work / "key", result / "key")
    (result / "key").chmod(0o600)


def build_failure(log: str) -> str:
    tail = "\n".join("  " + line for line in log.splitlines()[-15:])
    unreachable = r"Temporary failure resolving|Could not resolve|Could not connect|Unable to connect|Connection timed out"
    if re.search(unreachable, log):
        return (
            "the image of the test VM cannot be built: the Debian mirror is out of reach. The first build needs the "
            "network; later runs use the cached image and need none. The end of mmdebstrap's log:\n" + tail
        )
    return "the image of the test VM cannot be built. The end of mmdebstrap's log:\n" + tail


def run_quietly(command: Sequence[str]) -> str:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise VmError(f"{shlex.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def image_kernel(image: Path) -> str:
    return (image / "kernel").read_text(encoding="utf-8").strip()


# --- an instance, as seen from outside --------------------------------------------------------------


def instances_directory() -> Path:
    # not below a long $TMPDIR: sockets lie here, and the path of a socket has at most 107 bytes
    base = tempfile.gettempdir()
    if len(base) > 40:
        base = "/tmp"
    directory = Path(base) / f"netdev-vm-{os.getuid()}"
    directory.mkdir(mode=0o700, exist_ok=True)
    status = directory.lstat()
    if status.st_uid != os.getuid() or status.st_mode & 0o077 or directory.is_symlink():
        raise VmError(f"{directory} has to be a private folder of this user")
    return directory


@dataclass(frozen=True)
class Instance:
    """A VM by its name. Its folder exists as long as it, its lock is held as long as its supervisor lives."""

    name: str

    @property
    def directory(self) -> Path:
        return instances_directory() / self.name

    @property
    def ssh_config(self) -> Path:
        return self.directory / "ssh_config"

    @property
    def console(self) -> Path:
        return self.directory / "console.log"

    def is_running(self) -> bool:
        try:
            with (self.directory / "lock").open("r", encoding="utf-8") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def state(self) -> dict[str, Any]:
        if not self.is_running():
            raise VmError(f"no VM named {self.name} is running: start one with `vm.py start`")
        try:
            state: dict[str, Any] = json.loads((self.directory / "state.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise VmError(f"VM {self.name} is only just being started") from None
        return state

    def ssh_command(self, *options: str) -> list[str]:
        return ["ssh", "-F", str(self.ssh_config), *options, "vm"]

    def run(self, command: str, *, timeout: float = 60.0) -> str:
        """Run a shell command in the VM and return its output."""
        try:
            done = subprocess.run(
                [*self.ssh_command(), command],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise VmError(f"in the VM, `{command}` did not end within {timeout:.0f} s") from None
        if done.returncode != 0:
            raise VmError(f"in the VM, `{command}` failed: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def failure(self, sentence: str) -> VmError:
        """An error with what the VM's console and its supervisor said last."""
        parts = [sentence]
        for title, path in (("supervisor", self.directory / "supervisor.log"), ("serial console", self.console)):
            text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
            lines = [line.rstrip() for line in text.splitlines() if line.strip()][-30:]
            parts.append(f"--- {title}" + ("" if lines else ": nothing"))
            parts.extend(lines)
        return VmError("\n".join(parts))


def sweep() -> None:
    """Remove the folders of VMs whose supervisor was killed (QEMU went with it). Call it under the lock."""
    for directory in instances_directory().iterdir():
        if directory.is_dir() and not Instance(directory.name).is_running():
            shutil.rmtree(directory)


def start(name: str, *, owner: int | None = None, memory: int = 1024, timeout: float = BOOT_TIMEOUT) -> Instance:
    """Boot a VM and return when ssh answers. With an owner (a process id) it ends when that process ends."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,30}", name):
        raise VmError(f"{name!r} is no name for a VM: letters, digits, dash, dot and underscore, at most 31")
    require(RUN_NEEDS)
    image = build()
    instance = Instance(name)
    with locked(instances_directory() / ".lock"):
        sweep()
        if instance.directory.exists():
            raise VmError(f"a VM named {name} is running already")
        instance.directory.mkdir(mode=0o700)
        with (instance.directory / "lock").open("w", encoding="utf-8") as lock:
            # the supervisor inherits the locked file, so that the lock is free when, and only when, it is gone
            fcntl.flock(lock, fcntl.LOCK_EX)
            arguments = [str(image), str(memory), str(owner or 0)]
            with (instance.directory / "supervisor.log").open("wb") as log:
                process = subprocess.Popen(
                    [sys.executable, str(Path(__file__).resolve()), "supervise", name, *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    start_new_session=True,
                    pass_fds=[lock.fileno()],
                )
    try:
        wait_for_boot(instance, previous_boot=None, timeout=timeout)
    except BaseException:
        stop(name)
        raise
    # reaped by init when this program is gone; nothing waits for it, it says what happens through its files
    process.returncode = 0
    return instance


def stop(name: str) -> None:
    """End a VM and remove its files. The disk is thrown away, so there is no point in shutting it down."""
    instance = Instance(name)
    deadline = time.monotonic() + 20
    while instance.is_running():
        if time.monotonic() > deadline:
            raise VmError(f"the supervisor of VM {name} does not end")
        with contextlib.suppress(VmError, ProcessLookupError):
            os.kill(instance.state()["supervisor"], signal.SIGTERM)
        time.sleep(0.1)
    with locked(instances_directory() / ".lock"):
        if not instance.is_running():
            shutil.rmtree(instance.directory, ignore_errors=True)


def reboot(name: str, timeout: float = BOOT_TIMEOUT) -> None:
    """Reboot through systemd; the supervisor starts a new QEMU on the same disk."""
    instance = Instance(name)
    boot = instance.run("cat /proc/sys/kernel/random/boot_id; systemctl --no-block reboot").strip()
    wait_for_boot(instance, previous_boot=boot, timeout=timeout)


def ssh_answers(port: int) -> bool:
    # QEMU accepts the connection in the guest's place; only the server's greeting says that it is there
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            return connection.recv(4).startswith(b"SSH-")
    except OSError:
        return False


def wait_for_boot(instance: Instance, *, previous_boot: str | None, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while True:
        if not instance.is_running():
            raise instance.failure(f"VM {instance.name} ended before ssh answered")
        if time.monotonic() > deadline:
            raise instance.failure(f"VM {instance.name}: no answer over ssh within {timeout:.0f} s")
        if instance.ssh_config.exists() and ssh_answers(instance.state()["port"]):
            with contextlib.suppress(VmError):
                if instance.run("cat /proc/sys/kernel/random/boot_id", timeout=10).strip() != previous_boot:
                    break
        time.sleep(0.2)
    # ssh is up a little before the last units are; `degraded` is for the tests to judge
    instance.run("systemctl is-system-running --wait || true", timeout=timeout)


# --- an instance, from inside: the supervisor ------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def ssh_config(instance: Instance, image: Path, port: int) -> str:
    options = {
        "HostName": "127.0.0.1",
        "Port": str(port),
        "User": "root",
        "IdentityFile": f'"{image / "key"}"',
        "IdentitiesOnly": "yes",
        "StrictHostKeyChecking": "no",
        "UserKnownHostsFile": "/dev/null",
        "LogLevel": "ERROR",
        "BatchMode": "yes",
        "ConnectTimeout": "10",
        # a login costs the VM half a second; the first connection is kept and shared
        "ControlMaster": "auto",
        "ControlPath": str(instance.directory / "ssh"),
        "ControlPersist": "600",
    }
    return "Host vm\n" + "".join(f"  {key} {value}\n" for key, value in options.items())


def qemu_command(instance: Instance, image: Path, memory: int, port: int, events: int) -> list[str]:
    directory = instance.directory
    return [
        "qemu-system-x86_64",
        # KVM is not tried: there are machines where it is offered and hangs
        *("-accel", "tcg,thread=multi"),
        *("-machine", "q35,hpet=off"),
        # with AVX, AES and virtualisation to offer, the guest loads a dozen modules that are slow to emulate
        *("-cpu", "Nehalem"),
        # booting is parallel: 9 s with two processors, 14 s with one
        *("-smp", str(min(2, os.cpu_count() or 1))),
        *("-m", str(memory)),
        "-nodefaults",
        "-no-user-config",
        *("-display", "none"),
        *("-rtc", "base=utc"),
        *("-kernel", str(image / "vmlinuz")),
        *("-initrd", str(image / "initrd.gz")),
        *("-append", KERNEL_ARGUMENTS),
        *("-device", "virtio-rng-pci"),
        *("-drive", f"file={directory / 'disk.qcow2'},if=none,id=disk,cache=unsafe,discard=unmap"),
        *("-device", "virtio-blk-pci,drive=disk"),
        # the guest reaches nothing; only the host reaches its ssh
        *("-netdev", f"user,id=net,ipv6=off,restrict=on,hostfwd=tcp:127.0.0.1:{port}-:22"),
        *("-device", "virtio-net-pci,netdev=net,romfile="),
        # a reset inside one process takes up to two minutes under emulation, a new process does not
        "-no-reboot",
        *("-chardev", f"file,id=console,path={instance.console},append=on", "-serial", "chardev:console"),
        # tells the supervisor why the guest has ended
        *("-chardev", f"socket,id=events,fd={events}", "-mon", "chardev=events,mode=control"),
    ]


class Supervisor:
    """Runs QEMU, again and again while the guest reboots, until the guest, the user or the owner ends it."""

    def __init__(self, instance: Instance, image: Path, memory: int, owner: int) -> None:
        self.instance = instance
        self.image = image
        self.memory = memory
        self.port = free_port()
        state = {"supervisor": os.getpid(), "port": self.port, "kernel": image_kernel(image)}
        write_whole(instance.directory / "state.json", json.dumps(state))
        # a signal only wakes the loop up: Python writes a byte into this pipe when one comes
        wakeup, wakeup_write = os.pipe()
        os.set_blocking(wakeup_write, False)
        signal.set_wakeup_fd(wakeup_write)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: None)
        self.ends = [wakeup]
        if owner:
            try:
                self.ends.append(os.pidfd_open(owner))
            except ProcessLookupError:
                raise VmError(f"the owner, process {owner}, is gone") from None

    def run(self) -> None:
        disk = ["-b", str(self.image / "base.qcow2"), str(self.instance.directory / "disk.qcow2")]
        run_quietly(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", *disk])
        write_whole(self.instance.directory / "inventory.json", json.dumps(inventory(self.instance), indent=2) + "\n")
        write_whole(self.instance.ssh_config, ssh_config(self.instance, self.image, self.port))
        while self.run_once():
            say("the guest has reset itself: starting QEMU again")

    def run_once(self) -> bool:
        """Run one QEMU process to its end. True when the guest wants another one."""
        console_before = self.instance.console.stat().st_size if self.instance.console.exists() else 0
        events, qemu_side = socket.socketpair()
        process = subprocess.Popen(
            [*DIE_WITH_PARENT, *qemu_command(self.instance, self.image, self.memory, self.port, qemu_side.fileno())],
            stdin=subprocess.DEVNULL,
            pass_fds=[qemu_side.fileno()],
        )
        qemu_side.close()
        reset = False
        pending = b""
        with events:
            events.sendall(b'{"execute": "qmp_capabilities"}\n')
            while True:
                ready, _writable, _failed = select.select([events.fileno(), *self.ends], [], [])
                if ready != [events.fileno()]:
                    process.terminate()
                    process.wait()
                    shutil.rmtree(self.instance.directory)
                    return False
                received = events.recv(65536)
                if not received:
                    break
                *lines, pending = (pending + received).split(b"\n")
                for message in map(json.loads, lines):
                    if message.get("event") == "SHUTDOWN":
                        reset = message["data"].get("reason") == "guest-reset"
        code = process.wait()
        if code != 0:
            raise VmError(f"QEMU ended with code {code}")
        with self.instance.console.open("rb") as console:
            console.seek(console_before)
            if b"Kernel panic" in console.read():
                raise VmError("the guest's kernel panicked")
        if not reset:
            say("the guest has powered itself off")
        return reset


def supervise(name: str, image: str, memory: str, owner: str) -> None:
    Supervisor(Instance(name), Path(image), int(memory), int(owner)).run()


# --- plays ----------------------------------------------------------------------------------------


def inventory(instance: Instance) -> dict[str, Any]:
    variables = {
        "ansible_connection": "ssh",
        "ansible_host": "vm",
        "ansible_ssh_args": f"-F {shlex.quote(str(instance.ssh_config))}",
        # one round trip a task; copying the module first costs the VM two more logins
        "ansible_ssh_pipelining": True,
        "ansible_python_interpreter": "/usr/bin/python3",
    }
    return {"all": {"hosts": {"vm": variables}}}


def install_collection(destination: Path) -> None:
    """Copy the work tree, without what git ignores, to where Ansible looks for the collection."""
    target = destination / "ansible_collections" / "netdev" / "linux"
    if target.exists():
        shutil.rmtree(target)
    listing = run_quietly(
        # whose clone it is does not matter for listing files
        ["git", "-c", "safe.directory=*", "-C", str(REPOSITORY), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    )
    for name in listing.split("\0"):
        source = REPOSITORY / name
        # a deleted file stays in the index until the next commit
        if name and source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)


def ansible_playbook() -> str:
    # the one beside this Python: in a virtual environment that is not activated it is not in PATH
    beside = Path(sys.executable).parent / "ansible-playbook"
    found = str(beside) if beside.exists() else find_program("ansible-playbook")
    if found is None:
        raise VmError("ansible-playbook is neither beside this Python nor in PATH: install ansible-core")
    return found


def play_environment(instance: Instance) -> dict[str, str]:
    """The caller's environment without its Ansible settings: a play gives the same result on every machine."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
    environment.update(
        ANSIBLE_CONFIG=str(HERE / "ansible.cfg"),
        ANSIBLE_HOME=str(instance.directory / "ansible"),
        ANSIBLE_COLLECTIONS_PATH=str(instance.directory / "collections"),
        ANSIBLE_INVENTORY=str(instance.directory / "inventory.json"),
        PATH=f"{Path(ansible_playbook()).parent}:{os.environ.get('PATH', os.defpath)}",
    )
    return environment


def run_play(
    instance: Instance, playbook: Path, arguments: Sequence[str], *, output: IO[bytes] | None = None, timeout: float | None = None
) -> int:
    """Run a playbook of the installed collection (or another file) against the VM. Returns ansible-playbook's code."""
    playbook = playbook.resolve()
    if playbook.is_relative_to(REPOSITORY):
        playbook = instance.directory / "collections/ansible_collections/netdev/linux" / playbook.relative_to(REPOSITORY)
    process = subprocess.Popen(
        [*DIE_WITH_PARENT, ansible_playbook(), str(playbook), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        env=play_environment(instance),
        start_new_session=True,
    )
    try:
        return process.wait(timeout)
    except BaseException as error:
        # its workers and ssh clients are in a session of their own: end all of them
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            return -1
        raise


# Drivers make these when they are loaded, and nobody can delete them.
BY_DRIVERS = re.compile(r"^(bond0|erspan0|gre0|gretap0|ip6gre0|ip6tnl0|sit0|tunl0)(@NONE)?:$")


def network_state(instance: Instance) -> str:
    """What a test has to leave as it was: links, addresses, namespaces, firewall."""
    shown = instance.run("ip -o addr; ip -o link | cut -d' ' -f2; ip netns; nft list ruleset")
    return "\n".join(line for line in shown.splitlines() if not BY_DRIVERS.match(line))


@dataclass
class Outcome:
    target: str
    where: str
    result: str
    seconds: float

    def line(self) -> str:
        return f"{self.target:<24} {self.where}  {self.result}  {self.seconds:.1f}"


@dataclass(frozen=True)
class Python:
    """An interpreter of this machine that is taken along into the VM, to the same places, and what a play is told of it."""

    label: str
    variables: dict[str, str]
    folders: tuple[str, ...]


def pythons(path: Path | None) -> list[Python]:
    """Read the interpreters from a file that the caller wrote."""
    if path is None:
        return []
    return [Python(entry["label"], entry["variables"], tuple(entry["folders"])) for entry in json.loads(path.read_text(encoding="utf-8"))]


# Of a Python, what no module imports.
NOT_TAKEN = ("test", "tests", "idlelib", "tkinter", "ensurepip", "lib2to3", "pydoc_data", "include", "share", "pip", "*.a")


def take_along(instance: Instance, python: Python) -> None:
    """Bring an interpreter into the VM, one compressed stream: what costs time there is the number of programs that are started."""
    there = [folder for folder in python.folders if instance.run(f"test -d {shlex.quote(folder)} && echo yes || echo no").strip() == "yes"]
    folders = [folder.lstrip("/") for folder in python.folders if folder not in there]
    if not folders:
        return
    pack = subprocess.Popen(["tar", "-cz", "-C", "/", *(f"--exclude={pattern}" for pattern in NOT_TAKEN), *folders], stdout=subprocess.PIPE)
    unpack = subprocess.run([*instance.ssh_command(), "tar -xz -C / --no-same-owner"], stdin=pack.stdout, check=False)
    if pack.wait() != 0 or unpack.returncode != 0:
        raise VmError(f"{python.label} could not be copied into the VM")


def test(plays: Sequence[tuple[Path, Python | None]], *, report: Path | None, verbose: bool, timeout: float) -> bool:
    """Run each play in a VM, with the VM's own Python or another. True when all passed."""
    name = f"test-{os.getpid()}"
    outcomes: list[Outcome] = []
    where = "vm"
    problem: VmError | None = None
    try:
        # said before the boot, not after it
        ansible_playbook()
        instance: Instance | None = None
        for play, python in plays:
            if instance is None:
                started = time.monotonic()
                instance = start(name, owner=os.getpid())
                where = f"vm (kernel {instance.state()['kernel']})"
                install_collection(instance.directory / "collections")
                say(f"vm: booted in {time.monotonic() - started:.1f} s")
            outcome = run_test(instance, play, where, python, verbose=verbose, timeout=timeout)
            outcomes.append(outcome)
            say(outcome.line())
            if outcome.result == "failed":
                # whatever it left behind is not the next play's problem
                stop(name)
                instance = None
    except VmError as error:
        problem = error
    finally:
        stop(name)
        # a play that could not run is a failure, not a play less
        for play, python in plays[len(outcomes) :]:
            outcomes.append(Outcome(play.stem, on(where, python), "failed", 0.0))
            say(outcomes[-1].line())
        if report:
            records = [dict(vars(outcome), seconds=round(outcome.seconds, 1)) for outcome in outcomes]
            write_whole(report, json.dumps(records, indent=2) + "\n")
    if problem:
        raise problem
    return all(outcome.result == "passed" for outcome in outcomes)


def on(where: str, python: Python | None) -> str:
    return f"{where}, {python.label}" if python else where


def run_test(instance: Instance, play: Path, where: str, python: Python | None, *, verbose: bool, timeout: float) -> Outcome:
    started = time.monotonic()
    if python:
        take_along(instance, python)
    arguments = ["--extra-vars", json.dumps(python.variables)] if python else []
    before = network_state(instance)
    with tempfile.TemporaryFile() as output:
        code = run_play(instance, play, arguments, output=None if verbose else output, timeout=timeout)
        output.seek(0)
        text = output.read().decode(errors="replace")
    problems = []
    if code != 0:
        problems.append(f"no end within {timeout:.0f} s" if code < 0 else f"ansible-playbook ended with code {code}")
    else:
        after = network_state(instance)
        if after != before:
            changes = difflib.unified_diff(before.splitlines(), after.splitlines(), "before", "after", lineterm="", n=0)
            problems.append("the play left the VM's network changed:\n" + "\n".join(changes))
    if problems:
        say(text.rstrip())
        say(f"{play.stem}: " + "; ".join(problems))
    return Outcome(play.stem, on(where, python), "failed" if problems else "passed", time.monotonic() - started)


# --- files ----------------------------------------------------------------------------------------


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader never sees half of it."""
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(text, encoding="utf-8")
    temporary.rename(path)


def copy(instance: Instance, source: Path, destination: str) -> None:
    """Copy a file or a folder into a folder of the VM, which is made where it is missing: one login, one tar stream."""
    target = shlex.quote(destination)
    process = subprocess.Popen(
        [*instance.ssh_command(), f"mkdir -p {target} && tar -xf - -C {target} --no-same-owner"], stdin=subprocess.PIPE
    )
    assert process.stdin is not None
    with process.stdin as stream, tarfile.open(fileobj=stream, mode="w|") as archive:
        archive.add(source, arcname=source.resolve().name)
    if process.wait() != 0:
        raise VmError(f"copying {source} to the VM's {destination} failed")


# --- command line -----------------------------------------------------------------------------------


def parser() -> argparse.ArgumentParser:
    main_parser = argparse.ArgumentParser(prog="vm.py", description=(__doc__ or "").splitlines()[0])
    commands = main_parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str, *, with_name: bool = True) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        if with_name:
            sub.add_argument("--name", default="default", help="name of the VM (default: %(default)s)")
        return sub

    sub = command("requirements", "print the Debian packages that are needed", with_name=False)
    sub.add_argument("--missing", action="store_true", help="only those that are not installed")
    command("build", "make the image unless the cache has it", with_name=False)
    sub = command("start", "boot a VM (make the image first) and wait until ssh answers")
    sub.add_argument("--memory", type=int, default=1024, metavar="MIB")
    sub.add_argument("--owner", type=int, metavar="PID", help="stop the VM when this process ends")
    command("stop", "end a VM and throw its disk away")
    command("reboot", "reboot a VM and wait until ssh answers")
    command("status", "say whether a VM runs")
    sub = command("ssh", "run a command in a VM, or open a shell")
    sub.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND")
    sub = command("copy", "copy a file or a folder into a folder of a VM")
    sub.add_argument("source", type=Path)
    sub.add_argument("destination")
    command("inventory", "print an Ansible inventory of a VM")
    sub = command("run-play", "run a playbook of this collection against a VM")
    sub.add_argument("playbook", type=Path)
    sub.add_argument("arguments", nargs=argparse.REMAINDER, help="further arguments of ansible-playbook")
    sub = command("test", "boot a VM of its own and run the plays of plays/ in it", with_name=False)
    sub.add_argument("plays", nargs="*", type=Path, help="only these (default: all of plays/)")
    sub.add_argument("--pythons", type=Path, metavar="FILE", help="interpreters to take along, as JSON")
    sub.add_argument("--each", action="append", default=[], type=Path, metavar="PLAY", help="run this one once with each of them")
    sub.add_argument("--report", type=Path, metavar="FILE", help="write the results to this file as JSON")
    sub.add_argument("--timeout", type=float, default=1200, metavar="SECONDS", help="for one play (default: %(default)s)")
    sub.add_argument("-v", "--verbose", action="store_true", help="show what ansible-playbook prints")
    # started by `start`, not by people
    sub = commands.add_parser("supervise")
    for argument in ("name", "image", "memory", "owner"):
        sub.add_argument(argument)
    return main_parser


def main() -> int:
    options = parser().parse_args()
    if options.command == "supervise":
        supervise(options.name, options.image, options.memory, options.owner)
    elif options.command == "requirements":
        say(" ".join(packages_for(all_needs(), missing_only=options.missing)))
    elif options.command == "build":
        say(str(build()))
    elif options.command == "start":
        started = time.monotonic()
        instance = start(options.name, owner=options.owner, memory=options.memory)
        say(f"vm: {options.name} is up after {time.monotonic() - started:.1f} s; ssh -F {instance.ssh_config} vm")
    elif options.command == "stop":
        stop(options.name)
    elif options.command == "test":
        own = options.plays or ([] if options.each else sorted((HERE / "plays").glob("*.yml")))
        plays = [(play, None) for play in own] + [(play, python) for play in options.each for python in pythons(options.pythons)]
        return 0 if test(plays, report=options.report, verbose=options.verbose, timeout=options.timeout) else 1
    else:
        return on_running(Instance(options.name), options)
    return 0


def on_running(instance: Instance, options: argparse.Namespace) -> int:
    """The commands that need a running VM."""
    state = instance.state()
    if options.command == "status":
        say(f"{instance.name}: running, kernel {state['kernel']}, ssh on 127.0.0.1 port {state['port']}")
    elif options.command == "reboot":
        started = time.monotonic()
        reboot(instance.name)
        say(f"vm: {instance.name} is up again after {time.monotonic() - started:.1f} s")
    elif options.command == "ssh":
        return subprocess.run([*instance.ssh_command(), *options.words], check=False).returncode
    elif options.command == "copy":
        copy(instance, options.source, options.destination)
    elif options.command == "inventory":
        say(json.dumps(inventory(instance), indent=2))
    elif options.command == "run-play":
        install_collection(instance.directory / "collections")
        return run_play(instance, options.playbook, options.arguments)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except VmError as error:
        sys.exit(f"vm: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
