# check SINCE HOSTNAME…: whether this node is what it was to become. Puppet has run
# after SINCE, in seconds since the epoch.
since=$1
shift
fail() {
	echo "$*"
	exit 1
}
[ "$(stat -c %Y /var/cache/puppet/public/last_run_summary.yaml)" -ge "$since" ] || fail "Puppet has not run"
grep -q '^  failure: 0$' /var/cache/puppet/public/last_run_summary.yaml || fail "Puppet has failed"
mountpoint -q /data || fail "/data is not mounted"
for unit in glusterd aiolos-gluster-tuning; do
	systemctl is-active -q "$unit" && systemctl is-enabled -q "$unit" || fail "$unit is not active and enabled"
done
nft list table inet aiolos_gluster >/dev/null || fail "the firewall is not up"

gluster pool list
[ "$(gluster pool list | grep -cw Connected)" -eq $# ] || fail "not all peers are connected"
info=$(gluster volume info vol01) || fail "no volume"
echo "$info"
echo "$info" | grep -q '^Status: Started' || fail "the volume is not started"
echo "$info" | grep -q "^Number of Bricks: $#\$" || fail "not as many bricks as nodes"
for host; do
	echo "$info" | grep -q ": $host:/data/brick01\$" || fail "no brick on $host"
done
pgrep -x glusterfsd >/dev/null || fail "the brick of this node is not served"
[ -d /data/brick01/.glusterfs ] || fail "the brick of this node was never started"
[ ! -e /data/brick01/check ] || fail "the file of the check is still there"
! grep -q fuse.glusterfs /proc/mounts || fail "the volume is still mounted"
