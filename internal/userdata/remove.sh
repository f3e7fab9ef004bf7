# Takes away what install.sh put there, and the directories of jobs: remove.sh
# CONF SIGNAL JOBS DEPLOYMENT NODE. Another deployment's are left alone.
conf=$1 signal=$2 jobs=$3 deployment=$4 node=$5
[ -e "$conf" ] || exit 0
grep -qxF "deployment=$deployment" "$conf" && grep -qxF "node=$node" "$conf" || exit 0
# The configuration goes last: as long as it is there, the next attempt goes on.
rm -rf "$jobs" && rm -f "$signal" && rm -f "$conf" || exit 70
rmdir "${conf%/*}" 2>/dev/null
exit 0
