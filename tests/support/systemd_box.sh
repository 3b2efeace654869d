#!/bin/bash
# A real systemd as PID 1 of namespaces of its own: a copy of this system's files that nothing written outlives (an overlay), processes,
# mounts and cgroups that nobody outside shares; only the network is the outside's, so that a test reaches a service on its loopback.
# No unit of this system starts in it, and nothing of the kernel outside can be set from it. Started by tests/support/systemd_box.
#
#   systemd_box.sh WORK    WORK: an empty directory; ends with 77 and one line that says why where this machine can't do it
set -uo pipefail
work=$1
readonly hierarchies=(/sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd) # one of its own in each that is there

cannot() {
  echo "no box for a systemd: $*" >&2
  exit 77
}

# Where a cgroup can be made at all: systemd takes what it finds in its own, so it must not be anybody else's.
enter_own_cgroups() {
  local entered=0
  for place in "${hierarchies[@]}"; do
    [ -e "$place/cgroup.procs" ] || continue
    mkdir "$place/lastcall-box-$$" 2>/dev/null || cannot "no cgroup can be made in $place"
    echo "$place/lastcall-box-$$" >>"$work/cgroups"
    echo $$ 2>/dev/null >"$place/lastcall-box-$$/cgroup.procs" || cannot "no process can be moved within $place"
    entered=1
  done
  [ $entered = 1 ] || cannot "there are no cgroups in /sys/fs/cgroup"
}

mount_files() {
  mkdir "$work/layers" "$work/root" && mount -t tmpfs tmpfs "$work/layers" && mkdir "$work/layers/upper" "$work/layers/work" &&
    mount -t overlay overlay -o "lowerdir=/,upperdir=$work/layers/upper,workdir=$work/layers/work" "$root" 2>/dev/null || cannot "overlayfs refuses"
  mount -t tmpfs -o mode=755 tmpfs "$root/run" && mount -t tmpfs -o mode=1777 tmpfs "$root/tmp" || cannot "no tmpfs can be mounted"
  # What this system would start, mount and ask for at its own start.
  rm -rf "$root"/etc/systemd/system/* "$root"/etc/fstab "$root"/lib/systemd/system/*.wants "$root"/lib/systemd/system-generators
}

mount_kernel() {
  mount -t proc proc "$root/proc" && mount --bind "$root/proc/sys" "$root/proc/sys" && mount -o remount,bind,ro "$root/proc/sys" || cannot "no /proc"
  mount -t sysfs -o ro sysfs "$root/sys" || cannot "no /sys"
  if [ -e /sys/fs/cgroup/cgroup.procs ]; then
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup" || cannot "no cgroup2"
    return
  fi
  mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup" && mkdir "$root/sys/fs/cgroup/systemd" "$root/sys/fs/cgroup/unified" &&
    mount -t cgroup -o none,name=systemd,xattr cgroup "$root/sys/fs/cgroup/systemd" &&
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup/unified" || cannot "no cgroups in it"
  mount -o remount,ro "$root/sys/fs/cgroup"  # else it would mount the controllers as well, where it has no place of its own
}

mount_devices() {
  mount -t tmpfs -o mode=755 tmpfs "$root/dev" && mkdir "$root/dev/pts" "$root/dev/shm" || cannot "no /dev"
  local device name major minor
  for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
    IFS=: read -r name major minor <<<"$device"
    mknod -m 666 "$root/dev/$name" c "$major" "$minor" || cannot "no device can be made"
  done
  mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts" && ln -s pts/ptmx "$root/dev/ptmx" && ln -s /proc/self/fd "$root/dev/fd"
}

if [ "${2:-}" != inside ]; then
  [ "$(id -u)" = 0 ] || cannot "it needs root"
  [ -x /lib/systemd/systemd ] || cannot "there is no systemd here (tests/install.sh)"
  [ -e /proc/self/ns/cgroup ] || cannot "the kernel has no cgroup namespaces"
  enter_own_cgroups
  exec unshare --mount --pid --fork --kill-child=KILL --uts --ipc --cgroup --propagation private "$0" "$work" inside || cannot "unshare(1) refuses"
fi

root=$work/root
mount_files
mount_kernel
mount_devices
cat >"$root/etc/systemd/system/box.target" <<END
[Unit]
Description=Nothing but what a test starts
DefaultDependencies=no
Wants=sysinit.target systemd-journald.socket
END
printf '[Journal]\nAudit=\nReadKMsg=no\n' >"$root/etc/systemd/journald.conf"
cd "$root" && mkdir run/outside && pivot_root . run/outside && umount -l /run/outside || cannot "pivot_root refuses"
exec setpriv --bounding-set=-sys_module,-sys_time,-sys_boot,-audit_control env -i container=lastcall-box PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --system --unit=box.target --log-target=journal --show-status=no
