# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo, seen from inside the sandbox: build the network, use it, build it again, tear it down.

story.py LOG_DIRECTORY
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from console import (
    Checks,
    DemoError,
    heading,
    output,
    output_json,
    say,
    table,
)
from processes import (
    adopt_orphans,
    descendants,
    end_descendants,
    reap,
)

T = TypeVar("T")
HERE = Path(__file__).resolve().parent
TOP = HERE.parent

# What the demo itself writes is in here
SCRATCH = Path("/run/demo")
# Directories that are empty in the sandbox, whatever the host keeps there
EMPTY = (Path("/run"), Path("/var/lib"))
# Of this one the sandbox has all but these, which are its own
SETTINGS = Path("/etc")
OWN_SETTINGS = {"netdev-linux", "netns", "resolv.conf"}

GUESTS = ("guest1", "guest2")
# By address family: the host's address towards the internet, that of the internet's one server, the guests' network
UPLINK = {4: "203.0.113.2", 6: "2001:db8:113::2"}
WEB = {4: "203.0.113.80", 6: "2001:db8:113::80"}
NETWORK = {4: "192.168.122.0/24", 6: "2001:db8:122::/64"}
WEB_NAME = "example.net"
RESERVED = "192.168.122.12/24"


class Recap(NamedTuple):
    """What a playbook's run came to."""

    ok: int
    changed: int
    seconds: float

    def __str__(self) -> str:
        return f"ok={self.ok} changed={self.changed} failed=0, in {self.seconds:.1f} s"


class Lease(NamedTuple):
    """What a guest got: IPv4 by DHCP, IPv6 by router advertisement."""

    address: str
    router: str
    dns: str
    domain: str
    seconds: int
    ipv6: str

    @property
    def ipv4(self) -> str:
        """The address without its prefix length."""
        return self.address.partition("/")[0]


def wait_for(what: str, look: Callable[[], T | None], seconds: float = 10) -> T:
    """Look until there is something to see."""
    deadline = time.monotonic() + seconds
    while (seen := look()) is None:
        if time.monotonic() > deadline:
            raise DemoError(f"{what} within {seconds:.0f} s")
        time.sleep(0.05)
    return seen


# The sandbox


def furnish() -> None:
    """Make the sandbox a host of its own: no service of the real one, and directories to write to in place of its."""
    top = os.open(TOP, os.O_PATH | os.O_DIRECTORY)
    for directory in EMPTY:
        output("mount", "-t", "tmpfs", "tmpfs", directory)
    lower = SCRATCH / "etc"
    lower.mkdir(parents=True)
    output("mount", "--rbind", SETTINGS, lower)
    if Path("/").stat().st_uid == os.getuid():  # really root, and not only in a user namespace
        output("mount", "-o", "remount,bind,ro", lower)
    output("mount", "-t", "tmpfs", "tmpfs", SETTINGS)
    for entry in lower.iterdir():
        if entry.name not in OWN_SETTINGS:
            (SETTINGS / entry.name).symlink_to(entry.readlink() if entry.is_symlink() else entry)
    (SETTINGS / "resolv.conf").write_text(f"nameserver {WEB[4]}\n", encoding="ascii")
    for guest in GUESTS:
        (SETTINGS / "netns" / guest).mkdir(parents=True)
        (SETTINGS / "netns" / guest / "resolv.conf").touch()
    if {*EMPTY, SETTINGS} & set(TOP.parents):  # this work tree is in a directory that was just covered
        TOP.mkdir(parents=True, exist_ok=True)
        output("mount", "--no-canonicalize", "--bind", f"/proc/{os.getpid()}/fd/{top}", TOP)
        os.chdir(TOP)
    os.close(top)
    collections = SCRATCH / "collections" / "ansible_collections" / "netdev"
    for directory in (SCRATCH / "home", SCRATCH / "tmp", collections):
        directory.mkdir(parents=True)
    (collections / "linux").symlink_to(TOP)
    output("ip", "link", "set", "dev", "lo", "up")


