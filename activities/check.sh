#!/bin/sh
# Looks at what guard.sh would do, and does nothing: writes lines that say so to
# $AIOLOS_JOB_DIR/report. Exit code 199 says that only running the script would tell
# whether it is needed.
own=.aiolos
report=$AIOLOS_JOB_DIR/report
: >"$report" || exit 70
guarded= why=
if [ -f "$own/creates" ]; then
	path=$(cat "$own/creates")
	if [ -e "$path" ]; then exit 0; fi
	guarded=yes why="$path does not exist"
fi
if [ -f "$own/unless" ]; then
	if /bin/sh "$own/unless" >/dev/null 2>&1; then exit 0; fi
	guarded=yes why="${why:+$why, and }the command of unless fails"
fi
[ -z "$guarded" ] || echo "the script would run: $why" >>"$report"

# same says whether the file $1 stands at $2 as it is.
same() {
	[ -f "$2" ] && [ ! -L "$2" ] && cmp -s "$1" "$2" && [ "$(stat -c %a:%u:%g "$2")" = "$(stat -c %a "$1"):0:0" ]
}
for from in "$own"/install/*; do
	[ -d "$from" ] || continue
	to=$(cat "$from/path")
	if [ -d "$from/content" ]; then
		(cd "$from/content" && find . -type f) | while IFS= read -r name; do
			same "$from/content/$name" "$to/$name" || echo "the file ${to%/}/${name#./} differs" >>"$report"
		done
	else
		same "$from/content" "$to" || echo "the file $to differs" >>"$report"
	fi
done
[ -n "$guarded" ] || exit 199
exit 0
