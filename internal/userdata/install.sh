# Puts the means to signal on a machine that no cloud-init has told: install.sh
# CONF SIGNAL, whose contents are standard input, CONF's first, $3 bytes of it.
# What is right already is left alone. The files appear as a whole or not at all,
# also when an attempt that was given up is still under way.
conf=$1 signal=$2 size=$3
umask 077
put() { # put FILE MODE: takes its content from FILE and our own process ID
	if cmp -s "$1.$$" "$1"; then
		rm -f "$1.$$" && chmod "$2" "$1"
	else
		chmod "$2" "$1.$$" && mv -T "$1.$$" "$1"
	fi
}
mkdir -p "${conf%/*}" "${signal%/*}" &&
	chmod 0755 "${conf%/*}" &&
	head -c "$size" >"$conf.$$" &&
	cat >"$signal.$$" &&
	put "$conf" 0600 &&
	put "$signal" 0755
