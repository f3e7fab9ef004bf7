# @summary RHEL's family: the CentOS Storage SIG's repository, or package_source.
# @api private
class glusterfs::packages::dnf {
  $source = $glusterfs::package_source
  $key = $glusterfs::package_key
  if $source and $source !~ /\Ahttps?:\/\/[[:graph:]]+\z/ {
    fail("glusterfs: package_source has to be the base URL of a repository, not '${source}'")
  }

  $repo = $source ? { undef => absent, default => file }
  file { '/etc/yum.repos.d/aiolos-glusterfs.repo':
    ensure  => $repo,
    owner   => 'root',
    group   => 'root',
    mode    => '0644',
    content => epp('glusterfs/glusterfs.repo.epp', { 'source' => $source, 'key' => $key }),
    before  => Package[$glusterfs::packages],
  }

  # Fedora has GlusterFS itself. CentOS Stream, Rocky and Alma have the release
  # package in their extras; RHEL has not, and so needs package_source.
  if !$source and $facts['os']['name'] != 'Fedora' {
    package { "centos-release-gluster${glusterfs::release}":
      ensure => installed,
      before => Package[$glusterfs::packages],
    }
  }
}
