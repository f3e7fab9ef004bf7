# Runs one job: sh wrapper DIR TAG, in a session of its own, with the job's lock
# on descriptor 9. The lock goes with this process, whatever ends it, and that is
# how followers learn of the end. So nothing that is started here may inherit it,
# nor the lock on descriptor 4, which keeps out other jobs of the same name.
dir=$1 tag=$2
cd "$dir" || exit

# finish leaves the exit code, in place of this process, so that the lock is
# released after the renaming. It takes no room that the job did not have from the
# beginning, so that a full disk is no reason to lose it.
finish() {
	exec 6>&-
	if [ -n "$masked" ]; then
		# The filter has this lock until it has written all there is. It goes on as
		# long as a daemon that the script left behind has the pipe, for which nobody
		# waits.
		flock -w 3 mask true
		rm -f mask
	fi
	printf '%-127s\n' "$*" 1<>exit.new
	exec mv -f exit.new exit
}

# barred ends the job before its script has begun, where there is no room for it.
barred() {
	full "$dir" || exit
	rm -f env
	[ -n "$masked" ] || rm -f mask
	finish "full 0 0 $room $where"
}

masked=
boot
echo "$boot" >boot || barred
environment=
if [ -e env ]; then
	# Secrets need not lie about longer than it takes to read them.
	environment=$(cat env) && rm -f env
fi
if [ -e mask ]; then
	# What the script prints goes through a filter. Both ends of the pipe are opened
	# here, so that neither side ever waits for the other to begin.
	mkfifo -m 600 pipe && exec 8<>pipe 7<pipe 6>pipe 8>&- 5<mask && flock 5 && rm -f pipe || barred
	masked=yes
	(
		# A line that is never ended must not eat up the machine.
		ulimit -v 262144
		skip= tries=5
		# While this shell has the pipe, nobody is killed for writing to it. Whoever
		# takes over begins with a new line: the end of a value might be left of the
		# one that was cut in half.
		until LC_ALL=C sed -u $skip -f mask 2>/dev/null; do
			skip='-e 1d' tries=$((tries - 1))
			[ "$tries" -gt 0 ] && [ -e mask ] && continue
			echo '[the rest is not shown: the filter that masks what is sensitive has died]'
			exec cat >/dev/null
		done
	) <&7 >>output 6>&- 7<&- 9>&- &
	exec 5<&- 7<&-
else
	exec 6>>output
fi

# register makes the calling process, which is about to become a group of its own,
# the one that Stop ends. Whoever stops the job says so first and reads the number
# then, so either of the two sees what the other did.
register() {
	read -r self rest </proc/self/stat
	echo "$self" >pid || exit
	[ ! -e stop ] || exit 143
}

if [ -e exclusive ]; then
	read -r name <exclusive
	mkdir -p "${dir%/*}/.exclusive" || barred
	turn="${dir%/*}/.exclusive/$name" waits=
	until [ "$turn" -ef /proc/self/fd/4 ]; do
		# Anew if someone removed the file since it was opened.
		exec 4>>"$turn" || exit
		flock -n 4 && continue
		if [ -z "$waits" ]; then
			holder= waits=yes
			read -r holder <"$turn"
			echo "waits for another job of $name${holder:+: ${holder##*/}}" >&6
		fi
		(
			register
			# So that it is known as what the job left, if it outlives this process.
			AIOLOS_JOB_DIR=$dir
			export AIOLOS_JOB_DIR
			exec /usr/bin/setsid flock 4 9>&-
		) >&6 2>&1 6>&- &
		wait "$!" && continue
		code=$?
		read -r end rest </proc/uptime
		finish "$code $end $end"
	done
	holder=
	read -r holder <"$turn"
	if [ -n "$holder" ] && [ ! -s "$holder/exit" ]; then
		# The lock went with its wrapper, but what that looked after may run on.
		tries=200
		while (dir=$holder && reap) && [ "$tries" -gt 0 ]; do
			sleep 0.05
			tries=$((tries - 1))
		done
	fi
	echo "$dir" >"$turn"
fi
read -r begin rest </proc/uptime

# From eval on, every variable but the positional parameters may be the script's
# own. A session of its own makes the script a process group that can be stopped
# without this process.
(
	register
	umask 022
	cd files || exit
	AIOLOS_JOB_DIR=$dir AIOLOS_OUTPUT=$dir/outputs
	export AIOLOS_JOB_DIR AIOLOS_OUTPUT
	# By its path, since PATH may be the script's own, too.
	set -- /usr/bin/setsid "$dir/script"
	eval "$environment"
	exec "$@" 4>&- 9>&-
) >&6 2>&1 6>&- &
pid=$!
exec 6>&-

# The system log reads the file, not the script's pipe: when it stalls, the job
# does not. With --pid, tail reads once more after this process has ended.
if command -v logger >/dev/null; then
	tail -c +1 -f --pid=$$ output 4>&- 9>&- 2>/dev/null | logger -t "$tag" 4>&- 9>&- 2>/dev/null &
fi

wait "$pid"
code=$?
read -r end rest </proc/uptime
[ -s pid ] || barred
room= where=
# Said of what failed only: it may well be the reason.
[ "$code" = 0 ] || full "$dir" / /tmp /var || room= where=
finish "$code $begin $end $room $where"
