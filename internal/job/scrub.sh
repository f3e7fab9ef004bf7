# Removes what may hold secrets from the directory of a job that has ended:
# scrub.sh ROOT ID NONCE.
root=$1 id=$2 nonce=$3
fail() {
	echo "$*" >&2
	exit 70
}
cd "$root" 2>/dev/null || exit 0
# What a script has mounted in its directory is not the job's to remove.
remove() { rm -rf --one-file-system -- "$@"; }

# What launchers left that died before the job was whole. A nonce has no dots.
for left in .new.*."$id"; do
	name=${left#.new.}
	if [ "${name#*.}" = "$id" ] && [ -e "$left" ]; then remove "$left" || exit 70; fi
done
[ -d "$id" ] || exit 0
exec 9<"$id/lock" || exit 70
flock -n 9 || fail 'the job has not ended'
if [ ! -e "$id/started" ]; then
	# It never ran. Renamed first: half of it could be taken for a whole one.
	mv -T "$id" ".old.$nonce.$id" && remove ".old.$nonce.$id" || exit 70
	exit 0
fi
cd "$id" || exit 70
here=$(pwd -P) mounts=$(cat /proc/self/mountinfo) held=
for name in * .[!.]* ..?*; do
	case $name in
	started | boot | pid | stop | exit | output | lock) continue ;;
	esac
	# What was mounted here may even be of the same file system.
	case $mounts in
	*" $here/$name "* | *" $here/$name/"*) held=$name ;;
	*) remove "./$name" || exit 70 ;;
	esac
done
[ -z "$held" ] || fail "something is mounted in $here/$held, which therefore stays"
exit 0
