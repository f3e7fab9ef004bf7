# Looks at this machine's lease, takes it, or gives it up.
#
#   lease.sh FILE look
#   lease.sh FILE take OWNER TERMS     OWNER are the first lines, TERMS the rest
#   lease.sh FILE drop OWNER           gives up a lease whose first lines are OWNER
#   lease.sh FILE undo OWNER TERMS     gives up this very lease and no other
#
# Prints one word for what was done (none, held, taken, kept, dropped), and on the
# following lines the lease that there is then, or that was dropped.
#
# All that changes anything happens under a lock, which the kernel releases however
# this script ends. The lease itself appears by a hard link: it is there as a whole
# or not at all, and an existing one is never replaced by accident.
file=$1 mode=$2 owner=$3 terms=$4
umask 022
cd / || exit 70
dir=${file%/*}
say() {
	printf '%s\n' "$1"
	if [ -n "$2" ]; then printf '%s\n' "$2"; fi
	exit 0
}
fail() {
	printf '%s\n' "$1" >&2
	exit 70
}
if [ "$mode" = look ]; then
	# Only what is not there at all is no lease: what cannot be read may be one. It may
	# come between the two questions, so that they are asked again.
	for again in yes no; do
		held=$(cat "$file" 2>/dev/null) && [ -n "$held" ] && say held "$held"
		[ -e "$file" ] || say none
	done
	fail "the lease $file cannot be read, or is empty"
fi
command -v flock >/dev/null || fail 'flock (of util-linux) is missing'
mkdir -p "$dir" || exit 70
exec 9>>"$file.lock" || exit 70
flock -w 30 9 || fail "the lock $file.lock is held for more than 30 s"
if [ -e "$file" ]; then
	held=$(cat "$file") || exit 70
	[ -n "$held" ] || fail "the lease $file is empty"
else
	held=
fi
case $held in
"$owner
"*) ours=yes ;;
*) ours=no ;;
esac
new=$owner'
'$terms
case $mode in
take)
	if [ -n "$held" ] && [ "$ours" = no ]; then say held "$held"; fi
	rm -f "$file.new" &&
		printf '%s\n' "$new" >"$file.new" &&
		sync "$file.new" || exit 70
	if [ -z "$held" ]; then
		ln -T "$file.new" "$file" && rm -f "$file.new" && sync "$dir" || exit 70
		say taken "$new"
	fi
	# A lease of one's own gets the terms of this attempt, so that no other attempt
	# takes it for the one that it made.
	mv -T "$file.new" "$file" && sync "$dir" || exit 70
	say kept "$new"
	;;
drop | undo)
	[ -n "$held" ] || say none
	if [ "$ours" = no ]; then say held "$held"; fi
	if [ "$mode" = undo ] && [ "$held" != "$new" ]; then say held "$held"; fi
	rm -f "$file" && sync "$dir" || exit 70
	say dropped "$held"
	;;
*) exit 70 ;;
esac
