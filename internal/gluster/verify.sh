# Mounts a volume for the length of one deed.
# $1 server  $2 volume  $3 file at the top of the volume  $4 write|read|remove
# Exit codes: 3 mount, 4 write, 5 read, 6 remove, 7 unmount.
set -u
umask 077
dir=$(mktemp -d /run/aiolos-verify.XXXXXX) && mkdir "$dir/mnt" || exit 3

leave() {
  code=$?
  trap - EXIT HUP INT TERM PIPE
  if [ "$4" != write ] || [ "$code" -ne 0 ]; then
    timeout 30 rm -f "$dir/mnt/$3" >&2 || [ "$code" -ne 0 ] || code=6
  fi
  # Nothing here removes a tree: were it still mounted, that would be the volume's.
  if ! umount "$dir/mnt" 2>"$dir/umount"; then
    if [ "$mounted" ] && ! umount -l "$dir/mnt" >&2; then
      cat "$dir/umount" >&2
      [ "$code" -ne 0 ] || code=7
    fi
  fi
  rm -f "$dir/log" "$dir/umount"
  rmdir "$dir/mnt" "$dir"
  exit "$code"
}
mounted=
trap 'leave "$@"' EXIT
trap 'exit 129' HUP INT TERM PIPE

if ! timeout 60 mount -t glusterfs -o "log-level=WARNING,log-file=$dir/log" "$1:/$2" "$dir/mnt" >&2; then
  sed -n '/\] [EWC] \[/p' "$dir/log" 2>/dev/null | tail -n 5 >&2
  exit 3
fi
mounted=1
case $4 in
write)
  timeout 60 dd of="$dir/mnt/$3" bs=65536 iflag=fullblock conv=excl,fsync status=none || exit 4
  stat -f -c '%S %b %a' "$dir/mnt" || exit 4
  ;;
read)
  # Once standard input ends, the file is there.
  cat >/dev/null
  timeout 60 cat "$dir/mnt/$3" || exit 5
  ;;
esac
