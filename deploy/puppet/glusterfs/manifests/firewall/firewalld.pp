# @summary The rules as a policy of firewalld, which holds for every zone.
# @api private
class glusterfs::firewall::firewalld {
  package { 'firewalld':
    ensure => installed,
  }

  file { '/etc/firewalld/policies/aiolos-gluster.xml':
    ensure  => file,
    owner   => 'root',
    group   => 'root',
    mode    => '0600',
    content => epp('glusterfs/firewalld-policy.xml.epp', $glusterfs::firewall::ports),
    require => Package['firewalld'],
    notify  => Service['firewalld'],
  }

  service { 'firewalld':
    ensure  => running,
    enable  => true,
    restart => 'firewall-cmd --reload',
  }
}
