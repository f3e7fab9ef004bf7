package chaos

import (
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/lab/labtest"
)

// takeDevice takes a node's data disk away as soon as it can be reached; the
// returned function puts it back.
func (r *run) takeDevice(node string) (mend func()) {
	r.Helper()
	return r.TakeDevice(r.T, r.name, node, labtest.DataDevice)
}

// machines are faults of the nodes themselves.
func machines() []scenario {
	during := func(do func(r *run, node, id string)) func(r *run) {
		return func(r *run) {
			r.start(3)
			node := r.some(3)
			id := r.puppetRuns(node)
			r.strike()
			do(r, node, id)
		}
	}
	return []scenario{
		{"restart a node's sshd while Puppet runs", false, during(func(r *run, _, id string) {
			labtest.On(r.T, id, "systemctl restart ssh && pkill -9 -f '^sshd: [a-z]+' ; true")
			r.completes()
			r.good(3)
		})},
		{"change a node's host key while Puppet runs", true, during(func(r *run, node, id string) {
			labtest.On(r.T, id, "cd /etc/ssh && mkdir /root/key && mv ssh_host_ed25519_key* /root/key/ && ssh-keygen -q -t ed25519 -N '' -f ssh_host_ed25519_key && systemctl restart ssh; pkill -9 -f '^sshd: [a-z]+'; true")
			r.pauses(node, "is not the machine that was launched", "host key")
			labtest.On(r.T, id, "cp -p /root/key/* /etc/ssh/ && systemctl restart ssh")
			r.jobs[node] = 2
			r.decide("retry", r.name)
			r.completes()
			r.good(3)
		})},
		{"kill a node while Puppet runs, and start it again", false, during(func(r *run, node, id string) {
			labtest.Docker(r.T, "kill", id)
			r.jobs[node] = 3
			time.Sleep(3 * time.Second)
			labtest.Docker(r.T, "start", id)
			r.lostJob(node)
		})},
		{"restart a node while Puppet runs", false, during(func(r *run, node, id string) {
			labtest.Docker(r.T, "restart", "-t", "1", id)
			r.jobs[node] = 3
			r.lostJob(node)
		})},
		{"restart a node when the pool is to be made", false, func(r *run) {
			reached := r.upon("pool/storage-0", given)
			r.start(3)
			r.await(reached)
			r.strike()
			labtest.Docker(r.T, "restart", "-t", "1", r.node("storage-2"))
			if r.settle() == paused {
				// What Puppet mounted is not mounted by the boot of a container.
				labtest.On(r.T, r.node("storage-2"), "mountpoint -q /data || mount /data")
				r.decide("retry", r.name)
			}
			r.completes()
			r.good(3)
		}},
		{"freeze a node for a minute while Puppet runs", false, during(func(r *run, _, id string) {
			labtest.Docker(r.T, "pause", id)
			time.Sleep(time.Minute)
			labtest.Docker(r.T, "unpause", id)
			r.completes()
			r.good(3)
		})},
		{"destroy a node for good while Puppet runs", true, func(r *run) {
			r.takeDevice("storage-2")
			r.start(3)
			r.pauses("configure on storage-2")
			r.strike()
			labtest.Docker(r.T, "rm", "-fv", r.node("storage-2"))
			r.decide("replace-node", r.name, "storage-2")
			r.completes()
			r.good(3)
		}},
		{"a node's disk is full when Puppet is to run", true, func(r *run) {
			// In the call, so that no job is there before.
			r.at("connect/storage-1", unreported, func() bool {
				r.quietly("storage-1", "mkdir -p /var/lib/aiolos/jobs && mount -t tmpfs -o size=256k tmpfs /var/lib/aiolos/jobs && head -c 1M /dev/zero >/var/lib/aiolos/jobs/.full")
				return false
			})
			r.start(3)
			r.pauses("configure on storage-1", "full")
			labtest.On(r.T, r.node("storage-1"), "umount -l /var/lib/aiolos/jobs")
			r.jobs["storage-1"] = 2
			r.decide("retry", r.name)
			r.completes()
			r.good(3)
		}},
		{"Puppet fails twice, and works then", false, func(r *run) {
			mend := r.takeDevice("storage-1")
			r.start(3)
			r.pauses("configure on storage-1")
			r.strike()
			r.decide("retry", r.name)
			// The answer to the decision comes before the state changes.
			labtest.Eventually(r.T, "it was tried twice", time.Minute, func() bool {
				return labtest.On(r.T, r.node("storage-1"), "ls -d /var/lib/aiolos/jobs/*.configure.*/exit 2>/dev/null | wc -l") == "2"
			})
			r.pauses("configure on storage-1")
			mend()
			r.jobs["storage-1"] = 3
			r.decide("retry", r.name)
			r.completes()
			r.good(3)
		}},
	}
}

// lostJob: a job that a reboot ended is told as lost, and a person decides. Where
// the job had ended just before, there is nothing to decide.
func (r *run) lostJob(node string) {
	r.Helper()
	if r.settle() == paused {
		status := r.Aiolos(r.T, "status", r.name)
		require.Contains(r, status.Stdout, node)
		r.decide("retry", r.name)
	}
	r.completes()
	r.good(3)
}
