# Removes the directory of a brick in which there is no file: $1. Exit codes: 3 there
# is one, 4 there is no such directory.
brick=$1
[ -d "$brick" ] && [ ! -L "$brick" ] || exit 4
# Beside gluster's own, which are of no use without the others.
file=$(find "$brick" -xdev -path "$brick/.glusterfs" -prune -o ! -type d -print -quit) || exit 1
if [ -n "$file" ]; then
	echo "$file"
	exit 3
fi
rm -rf --one-file-system "$brick/.glusterfs" || exit 1
# Not as a tree: a file that comes now keeps its directory.
find "$brick" -xdev -depth -type d -exec rmdir {} \;
[ ! -d "$brick" ] || { echo "$brick cannot be removed" >&2; exit 1; }
