# @summary Debian's family: its own packages, or those of package_source.
# @api private
class glusterfs::packages::apt {
  $source = $glusterfs::package_source
  if $source and $source !~ /\Adeb\s/ {
    fail("glusterfs: package_source has to be a line of sources.list, which begins with 'deb', not '${source}'")
  }

  $list = $source ? { undef => absent, default => file }
  file { '/etc/apt/sources.list.d/aiolos-glusterfs.list':
    ensure  => $list,
    owner   => 'root',
    group   => 'root',
    mode    => '0644',
    content => "# Written by Aiolos.\n${source}\n",
    before  => Exec['apt-get update'],
  }

  # Lists are needed only to install something; an image often carries none.
  $wanted = $glusterfs::packages + 'nftables'
  $installed = "dpkg-query -W -f '\${db:Status-Status}\\n' ${wanted.join(' ')} 2>/dev/null | grep -cx installed"
  exec { 'apt-get update':
    command   => 'apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 update',
    unless    => "test \"$(${installed})\" = ${wanted.length}",
    path      => ['/usr/sbin', '/usr/bin', '/sbin', '/bin'],
    provider  => shell,
    timeout   => 600,
    logoutput => on_failure,
  }
  Exec['apt-get update'] -> Package <| |>
}
