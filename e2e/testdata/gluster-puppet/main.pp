# What a node of the GlusterFS pool needs, for Debian 12. It reads two facts:
# manifest_dir, where this repository has been cloned, and data_device, the
# block device for the bricks.

$sbin = ['/usr/sbin', '/usr/bin', '/sbin', '/bin']
$device = $facts['data_device']
$dist = "${facts['manifest_dir']}/dist"

# The data device. It is formatted only while it holds nothing at all; inodes of
# 512 bytes have room for gluster's extended attributes.
exec { 'format the data device':
  command   => "mkfs.ext4 -q -I 512 -E lazy_itable_init=1 ${device}",
  onlyif    => "sh -c 'blkid -p ${device}; test $? -eq 2'",
  path      => $sbin,
  logoutput => true,
}
-> file { '/data':
  ensure => directory,
  owner  => 'root',
  group  => 'root',
  mode   => '0755',
}
-> mount { '/data':
  ensure  => mounted,
  device  => $device,
  fstype  => 'ext4',
  options => 'defaults',
}

# The firewall.
package { 'nftables':
  ensure => installed,
}
-> file { '/etc/nftables.conf':
  owner        => 'root',
  group        => 'root',
  mode         => '0600',
  source       => "${dist}/nftables.conf",
  validate_cmd => '/usr/sbin/nft -c -f %',
}
~> service { 'nftables':
  ensure  => running,
  enable  => true,
  # To stop it would take away all tables, and so the name service of a container.
  restart => 'systemctl reload-or-restart nftables',
}

# GlusterFS itself: from which release its packages come, the packages (the
# server's bring geo-replication along), and the daemon.
file { '/etc/apt/preferences.d/glusterfs':
  owner  => 'root',
  group  => 'root',
  mode   => '0644',
  source => "${dist}/glusterfs.pref",
}
-> exec { 'learn which packages there are':
  command => 'apt-get -q update',
  onlyif  => "apt-cache policy glusterfs-server glusterfs-client | grep -q 'Candidate: (none)'",
  path    => $sbin,
}
-> package { ['glusterfs-server', 'glusterfs-client']:
  ensure => installed,
}
~> service { 'glusterd':
  ensure  => running,
  enable  => true,
  require => [Mount['/data'], Service['nftables']],
}

# I/O tuning, now and at every boot. A unit is enabled once, however often.
file { '/usr/local/sbin/gluster-tuning':
  owner  => 'root',
  group  => 'root',
  mode   => '0755',
  source => "${dist}/gluster-tuning",
}
-> file { '/etc/systemd/system/gluster-tuning.service':
  owner   => 'root',
  group   => 'root',
  mode    => '0644',
  content => "[Unit]\nDescription=I/O tuning for gluster's bricks\nAfter=local-fs.target\nBefore=glusterd.service\n\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/usr/local/sbin/gluster-tuning ${device}\n\n[Install]\nWantedBy=multi-user.target\n",
}
~> service { 'gluster-tuning':
  ensure    => running,
  enable    => true,
  require   => Mount['/data'],
  subscribe => File['/usr/local/sbin/gluster-tuning'],
}
