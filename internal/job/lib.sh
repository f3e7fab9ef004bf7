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

# boot names this run of the machine, in boot. The kernel's own name for it is that
# of the host in a container, so the first process has its part in it: ticks says
# when that began, in hundredths of a second after the kernel.
boot() {
	read -r boot </proc/sys/kernel/random/boot_id
	read -r line </proc/1/stat
	set -- ${line##*) }
	ticks=${20-0}
	boot="$boot $ticks"
}

# rebooted tells whether the machine has booted since the job was started.
rebooted() {
	[ -s "$dir/boot" ] || return 1
	read -r then <"$dir/boot"
	boot
	[ "$then" != "$boot" ]
}

# full finds the first of the places whose disk is full, and says in room how many
# bytes and how many files it still takes. What is less than a few blocks is nothing.
full() {
	for where; do
		measure $(stat -f -c '%S %a %c %d' "$where" 2>/dev/null) && return
	done
	return 1
}
measure() {
	[ "$#" = 4 ] || return 1
	room="$(($1 * $2)) $4"
	[ "$(($1 * $2))" -lt 65536 ] || { [ "$3" -gt 0 ] && [ "$4" = 0 ]; }
}

# crowded ends what could not be done for want of room, in a way that is understood.
crowded() {
	echo "$room $where" >&2
	exit 28
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
