# @summary The data device: formatted unless it holds anything, and mounted.
# @api private
class glusterfs::data {
  $device = $glusterfs::data_device
  $dir = $glusterfs::data_dir
  $format = ['/bin/sh', find_file('glusterfs/format.sh'), $device]

  exec { "format ${device}":
    command   => $format,
    unless    => [$format + 'check'],
    path      => ['/usr/sbin', '/usr/bin', '/sbin', '/bin'],
    logoutput => on_failure,
  }

  file { $dir:
    ensure => directory,
    owner  => 'root',
    group  => 'root',
    mode   => '0755',
  }

  mount { $dir:
    ensure  => mounted,
    device  => $device,
    fstype  => 'ext4',
    options => 'defaults',
    require => [Exec["format ${device}"], File[$dir]],
  }
}
