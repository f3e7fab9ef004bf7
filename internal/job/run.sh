# Starts the job, unless it was started ever before, and follows it to its end.
#
# Standard input: a tar of the directory .new.NONCE.ID, unless the 5th argument says
# that there is none. Standard output: a line "aiolos-NONCE FOUND OFFSET"; then
# the job's output from that offset, as it comes; then a NUL byte and a line
# "aiolos-NONCE STATE CODE BEGIN END SIZE FIRST REST OUTPUTS ROOM FILES PLACE"; then
# so many bytes of the output's beginning, of its end, and of the file of outputs.
# CODE is the time of the boot in the state "rebooted". ROOM and FILES say what the
# disk at PLACE still took when the job ended, where that was nothing; otherwise
# PLACE is "-". Exit code 28: the disk is full, as the last line of standard error
# says in these three words.
#
# Needs coreutils, tar, grep, and util-linux for flock and setsid: essential
# packages on every Debian, and part of every installation of RHEL.
root=$1 id=$2 tag=$3 nonce=$4 sent=$5 headmax=$6 tailmax=$7 outputsmax=$8
umask 077
cd / || exit 70
dir=$root/$id new=$root/.new.$nonce.$id
command -v flock >/dev/null && [ -x /usr/bin/setsid ] || fail 'flock and setsid (of util-linux) are missing'

found=1
if [ ! -d "$dir" ]; then
	if [ "$sent" = no ]; then
		printf 'aiolos-%s 0 0\n\0aiolos-%s absent 0 0 0 0 0 0 0 0 0 -\n' "$nonce" "$nonce"
		exit 0
	fi
	if [ ! -d "$root" ] && ! mkdir -p "$root"; then
		above=${root%/*}
		while [ -n "$above" ] && [ ! -d "$above" ]; do above=${above%/*}; done
		if full "$above/"; then crowded; fi
		exit 70
	fi
	# Without "complete", its last member, a tar cut off between two members
	# would pass for a whole one.
	if ! tar -x -p -m --no-same-owner -C "$root" -f - || [ ! -e "$new/complete" ]; then
		# Before there is room again.
		taken=
		if full "$root"; then taken=yes; fi
		rm -rf "$new"
		[ -z "$taken" ] || crowded
		fail 'the files of the job did not arrive as a whole'
	fi
	# Renaming is atomic, and a directory that holds files is never replaced: of
	# several launchers one wins.
	if mv -T "$new" "$dir"; then
		found=0
	else
		rm -rf "$new"
		[ -d "$dir" ] || exit 70
	fi
fi
exec </dev/null

if [ ! -e "$dir/started" ]; then
	exec 9>>"$dir/lock"
	flock -n 9
	case $? in
	0)
		# The wrapper inherits the lock, so there is no moment between its
		# start and its end when a follower could have it.
		if begin; then
			/usr/bin/setsid sh "$dir/wrapper" "$dir" "$tag" >/dev/null 2>&1 &
		fi
		;;
	1) ;; # someone else is about to start it
	*) fail "flock cannot lock $dir/lock" ;;
	esac
	exec 9>&-
fi

from=0
if [ "$found" = 1 ] && [ -s "$dir/output" ]; then
	from=$(($(stat -c %s "$dir/output") - tailmax))
	[ "$from" -gt 0 ] || from=0
fi
printf 'aiolos-%s %s %s\n' "$nonce" "$found" "$from"

if [ ! -s "$dir/exit" ]; then
	tail -c "+$((from + 1))" -f "$dir/output" 2>/dev/null &
	live=$!
	# Blocks until the kernel releases the wrapper's lock.
	exec 9<"$dir/lock"
	flock -s 9
	locked=$?
	exec 9<&-
	kill "$live" 2>/dev/null
	wait "$live" 2>/dev/null
	[ "$locked" = 0 ] || fail "flock cannot lock $dir/lock"
fi

code=0 begin=0 end=0 room='0 0' where=-
if [ -s "$dir/exit" ]; then
	state=ended
	read -r code begin end bytes files place <"$dir/exit"
	if [ -n "$place" ]; then room="$bytes $files" where=$place; fi
	if [ "$code" = full ]; then state=full code=0; fi
elif [ ! -e "$dir/started" ]; then
	state=unstarted # its launcher died before it could start it
else
	state=lost
	if rebooted; then
		state=rebooted
		while read -r key value; do
			if [ "$key" = btime ]; then code=$((value + ticks / 100)); fi
		done </proc/stat
	fi
	reap
fi
size=0 first=0 rest=0 outputs=0
if [ -s "$dir/output" ]; then
	size=$(stat -c %s "$dir/output")
	first=$((size < headmax ? size : headmax))
	rest=$((size - first < tailmax ? size - first : tailmax))
fi
if [ -s "$dir/outputs" ]; then
	outputs=$(stat -c %s "$dir/outputs")
	outputs=$((outputs < outputsmax ? outputs : outputsmax))
fi
printf '\0aiolos-%s %s %s %s %s %s %s %s %s %s %s\n' "$nonce" "$state" "$code" "$begin" "$end" "$size" "$first" "$rest" "$outputs" "$room" "$where"
# A daemon that the script left behind may go on writing: hence the counts.
if [ "$first" -gt 0 ]; then head -c "$first" "$dir/output"; fi
if [ "$rest" -gt 0 ]; then tail -c "+$((size - rest + 1))" "$dir/output" | head -c "$rest"; fi
if [ "$outputs" -gt 0 ]; then head -c "$outputs" "$dir/outputs"; fi
exit 0