def files() -> set[Path]:
    """Return every file where the network could leave one."""
    mine = {SCRATCH, TOP}
    found = (path for top in (*EMPTY, SETTINGS) for path in top.rglob("*"))
    return {path for path in found if not mine & set(path.parents) and (path.is_symlink() or not path.is_dir())}


def left_behind(files_before: set[Path]) -> list[str]:
    """Return what is still in the sandbox after all was torn down."""
    reap()
    found = [f"link {link['ifname']}" for link in output_json("ip", "-j", "link") if link["ifname"] != "lo"]
    rules = json.loads(output("nft", "-j", "list", "ruleset"))["nftables"]
    found += [f"nftables {next(iter(rule))}: {rule}" for rule in rules if "metainfo" not in rule]
    found += [f"namespace {path.name}" for path in Path("/run/netns").glob("*")]
    found += [f"process {pid} {name}" for pid, name in descendants().items()]
    found += [f"file {path}" for path in sorted(files() - files_before)]
    return found


def tun_is_closed() -> str:
    """Return why no tap can be used here; empty when one can."""
    try:
        os.close(os.open("/dev/net/tun", os.O_RDWR))
    except OSError as error:
        return error.strerror or str(error)
    return ""


# Ansible


class Ansible:
    """Runs the playbook and reads its recap."""

    def __init__(self, logs: Path, **variables: Any) -> None:
        self.log = logs / "ansible.log"
        self.variables = variables
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")},
            "HOME": str(SCRATCH / "home"),
            "TMPDIR": str(SCRATCH / "tmp"),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_CONFIG": str(HERE / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(SCRATCH / "collections"),
            "ANSIBLE_LOCAL_TEMP": str(SCRATCH / "tmp"),
            "ANSIBLE_REMOTE_TEMP": str(SCRATCH / "tmp"),
        }

    def play(self, **variables: Any) -> Recap:
        """Run the playbook, which has to succeed."""
        command = [
            str(Path(sys.executable).with_name("ansible-playbook")),
            str(TOP / "playbooks" / "demo.yml"),
            "--diff",
        ]
        command += ["--extra-vars", json.dumps({**self.variables, **variables})]
        began = time.monotonic()
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(command)}\n")
            log.flush()
            start = log.tell()
            done = subprocess.run(
                command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=120,
                check=False,
            )
        printed = self.log.read_text(encoding="utf-8")[start:]
        tail = "\n".join(printed.splitlines()[-40:])
        recap = re.search(r"^localhost +: ok=(\d+) +changed=(\d+) +unreachable=0 +failed=0 ", printed, re.MULTILINE)
        if done.returncode or not recap:
            raise DemoError(f"The playbook succeeds (exit status {done.returncode}; all it printed: {self.log})", tail)
        return Recap(int(recap[1]), int(recap[2]), time.monotonic() - began)


# The internet and the guests


