# @summary Makes a machine a node of a GlusterFS pool: a data device of its own,
#   a firewall, the packages, glusterd, and I/O tuning.
#
# Every parameter is taken from the fact of the same name where there is one, so
# that a caller needs nothing but FACTER_data_device in the environment.
#
# @param data_device
#   The block device that holds the bricks. It is formatted only if it holds
#   nothing that blkid knows; whatever else is on it stays, and is an error.
# @param data_dir
#   Where the device is mounted.
# @param firewall
#   What carries the rules: nftables (the default for Debian's family and for
#   containers), firewalld (for the RHEL family), or none, where somebody else
#   sees to it.
# @param ssh_port
#   The port of sshd, which stays open.
# @param package_source
#   Where the packages come from in place of the distribution: on Debian one
#   line of sources.list ("deb [signed-by=…] URL SUITE COMPONENT"), on the RHEL
#   family the base URL of a repository.
# @param package_key
#   RHEL family: the URL of the key that signs package_source. Without it the
#   packages' signatures are not checked. (Debian's line names its own key.)
# @param release
#   RHEL family without package_source: the major release of GlusterFS whose
#   CentOS Storage SIG repository is used.
class glusterfs (
  Pattern[/\A\/dev\/[\w.\/:+-]+\z/] $data_device = $facts['data_device'],
  Pattern[/\A(\/[\w.+-]+)+\z/] $data_dir = $facts['data_dir'].lest || { '/data' },
  Optional[Enum['nftables', 'firewalld', 'none']] $firewall = $facts['firewall'],
  Pattern[/\A\d{1,5}\z/] $ssh_port = $facts['ssh_port'].lest || { '22' },
  Optional[Pattern[/\A[[:print:]]+\z/]] $package_source = $facts['package_source'],
  Optional[Pattern[/\Ahttps?:\/\/[[:graph:]]+\z/]] $package_key = $facts['package_key'],
  Pattern[/\A\d+\z/] $release = $facts['release'].lest || { '11' },
) {
  $os = $facts['os']
  case $os['family'] {
    'Debian': {
      $rules_by = 'nftables'
      $packages = ['glusterfs-server', 'glusterfs-client']
    }
    'RedHat': {
      # When firewalld starts, it flushes what it did not make itself, and thereby
      # the rules by which a container engine answers its containers' DNS.
      $rules_by = find_file('/run/systemd/container', '/.dockerenv') ? {
        undef   => 'firewalld',
        default => 'nftables',
      }
      $packages = ['glusterfs-server', 'glusterfs-fuse', 'glusterfs-geo-replication']
    }
    default: {
      fail("glusterfs: ${os['name']} (family ${os['family']}) is not supported: Debian's and RHEL's families are")
    }
  }

  contain glusterfs::packages
  contain glusterfs::data
  contain glusterfs::firewall
  contain glusterfs::tuning
  contain glusterfs::service

  # A brick must never land on the root file system, nor glusterd be reachable
  # before the rules are there. A changed package restarts glusterd.
  Package[$packages] ~> Class['glusterfs::service']
  Class['glusterfs::data'] -> Class['glusterfs::service']
  Class['glusterfs::firewall'] -> Class['glusterfs::service']
  Class['glusterfs::data'] -> Class['glusterfs::tuning']
}
