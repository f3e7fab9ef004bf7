package chaos

import (
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/lab/labtest"
)

// crash kills a node's glusterd, which systemd does not start again, and starts it
// after a while. It is called in a proxy's call, and so never ends the test.
func (r *run) crash(node string, after time.Duration) {
	r.quietly(node, "systemctl kill -s KILL glusterd; systemctl stop glusterd")
	time.AfterFunc(after, func() { r.quietly(node, "systemctl start glusterd") })
}

// gluster are faults of GlusterFS, in a new pool, and in one that grows.
func gluster() []scenario {
	crash := func(activity, node string) func(r *run) {
		return func(r *run) {
			r.at(activity, given, func() bool {
				r.crash(node, 10*time.Second)
				return false
			})
			r.start(3)
			r.completes()
			r.good(3)
		}
	}
	// A pool of two with files, which grows to three.
	grow := func(do func(r *run)) func(r *run) {
		return func(r *run) {
			r.start(2)
			r.completes()
			r.keep()
			do(r)
			r.start(3)
			r.completes()
			r.jobs["storage-0"], r.jobs["storage-1"] = 2, 2
			r.good(3)
			r.kept()
		}
	}
	kill := func(activity string, p point) func(r *run) {
		return grow(func(r *run) {
			r.at(activity, p, func() bool {
				r.killWorker()
				return p != reported
			})
		})
	}
	return []scenario{
		{"glusterd crashes between probe and create, where it works", true, crash("volume/storage-0", "storage-0")},
		{"glusterd crashes between probe and create, on a peer", false, crash("volume/storage-0", "storage-1")},
		{"glusterd crashes when the pool is to be made", false, crash("pool/storage-0", "storage-2")},
		{"glusterd crashes before the volume is verified", false, crash("verify/storage-0", "storage-1")},
		{"another transaction is in progress for 15 s", true, func(r *run) {
			r.at("volume/storage-0", given, func() bool {
				go r.quietly("storage-1", "timeout 15 sh -c 'while :; do gluster --mode=script volume set all cluster.server-quorum-ratio 51% >/dev/null 2>&1; done'")
				return false
			})
			r.start(3)
			r.completes()
			r.good(3)
		}},
		{"a peer is stuck in state 4", false, func(r *run) {
			r.at("volume/storage-0", given, func() bool {
				// What glusterd has written of a peer that it has not got to know quite yet.
				r.quietly("storage-0", "systemctl stop glusterd; sed -i 's/^state=.*/state=4/' $(ls /var/lib/glusterd/peers/* | head -n 1); systemctl start glusterd")
				return false
			})
			r.start(3)
			r.completes()
			r.good(3)
		}},
		{"a pool grows: kill the worker when the new peer has been probed", false, kill("pool/storage-0", unreported)},
		{"a pool grows: kill the worker when the brick has been added", true, kill("volume/storage-0", unreported)},
		{"a pool grows: kill the worker when it has been verified", false, kill("verify/storage-0", unreported)},
		{"a pool grows: kill the worker when the node has been launched", false, kill("launch/0", unreported)},
		{"a pool grows: an old node is cut off for 15 s", false, grow(func(r *run) {
			r.at("pool/storage-0", given, func() bool {
				r.cut("storage-1", nothing, 15*time.Second)
				return false
			})
		})},
		{"a pool grows: the new node fails, and all is rolled back", true, func(r *run) {
			r.start(2)
			r.completes()
			r.keep()
			before := labtest.On(r.T, r.node("storage-0"), "gluster volume info vol01")
			r.takeDevice("storage-2")
			r.strike()
			r.start(3, "--on-failure", "rollback")
			require.Equal(r, "Failed", r.settle())
			r.over()
			r.jobs["storage-0"], r.jobs["storage-1"] = 2, 2
			r.good(2)
			r.kept()
			require.Equal(r, before, labtest.On(r.T, r.node("storage-0"), "gluster volume info vol01"))
		}},
	}
}