class Machines:
    """The processes that make namespaces into machines: servers, virtual machine managers."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.running: list[subprocess.Popen[str]] = []

    def start(self, name: str, *command: str | Path, netns: str = "", sign: str = "ready") -> None:
        """Start what then runs in the background, and wait until it gives a sign."""
        entrance = ["nsenter", f"--net=/run/netns/{netns}"] if netns else []
        with (self.logs / f"{name}.log").open("w", encoding="utf-8") as log:
            self.running.append(subprocess.Popen([*entrance, *command], stdout=log, stderr=log, text=True))

        def ready() -> bool | None:
            text = (self.logs / f"{name}.log").read_text(encoding="utf-8")
            if self.running[-1].poll() is not None:
                raise DemoError(f"{name} runs", text)
            return True if sign in text else None

        wait_for(f"{name} is ready", ready)

    def stop(self) -> None:
        """Switch all of them off."""
        for process in self.running:
            process.terminate()
        for process in self.running:
            process.wait(5)
        self.running.clear()


def guest_command(guest: str, *command: str) -> list[str]:
    """Wrap a command to run as in a guest: in its namespace, with its resolv.conf.

    `ip netns exec` does the same but mounts a /sys too, which a kernel may refuse to ordinary users.
    """
    script = f'mount --bind /etc/netns/{guest}/resolv.conf /etc/resolv.conf && exec "$@"'
    return ["nsenter", f"--net=/run/netns/{guest}", "unshare", "--mount", "sh", "-c", script, "sh", *command]


def in_guest(guest: str, *command: str) -> str:
    """Run a command in a guest."""
    return output(*guest_command(guest, *command))


def start_internet(machines: Machines, logs: Path, families: tuple[int, ...]) -> None:
    """Put a web server and a name server into the internet."""
    machines.start("website", sys.executable, HERE / "website.py", logs / "website-requests.log", netns="internet")
    records = [f"--local=/{WEB_NAME}/"]
    records += [f"--host-record=ipv{family}.{WEB_NAME},{WEB_NAME},{WEB[family]}" for family in families]
    options = ["--keep-in-foreground", "--log-facility=-", "--conf-file=/dev/null", "--pid-file="]
    # in a user namespace there is no other user to become
    options += ["--user=", "--group=", "--no-hosts", "--no-resolv", f"--listen-address={WEB[4]}", *records]
    machines.start("nameserver", "dnsmasq", *options, netns="internet", sign="started")


def has_carrier(name: str) -> bool:
    """Tell whether there is somebody at the other end of a link."""
    (link,) = output_json("ip", "-j", "link", "show", "dev", name)
    return "LOWER_UP" in link["flags"]


def get_lease(guest: str, families: tuple[int, ...]) -> Lease:
    """Let a guest ask for its addresses, and see that the kernel has them."""
    lease_file = SCRATCH / f"{guest}.json"
    given = [f"LEASE_FILE={lease_file}", f"RESOLV_CONF=/etc/netns/{guest}/resolv.conf"]
    client = ["busybox", "udhcpc", "-i", "eth0", "-x", f"hostname:{guest}", "-s", str(HERE / "lease")]
    client += ["-f", "-q", "-n", "-t", "10", "-T", "1"]
    output("env", *given, "nsenter", f"--net=/run/netns/{guest}", *client)
    lease = json.loads(lease_file.read_text(encoding="utf-8"))

    def address(family: int) -> str | None:
        shown = output_json("ip", "-n", guest, "-j", f"-{family}", "address", "show", "dev", "eth0", "scope", "global")
        settled = [a for link in shown for a in link.get("addr_info", []) if "local" in a and not a.get("tentative")]
        return f"{settled[0]['local']}/{settled[0]['prefixlen']}" if settled else None

    Checks.that(address(4) == lease["address"], f"{guest} has the address of its lease", f"{address(4)}, not {lease}")
    ipv6 = wait_for(f"{guest} gets an IPv6 address", lambda: address(6)) if 6 in families else ""
    for shown, family in ((lease["address"], 4), (ipv6, 6)):
        if family in families:
            inside = ipaddress.ip_interface(shown).network == ipaddress.ip_network(NETWORK[family])
            Checks.that(inside, f"{guest}'s address is of {NETWORK[family]}", shown)
    return Lease(lease["address"], lease["router"], lease["dns"], lease["domain"], lease["seconds"], ipv6)


# The chapters


def build(ansible: Ansible) -> None:
    """Chapter 1."""
    heading("1  Build it: ansible-playbook playbooks/demo.yml")
    recap = ansible.play()
    say(str(recap))
    Checks.that(recap.changed > 0, "The first run has things to do", recap)
    for guest in ("internet", *GUESTS):
        Checks.that((Path("/run/netns") / guest).exists(), f"There is a namespace {guest}")


def lease(families: tuple[int, ...], tap: bool) -> dict[str, Lease]:
    """Chapter 2."""
    heading("2  The guests ask for an address", "DHCP, router advertisements" if 6 in families else "DHCP")
    leases = {guest: get_lease(guest, families) for guest in GUESTS}
    rows = [["guest", "is on a", "address", "lease", "IPv6" if 6 in families else ""]]
    for guest, got in leases.items():
        port = "tap" if tap and guest == "guest2" else "veth"
        rows.append([guest, port, got.address, f"{got.seconds} s", got.ipv6])
    table(rows)
    one, two = leases.values()
    say(f"Router and name server: {one.router}. guest2's address is reserved for its MAC address.")
    if tap:
        say("guest2's tap came alive when a process took hold of it, as a VM's manager does (demo/vmm.py).")
    Checks.that(two.address == RESERVED, f"guest2 gets the address reserved for it, {RESERVED}", two.address)
    Checks.that(one.ipv4 != two.ipv4, "The guests have addresses of their own", leases)
    Checks.that({got.dns for got in leases.values()} == {one.router}, "Router and name server are the host", leases)
    return leases


def resolve(leases: dict[str, Lease], families: tuple[int, ...]) -> None:
    """Chapter 3."""
    heading("3  They know each other by name", "the network's own dnsmasq")
    rows = []
    wanted = {name: {got.ipv4} for name, got in leases.items()} | {WEB_NAME: {WEB[f] for f in families}}
    for guest, name in (("guest1", "guest2"), ("guest2", "guest1"), ("guest1", WEB_NAME)):
        answer = in_guest(guest, "busybox", "nslookup", name)
        # the first address is the name server's own
        found = set(re.findall(r"^Address(?: \d+)?:\s*(\S+)", answer.partition("\n\n")[2], re.MULTILINE))
        Checks.that(found == wanted[name], f"{guest} resolves {name} to {wanted[name]}", answer)
        rows.append([f"{guest}$ nslookup {name}", ", ".join(sorted(found, key=lambda address: ":" in address))])
    received, sent, _average = ping("guest1", "guest2")
    Checks.that(received == sent, "guest1 reaches guest2", f"{received} of {sent}")
    rows.append(["guest1$ ping guest2", f"{received} of {sent} answered"])
    table(rows)


def ping(guest: str, target: str, *options: str) -> tuple[int, int, str]:
    """Ping from a guest; return how many were answered, how many sent, and the average time."""
    return ping_result(in_guest(guest, "ping", "-c", "3", "-i", "0.2", "-W", "2", *options, target))


def ping_result(printed: str) -> tuple[int, int, str]:
    """Read ping's closing lines."""
    counts = re.search(r"(\d+) packets transmitted, (\d+) received", printed)
    times = re.search(r"= [\d.]+/([\d.]+)/", printed)
    if not counts or not times:
        raise DemoError("ping gets answers", printed)
    return int(counts[2]), int(counts[1]), times[1]


