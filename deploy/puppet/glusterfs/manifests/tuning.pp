# @summary I/O tuning, at once and at every boot.
#
# One unit runs the script; being enabled is being registered, and that only once.
# @api private
class glusterfs::tuning {
  file { '/usr/local/sbin/aiolos-gluster-tuning':
    ensure => file,
    owner  => 'root',
    group  => 'root',
    mode   => '0755',
    source => 'puppet:///modules/glusterfs/aiolos-gluster-tuning',
  }

  file { '/etc/systemd/system/aiolos-gluster-tuning.service':
    ensure  => file,
    owner   => 'root',
    group   => 'root',
    mode    => '0644',
    content => epp('glusterfs/aiolos-gluster-tuning.service.epp', { 'device' => $glusterfs::data_device }),
  }

  glusterfs::enabled { 'aiolos-gluster-tuning':
    wanted_by => 'multi-user.target',
    unit      => '/etc/systemd/system/aiolos-gluster-tuning.service',
  }

  # The unit stays active once it has run, so that "running" means "has run".
  service { 'aiolos-gluster-tuning':
    ensure    => running,
    enable    => true,
    subscribe => File['/usr/local/sbin/aiolos-gluster-tuning', '/etc/systemd/system/aiolos-gluster-tuning.service'],
  }
}
