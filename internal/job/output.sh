# Prints a piece of a job's output: output.sh ROOT ID OFFSET LIMIT TRIES. Where there is
# nothing yet, it looks again, a fifth of a second later. Exit code 3: there is no such job.
dir=$1/$2 offset=$3 limit=$4 tries=$5
[ -f "$dir/output" ] || exit 3
while :; do
	# Asked before the size: what comes after the end is nobody's.
	state=running
	if [ -s "$dir/exit" ] || flock -n "$dir/lock" true; then state=ended; fi
	size=$(stat -c %s "$dir/output") || exit 70
	if [ "$size" -gt "$offset" ] || [ "$state" = ended ] || [ "$tries" -le 0 ]; then break; fi
	tries=$((tries - 1))
	sleep 0.2
done
echo "$state $size"
tail -c "+$((offset + 1))" "$dir/output" | head -c "$limit"