def reach(logs: Path, families: tuple[int, ...]) -> None:
    """Chapter 4."""
    heading("4  They reach the internet as the host", "masquerade")
    rows = [["from", "ping, wget", "answered", "after", "the web server says"]]
    for guest in GUESTS:
        for family in families:
            name, host = f"ipv{family}.{WEB_NAME}", UPLINK[family]
            received, sent, average = ping(guest, name)
            Checks.that(received == sent, f"{guest} reaches the internet over IPv{family}", f"{received} of {sent}")
            page = in_guest(guest, "busybox", "wget", "-q", "-O", "-", f"http://{name}/").strip()
            Checks.that(page == f"Hello, {host}!", f"The web server sees the host's address, {host}", page)
            rows.append([guest, name, f"{received} of {sent}", f"{average} ms", page])
    table(rows)
    seen = (logs / "website-requests.log").read_text(encoding="utf-8").splitlines()
    clients = {line.split()[0] for line in seen}
    Checks.that(clients == {UPLINK[f] for f in families}, "The web server's log has no address but the host's", seen)
    Checks.that(len(seen) == len(GUESTS) * len(families), "The web server got each request once", seen)
    for family in families:
        routes = output_json("ip", "-n", "internet", "-j", f"-{family}", "route")
        destinations = {route["dst"] for route in routes}
        Checks.that(not destinations & {"default", NETWORK[family]}, "The internet has no route to the guests", destinations)
    say("It greets the address it sees, which is the host's: it has no route to the guests.")


