#!/bin/bash
# The Dockerfile, built by a container engine as it is, and what its image is for: the one file that it holds, copied into a minimal Debian
# (no package of ours, no library) and run there as PID 1. Full tier: it unpacks a Debian and compiles everything without a cache.
# Usage: image_check.sh SOURCE_DIRECTORY WORK_DIRECTORY   (the Debian is kept there between runs)
set -euo pipefail
source=$1 work=$2
[ -n "${LASTCALL_FULL:-}" ] || { echo "skipped: only in the full tier"; exit 77; }
[ "$(id -u)" = 0 ] || { echo "skipped: needs root"; exit 77; }
for tool in buildah debootstrap unshare; do command -v $tool >/dev/null || { echo "skipped: $tool is missing"; exit 77; }; done
unset LASTCALL_FULL  # to lastcall a misspelt option

mkdir -p "$work"
state=$(mktemp -d "$work/state.XXXXXX")
engine=(buildah --storage-driver=vfs --root "$state/storage" --runroot "$state/run")
clean_up() {
  "${engine[@]}" rm --all >/dev/null 2>&1 || true
  rm -rf "$state"
}
trap clean_up EXIT

# From the mirror that apt is set up with, by the same settings; complete once it has its name.
base=$work/debian
if [ ! -d "$base" ]; then
  mirror=$(apt-get indextargets --format '$(REPO_URI)' | head -n 1)
  rm -rf "$base.new"
  timeout 600 debootstrap --variant=minbase bookworm "$base.new" "$mirror" >"$work/debootstrap.log" 2>&1 || { tail "$work/debootstrap.log"; exit 1; }
  cp -a /etc/apt/apt.conf.d/. "$base.new/etc/apt/apt.conf.d/"
  mv "$base.new" "$base"
fi
container=$("${engine[@]}" from scratch)
"${engine[@]}" add -q "$container" "$base" / >/dev/null
"${engine[@]}" commit -q --rm "$container" localhost/debian >/dev/null

timeout 1500 "${engine[@]}" bud --isolation chroot --build-arg BASE=localhost/debian -t lastcall "$source" >"$work/build.log" 2>&1 || { tail -n 40 "$work/build.log"; exit 1; }

container=$("${engine[@]}" from lastcall)
root=$("${engine[@]}" mount "$container")
held=$(cd "$root" && find . -type f | sort)
[ "$held" = ./lastcall ] || { echo "the image should hold /lastcall and nothing else, it holds:"; echo "$held"; exit 1; }
[ "$("${engine[@]}" inspect --format '{{.OCIv1.Config.Entrypoint}}' "$container")" = "[/lastcall]" ] || { echo "its entrypoint is not /lastcall"; exit 1; }
chroot "$root" /lastcall --version

# As README's image does it: the file into a Debian of its own, in front of the command, as PID 1.
printf 'FROM localhost/debian\nCOPY --from=lastcall /lastcall /usr/local/bin/lastcall\nENTRYPOINT ["lastcall", "--"]\n' >"$state/Dockerfile"
"${engine[@]}" bud -q --isolation chroot -t shop -f "$state/Dockerfile" "$state" >/dev/null
container=$("${engine[@]}" from shop)
root=$("${engine[@]}" mount "$container")
mkfifo "$state/log"
# The server says in a word which process it is and what reached it; perl is all that a minimal Debian has.
server='$SIG{TERM} = sub { print "stopped\n"; exit 7 }; $| = 1; print "up beside PID 1: ", getppid == 1 ? "yes" : "no", "\n"; select undef, undef, undef, undef while 1'
unshare --pid --fork --kill-child --mount-proc="$root/proc" chroot "$root" /usr/local/bin/lastcall --no-proxy --grace 5s -- perl -e "$server" \
  >"$state/log" 2>"$state/errors" &
box=$!
exec 3<"$state/log"
read -r -t 20 line <&3 || line="nothing"
[ "$line" = "up beside PID 1: yes" ] || { echo "the command said: $line"; cat "$state/errors"; exit 1; }
pkill -TERM -P "$box"  # PID 1 of the box
code=0
wait "$box" || code=$?
read -r -t 20 line <&3 || line="nothing"
[ "$line" = stopped ] && [ "$code" = 7 ] || { echo "exit $code, and the command said: $line"; cat "$state/errors"; exit 1; }
echo "the image was built and its file ran as PID 1"
