# @summary Lets in SSH and gluster's ports and nothing else that is new.
#
# All rules stand in a table, or policy, of our own: those of others, such as
# the ones by which a container engine answers DNS, are left alone.
# @api private
class glusterfs::firewall {
  # 24007 is glusterd, 24008 its RDMA twin; bricks take ports from base-port to
  # max-port, which are these since GlusterFS 9.
  $ports = { 'ssh' => $glusterfs::ssh_port, 'glusterd' => '24007-24008', 'bricks' => '49152-60999' }

  case $glusterfs::firewall.lest || { $glusterfs::rules_by } {
    'nftables': { contain glusterfs::firewall::nftables }
    'firewalld': { contain glusterfs::firewall::firewalld }
    default: { debug('somebody else sees to the firewall') }
  }
}