def repeat(ansible: Ansible, logs: Path) -> None:
    """Chapter 5."""
    heading("5  The same playbook again changes nothing")
    command = guest_command("guest1", "ping", "-n", "-i", "0.2", "-w", "100", WEB[4])
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pinging:
        try:
            recap = ansible.play(demo_pictures=str(logs))
        finally:
            pinging.send_signal(signal.SIGINT)
            printed, _none = pinging.communicate()
    received, sent, _average = ping_result(printed)
    say(str(recap))
    say(f"guest1 pinged the web server all the while: {received} of {sent} answered.")
    Checks.that(recap.changed == 0, "The second run changes nothing (changed=0)", recap)
    # the last one may still be on its way when ping is interrupted
    Checks.that(sent >= 3 and received >= sent - 1, "No ping is lost during the second run", printed[-400:])


def draw(leases: dict[str, Lease], logs: Path) -> None:
    """Chapter 6."""
    heading("6  What there is now", "netdev.linux.topology_diagram")
    tree = (logs / "network.txt").read_text(encoding="utf-8")
    mermaid = (logs / "network.mmd").read_text(encoding="utf-8")
    say(tree)
    say(f"\nThe same as a Mermaid flowchart, for a README ({logs / 'network.mmd'}):\n\n{mermaid}")
    for picture, text in (("tree", tree), ("Mermaid flowchart", mermaid)):
        for shown in ("virbr0", "veth-guest1", *(got.address for got in leases.values()), UPLINK[4]):
            Checks.that(shown in text, f"The {picture} shows {shown}", text)
        Checks.that("no carrier" not in text and "down" not in text, f"All links of the {picture} are up", text)


def tear_down(ansible: Ansible, machines: Machines, files_before: set[Path]) -> None:
    """Chapter 7."""
    heading("7  Tear it down: ansible-playbook playbooks/demo.yml -e demo_state=absent")
    machines.stop()
    recap = ansible.play(demo_state="absent")
    say(str(recap))
    Checks.that(recap.changed > 0, "Tearing down has things to do", recap)
    remains = left_behind(files_before)
    Checks.that(not remains, "Nothing is left in the sandbox", "\n".join(remains))
    say("The sandbox is empty: no link but lo, no rule, no namespace, no process, no file.")


def tell(logs: Path) -> None:
    """Tell the whole story."""
    furnish()
    files_before = files()
    closed = tun_is_closed()
    families = (4, 6) if Path("/proc/sys/net/ipv6").exists() else (4,)
    if closed:
        say(f"No taps here: /dev/net/tun can't be opened ({closed}). Both guests are on veth pairs.")
    if 6 not in families:
        say("No IPv6 here: this kernel has it switched off.")
    ansible = Ansible(logs, demo_tap=not closed, demo_ipv6=6 in families)
    machines = Machines(logs)
    build(ansible)
    start_internet(machines, logs, families)
    if not closed:
        Checks.that(not has_carrier("tap-guest2"), "A tap that no process holds has no carrier")
        machines.start("vmm", sys.executable, HERE / "vmm.py", "tap-guest2", "guest2", "eth0")
        Checks.that(has_carrier("tap-guest2"), "A tap that a process holds has carrier")
    leases = lease(families, not closed)
    resolve(leases, families)
    reach(logs, families)
    repeat(ansible, logs)
    draw(leases, logs)
    tear_down(ansible, machines, files_before)


def main() -> int:
    """Tell the story; whatever happens, leave no process behind."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    adopt_orphans()
    logs = Path(sys.argv[1])
    try:
        tell(logs)
    except DemoError as failure:
        heading(f"Not so: {failure}")
        say(failure.found)
        return 1
    except KeyboardInterrupt:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        heading("Interrupted.")
        return 130
    finally:
        end_descendants()
    (logs / "checks").write_text(str(Checks.done), encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
