# Removes ended jobs: prune.sh ROOT NONCE SECONDS KEEP. Prints how many.
root=$1 nonce=$2 seconds=$3 keep=$4
umask 077
cd "$root" 2>/dev/null || { echo 0; exit 0; }
old=.old.$nonce
touch -d "$seconds seconds ago" "$old" || exit 70

# What launchers left that died before they could start their job, and pruners
# before they could finish.
for left in .new.* .old.*; do
	if [ "$left" -ot "$old" ]; then rm -rf --one-file-system "$left"; fi
done

# A job's end is the last change of its directory, so ls has the newest first.
kept=0 removed=0
for id in $(ls -t); do
	case $id in *[!A-Za-z0-9._-]*) continue ;; esac
	# One without the marker has not begun, and one whose lock is taken has not ended.
	if [ ! -e "$id/started" ] || ! flock -n "$id/lock" true; then continue; fi
	kept=$((kept + 1))
	if [ "$kept" -le "$keep" ] || [ ! "$id" -ot "$old" ]; then continue; fi
	# Renamed first: half a directory could be taken for a job that never began.
	if mv -T "$id" ".old.$nonce.$id"; then
		# What a script has mounted there is not the job's.
		rm -rf --one-file-system ".old.$nonce.$id"
		removed=$((removed + 1))
	fi
done

# The places in which jobs of one name took turns. Who waits for one has it open;
# who comes later makes it anew, and who holds it keeps it.
for turn in .exclusive/*; do
	if [ -e "$turn" ] && [ "$turn" -ot "$old" ]; then flock -n "$turn" rm -f "$turn"; fi
done
rm -f "$old"
echo "$removed"
