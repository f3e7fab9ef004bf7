# Lists jobs, the one that was started first at the top: list.sh ROOT PREFIX.
cd "$1" 2>/dev/null || exit 0
set -- "$2"*/started
[ -e "$1" ] || exit 0
for started in $(ls -tr "$@"); do
	id=${started%/started} code=-
	if [ -s "$id/exit" ]; then
		state=ended
		read -r code rest <"$id/exit"
	elif flock -n "$id/lock" true; then
		state=lost
	else
		state=running
	fi
	echo "$id $state $code $(stat -c %Y "$started")"
done
