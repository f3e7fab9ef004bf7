#!/bin/sh
# Runs .aiolos/script, unless .aiolos/creates names a path that exists or
# .aiolos/unless succeeds: exit code 199 says that nothing was needed. Before, it
# puts the files below .aiolos/install in their places, where they differ.
own=.aiolos
if [ -f "$own/creates" ]; then
	path=$(cat "$own/creates")
	if [ -e "$path" ]; then exit 199; fi
fi
if [ -f "$own/unless" ] && /bin/sh "$own/unless" >/dev/null 2>&1; then
	exit 199
fi

# Puts the file $1 at $2, in one step, so that nobody ever reads half of it.
place() {
	mode=$(stat -c %a "$1")
	if [ -f "$2" ] && [ ! -L "$2" ] && cmp -s "$1" "$2" && [ "$(stat -c %a:%u:%g "$2")" = "$mode:0:0" ]; then
		return 0
	fi
	mkdir -p "$(dirname "$2")" && cp -p "$1" "$2.aiolos-new" && chown 0:0 "$2.aiolos-new" && mv -f -T "$2.aiolos-new" "$2"
}
for from in "$own"/install/*; do
	[ -d "$from" ] || continue
	to=$(cat "$from/path")
	if [ -d "$from/content" ]; then
		mkdir -p "$to" && cp -R -p "$from/content/." "$to/" && chown -R 0:0 "$to"
	else
		place "$from/content" "$to"
	fi || {
		echo "cannot put the file at $to" >&2
		exit 1
	}
done

case $(head -c 2 "$own/script") in
'#!') "./$own/script" ;;
*) /bin/sh "$own/script" ;;
esac
code=$?
if [ "$code" -eq 199 ]; then exit 1; fi
exit "$code"
