# Data disks: sparse files in a volume, attached to loop devices of the host.
#   attach DIR {FILE BYTES DEVICE}...   prints a line "FILE DEVICE" for each; DEVICE is the one
#                                       that it has to be, or "-"
#   detach DIR PREFIX...                detaches and removes the files with these prefixes, prints them
set -eu
verb=$1
dir=$2
shift 2

# Two at once might attach one file twice.
exec 9>"$dir/.lock"
flock 9

# devices_of FILE: the loop devices behind which the file is. It is told by its
# inode, as the path by which it was attached is gone with the container that did it.
devices_of() {
  losetup --list --noheadings --output NAME --associated "$1"
}

attach() {
  file=$dir/$1
  if [ ! -e "$file" ]; then
    truncate --size "$2" "$file.new"
    mv "$file.new" "$file"
  fi
  size=$(stat --format %s "$file")
  if [ "$size" != "$2" ]; then
    echo "the disk $1 is there, but has $size bytes instead of $2" >&2
    return 1
  fi
  device=$(devices_of "$file" | head -n 1)
  if [ -z "$device" ] && [ "$3" != - ] && losetup "$3" "$file"; then
    device=$3
  fi
  if [ -z "$device" ]; then
    device=$(losetup --find --show "$file")
  fi
  echo "$1 $device"
}

detach() {
  for device in $(devices_of "$1"); do
    losetup --detach "$device"
  done
  # A device in use is let go of once its last user is gone.
  tries=0
  while [ -n "$(devices_of "$1")" ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 100 ]; then
      echo "the disk ${1##*/} is still in use as $(devices_of "$1")" >&2
      return 1
    fi
    sleep 0.1
  done
  rm -f "$1"
  echo "${1##*/}"
}

case $verb in
attach)
  while [ $# -gt 0 ]; do
    attach "$1" "$2" "$3"
    shift 3
  done
  ;;
detach)
  for prefix; do
    for file in "$dir/$prefix"*; do
      if [ -e "$file" ]; then
        detach "$file"
      fi
    done
  done
  ;;
esac
