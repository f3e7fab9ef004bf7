# @summary The rules as a table of nftables, loaded by nftables.service.
# @api private
class glusterfs::firewall::nftables {
  $conf = $facts['os']['family'] ? {
    'RedHat' => '/etc/sysconfig/nftables.conf',
    default  => '/etc/nftables.conf',
  }

  # The distribution's own file holds no rule. One that does is somebody's
  # firewall, and not ours to replace.
  $found = find_file($conf)
  if $found and file($found) !~ /aiolos_gluster/ and file($found) =~ /^[^#\n]*\b(accept|drop|reject|jump|goto|dnat|snat|masquerade|include)\b/ {
    fail("glusterfs: ${conf} holds rules already. Move them to files /etc/nftables.d/*.nft, or set the fact firewall to 'none' and open the ports ${glusterfs::firewall::ports.values.join(', ')} there")
  }

  package { 'nftables':
    ensure => installed,
  }

  file { $conf:
    ensure       => file,
    owner        => 'root',
    group        => 'root',
    mode         => '0600',
    content      => epp('glusterfs/nftables.conf.epp', $glusterfs::firewall::ports),
    validate_cmd => '/usr/sbin/nft -c -f %',
    require      => Package['nftables'],
    notify       => Service['nftables'],
  }

  # The unit's own way to stop, and on the RHEL family to reload, is to flush every
  # table there is, those of others too.
  file { '/etc/systemd/system/nftables.service.d':
    ensure => directory,
    owner  => 'root',
    group  => 'root',
    mode   => '0755',
  }
  file { '/etc/systemd/system/nftables.service.d/aiolos.conf':
    ensure  => file,
    owner   => 'root',
    group   => 'root',
    mode    => '0644',
    content => epp('glusterfs/nftables.service.conf.epp', { 'conf' => $conf }),
    before  => Service['nftables'],
  }

  glusterfs::enabled { 'nftables':
    wanted_by => 'sysinit.target',
    require   => Package['nftables'],
  }

  service { 'nftables':
    ensure  => running,
    enable  => true,
    # A reload swaps the table in one transaction: no moment without rules.
    restart => 'systemctl reload-or-restart nftables.service',
  }
}
