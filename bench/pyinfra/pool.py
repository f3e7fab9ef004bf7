"""The pool of the blueprint glusterfs, as a pyinfra deploy: fresh, again, or grown.

Data of the inventory: puppet_tar, the module with what runs it; content, anything new.
"""

from pyinfra import host, inventory
from pyinfra.operations import files, server

names = [node.name for node in inventory]
bricks = [f"{name}:/data/brick01" for name in names]
mount = "mkdir -p /mnt/check && mount -t glusterfs localhost:/vol01 /mnt/check"
write = f"yes {host.data.content} | head -c 1048576"

files.put(
    name="The module is there",
    src=host.data.puppet_tar,
    dest="/root/puppet.tar",
    mode="600",
)

server.shell(
    name="Puppet applied it",
    commands="mkdir -p /root/run && cd /root/run && tar -xf /root/puppet.tar && sh run.sh",
    _env={
        "AIOLOS_JOB_DIR": "/root/run",
        "AIOLOS_PUPPET_MODULE": "glusterfs",
        "FACTER_data_device": "/dev/xvdj",
    },
)

# An operation is one for all hosts, in order; those that have no part in it do nothing.
first = host.name == names[0]
last = host.name == names[-1]

peers = f"""
set -e
known=$(gluster pool list)
for host in {" ".join(names[1:])}; do
  echo "$known" | grep -qw -- "$host" || gluster peer probe "$host"
done
for host in {" ".join(names)}; do
  until [ "$(gluster --remote-host="$host" pool list | grep -cw Connected)" -eq {len(names)} ]; do sleep 0.1; done
done
"""

volume = f"""
set -e
if have=$(gluster volume info vol01 2>/dev/null); then
  missing=
  for brick in {" ".join(bricks)}; do
    echo "$have" | grep -q ": $brick\\$" || missing="$missing $brick"
  done
  [ -z "$missing" ] || gluster --mode=script volume add-brick vol01 $missing
else
  gluster --mode=script volume create vol01 {" ".join(bricks)}
fi
echo "$have" | grep -q '^Status: Started' || gluster --mode=script volume start vol01
{mount}
{write} >/mnt/check/check
umount /mnt/check
"""

server.shell(
    name="Every node is a peer of every other; the volume has every brick, is started, and takes a file",
    commands=[peers, volume] if first else [],
)

server.shell(
    name="Another node reads it",
    commands=[f"{mount} && {write} | cmp - /mnt/check/check && rm /mnt/check/check && umount /mnt/check"] if last else [],
)
