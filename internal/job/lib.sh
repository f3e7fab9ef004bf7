# What run.sh, stop.sh and wrapper.sh share; it stands before them.

fail() {
	echo "$*" >&2
	exit 70
}

# begin makes the caller the one that starts the job in $dir: nobody ever was
# before, and nobody ever will be again. It needs the lock on descriptor 9.
begin() {
	set -C
	# With noclobber the file is made with O_EXCL.
	if true 2>/dev/null >"$dir/started"; then
		set +C
		return 0
	fi
	set +C
	return 1
}

# rebooted tells whether the machine has booted since the job was started.
rebooted() {
	[ -s "$dir/boot" ] || return 1
	read -r then <"$dir/boot"
	read -r now </proc/sys/kernel/random/boot_id
	[ "$then" != "$now" ]
}

# reap kills what runs on of a job whose wrapper was killed, lest another job
# does the same beside it. The number of a process group may have been given to
# strangers since, so one of its members has to prove itself by its environment.
# It fails when there was nobody.
reap() {
	if rebooted || [ ! -s "$dir/pid" ]; then return 1; fi
	read -r group <"$dir/pid"
	for stat in /proc/[0-9]*/stat; do
		{ read -r line <"$stat"; } 2>/dev/null || continue
		set -- ${line##*) }
		[ "${3-}" = "$group" ] || continue
		if grep -qzxF "AIOLOS_JOB_DIR=$dir" "${stat%stat}environ" 2>/dev/null; then
			kill -KILL "-$group" 2>/dev/null
			return 0
		fi
	done
	return 1
}
