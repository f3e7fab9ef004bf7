#!/bin/sh
# Runs ./script, unless ./creates names a path that exists or ./unless succeeds.
# Exit code 199 says that it was not needed.
if [ -f creates ]; then
	path=$(cat creates)
	if [ -e "$path" ]; then exit 199; fi
fi
if [ -f unless ] && /bin/sh ./unless >/dev/null 2>&1; then
	exit 199
fi
case $(head -c 2 script) in
'#!') ./script ;;
*) /bin/sh ./script ;;
esac
code=$?
if [ "$code" -eq 199 ]; then exit 1; fi
exit "$code"
