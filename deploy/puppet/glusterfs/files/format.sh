# sh format.sh DEVICE [check]
#
# Makes an ext4 file system on a device that holds nothing. With "check", only
# tells by the exit code whether there is one. Whatever else it holds stays.
set -u
device=$1
type=$(blkid -p -s TYPE -o value "$device" 2>/dev/null)
[ "$type" != ext4 ] || exit 0
[ "${2-}" != check ] || exit 1

test -b "$device" || { echo "$device is not a block device"; exit 1; }
# blkid's exit code 2 alone is no proof that a device is empty: it is also that of
# one that cannot be read.
head -c 1 "$device" >/dev/null || exit 1
found=$(blkid -p "$device" 2>&1)
code=$?
case $code in
# Inodes of 512 bytes keep gluster's extended attributes inside the inode.
2) exec mkfs.ext4 -q -I 512 -E lazy_itable_init=1 "$device" </dev/null ;;
0) echo "not formatted, since it holds something else: $found" ;;
*) echo "not formatted, since blkid cannot tell what it holds (exit code $code): $found" ;;
esac
exit 1
