#!/bin/sh
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Customize hook of mmdebstrap: turns the freshly unpacked root into the files that QEMU boots. $1 is the
# root; vm.py has put the recipe and the public key into its /tmp and fetches the results from its /tmp/out.
set -eu
root=$1
recipe=$root/tmp/recipe
out=$root/tmp/out
lines() { sed -e 's/#.*//' -e '/^ *$/d' "$1"; }

# --- identity and login -----------------------------------------------------------------------
echo vm > "$root/etc/hostname"
printf '127.0.0.1 localhost vm\n::1 localhost\n' > "$root/etc/hosts"
# without one, systemd would hold the first boot for a setup; fixed, so that MACs derived from it are too
echo 6e65746465762e6c696e75782d766d30 > "$root/etc/machine-id"
# root is mounted by the initramfs; a line for / would only make systemd wait for the device
: > "$root/etc/fstab"
home=$root$(chroot "$root" sh -c 'echo ~root')
install -d -m 700 "$home/.ssh"
install -m 600 "$root/tmp/key.pub" "$home/.ssh/authorized_keys"
chroot "$root" passwd --quiet --delete root
# each command starts the login shell; dash starts in a fraction of bash's time
chroot "$root" usermod --shell /bin/sh root
cat > "$root/etc/ssh/sshd_config.d/vm.conf" <<'END'
# what costs forks and round trips per login under emulation is off
UsePAM no
UseDNS no
PermitRootLogin prohibit-password
KexAlgorithms curve25519-sha256
HostKey /etc/ssh/ssh_host_ed25519_key
MaxSessions 50
END
rm -f "$root"/etc/ssh/ssh_host_*
chroot "$root" ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key

# --- network: the management NIC is the initramfs's, nobody else touches it --------------------------
printf 'auto lo\niface lo inet loopback\nsource /etc/network/interfaces.d/*\n' > "$root/etc/network/interfaces"
install -d "$root/etc/network/interfaces.d" "$root/etc/systemd/network"
printf '[Match]\nName=mgmt0\n[Link]\nUnmanaged=yes\n' > "$root/etc/systemd/network/00-mgmt.network"

# who wants NetworkManager enables it
chroot "$root" systemctl --quiet disable NetworkManager.service NetworkManager-wait-online.service NetworkManager-dispatcher.service
printf '[keyfile]\nunmanaged-devices=interface-name:mgmt0\n[main]\nno-auto-default=*\n' > "$root/etc/NetworkManager/conf.d/vm.conf"

# who wants systemd-resolved starts it; the file that it would have is none while it does not run
rm -f "$root/etc/systemd/system/sysinit.target.wants/systemd-resolved.service" "$root/etc/systemd/system/multi-user.target.wants/systemd-resolved.service"
rm -f "$root/etc/resolv.conf"
echo nameserver 192.0.2.53 > "$root/etc/resolv.conf"

# --- boot time ----------------------------------------------------------------------------------
lines "$recipe/masked-units" | while read -r unit; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
chroot "$root" systemctl --quiet disable ufw.service firewalld.service
# started when something asks for it over D-Bus, as `shutdown -r` does, but not by every boot
rm "$root/lib/systemd/system/multi-user.target.wants/systemd-logind.service"
install -d "$root/etc/systemd/journald.conf.d" "$root/etc/systemd/system.conf.d"
printf '[Journal]\nStorage=volatile\n' > "$root/etc/systemd/journald.conf.d/vm.conf"
printf '[Manager]\nDefaultTimeoutStopSec=10s\nDefaultTimeoutStartSec=60s\n' > "$root/etc/systemd/system.conf.d/vm.conf"

# --- time of a task -----------------------------------------------------------------------------
install -d "$root/var/cache/zip-bytecode"
install -m 644 "$recipe/sitecustomize.py" "$root/etc/python3.11/sitecustomize.py"

# --- kernel -------------------------------------------------------------------------------------
kernel=$(ls "$root/lib/modules")
missing=$(lines "$recipe/kernel-modules" | while read -r module; do
    chroot "$root" modprobe --set-version "$kernel" --show-depends "$module" > /dev/null 2>&1 || echo "$module"
done)
if [ -n "$missing" ]; then
    echo "E: kernel $kernel lacks these drivers:" >&2
    echo "$missing" >&2
    exit 1
fi

# --- initramfs: busybox, the virtio drivers in load order, and init --------------------------------
initramfs() { # NAME INIT DRIVER...
    folder=$root/tmp/initramfs/$1
    mkdir -p "$folder/bin" "$folder/proc" "$folder/sys" "$folder/dev" "$folder/root" "$folder/modules"
    cp "$root/bin/busybox" "$folder/bin/"
    ln -s busybox "$folder/bin/sh"
    install -m 755 "$recipe/$2" "$folder/init"
    shift 2
    for module in "$@"; do
        chroot "$root" modprobe --set-version "$kernel" --show-depends "$module"
    done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r path; do
        cp "$root$path" "$folder/modules/"
        basename "$path" >> "$folder/modules/order"
    done
}

pack() { # NAME
    chroot "$root" sh -c "cd /tmp/initramfs/$1 && find . | cpio --quiet -o -H newc | gzip -1 > /tmp/out/$1.gz"
}

mkdir -p "$out"
initramfs initrd initramfs-init virtio_pci virtio_blk virtio_net virtio_rng
pack initrd
# guests of a network: no disk, and a DHCP client as real ones have it
initramfs guest guest-init virtio_pci virtio_net
chroot "$root" ldd /usr/sbin/dhcpcd | grep -o '/[^ ]*' | while read -r library; do
    install -D "$root$library" "$root/tmp/initramfs/guest$library"
done
mkdir -p "$root/tmp/initramfs/guest/sbin" "$root/tmp/initramfs/guest/usr/lib" "$root/tmp/initramfs/guest/etc"
cp "$root/usr/sbin/dhcpcd" "$root/tmp/initramfs/guest/sbin/"
cp -r "$root/usr/lib/dhcpcd" "$root/tmp/initramfs/guest/usr/lib/"
cp "$root/etc/dhcpcd.conf" "$root/tmp/initramfs/guest/etc/"
pack guest
cp "$root/boot/vmlinuz-$kernel" "$out/vmlinuz"
echo "$kernel" > "$out/kernel"

# --- disk ---------------------------------------------------------------------------------------
work=$(mktemp -d "$root.XXXXXX")
trap 'umount "$work/root" 2> /dev/null || :; rm -rf "$work"' EXIT
mkdir "$work/aside" "$work/root"
mv "$root/tmp/recipe" "$root/tmp/key.pub" "$root/tmp/initramfs" "$root/tmp/out" "$work/aside/"
rm -f "$root"/boot/initrd* "$root"/boot/System.map* "$root"/boot/vmlinuz*
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb
truncate -s 2G "$work/disk"
# the root without the /proc and /sys that are mounted in it now
mount --bind "$root" "$work/root"
/sbin/mke2fs -q -t ext4 -O ^has_journal,^metadata_csum -E root_owner=0:0 -d "$work/root" "$work/disk"
umount "$work/root"
mv "$work/aside/out" "$root/tmp/out"
qemu-img convert -O qcow2 "$work/disk" "$out/base.qcow2"
