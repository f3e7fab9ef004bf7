# Stops the job and all of its process group: stop.sh ROOT ID NONCE GRACE, in
# seconds. A job that was never started never will be: its launch may be on the
# way still while whoever wanted it has gone.
root=$1 id=$2 nonce=$3 grace=$4
umask 077
cd / || exit 70
dir=$root/$id new=$root/.new.$nonce.$id
command -v flock >/dev/null || fail 'flock (of util-linux) is missing'

# What the shell says of a script that was ended by TERM.
stopped='143 0 0'

if [ ! -d "$dir" ]; then
	if ! { mkdir -p "$new/files" && : >"$new/started" && : >"$new/output" && : >"$new/outputs" && : >"$new/lock" && echo "$stopped" >"$new/exit"; }; then
		taken=
		if full "$root"; then taken=yes; fi
		rm -rf "$new"
		[ -z "$taken" ] || crowded
		exit 70
	fi
	if mv -T "$new" "$dir" 2>/dev/null; then exit 0; fi
	rm -rf "$new"
	[ -d "$dir" ] || fail "$dir cannot be made"
fi
if [ -s "$dir/exit" ]; then exit 0; fi
exec 9>>"$dir/lock"
if flock -n 9; then
	if begin; then
		# Into what was kept for it, and so even on a full disk.
		printf '%-127s\n' "$stopped" 1<>"$dir/exit.new" && mv -f "$dir/exit.new" "$dir/exit" || exit 70
	elif [ ! -s "$dir/exit" ]; then
		reap
	fi
	exit 0
fi

: >"$dir/stop"
pid=
if [ -s "$dir/pid" ]; then
	read -r pid <"$dir/pid"
	kill -TERM "-$pid" 2>/dev/null || kill -TERM "$pid" 2>/dev/null
fi
flock -s -w "$grace" 9
ended=$?
[ -n "$pid" ] || { [ ! -s "$dir/pid" ] || read -r pid <"$dir/pid"; }
if [ -n "$pid" ]; then
	# The script may have ended before what it started.
	tries=$((ended == 0 ? 20 : 0))
	while [ "$tries" -gt 0 ] && kill -0 "-$pid" 2>/dev/null; do
		sleep 0.05
		tries=$((tries - 1))
	done
	kill -KILL "-$pid" 2>/dev/null
fi
[ "$ended" = 0 ] || flock -s -w 5 9 || fail 'still there 5 s after it was killed'
exit 0
