# Puts the means to signal on a machine that no cloud-init has told: install.sh
# CONF SIGNAL, whose contents are standard input, CONF's first, $3 bytes of it.
# What is right already is left alone. The files appear as a whole or not at all.
conf=$1 signal=$2 size=$3
umask 077
put() { # put FILE MODE: takes its content from FILE.new
	if cmp -s "$1.new" "$1"; then
		rm -f "$1.new" && chmod "$2" "$1"
	else
		chmod "$2" "$1.new" && mv -T "$1.new" "$1"
	fi
}
mkdir -p "${conf%/*}" "${signal%/*}" &&
	chmod 0755 "${conf%/*}" &&
	head -c "$size" >"$conf.new" &&
	cat >"$signal.new" &&
	put "$conf" 0600 &&
	put "$signal" 0755
