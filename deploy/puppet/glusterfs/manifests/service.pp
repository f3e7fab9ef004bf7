# @summary glusterd, running and enabled.
# @api private
class glusterfs::service {
  glusterfs::enabled { 'glusterd':
    wanted_by => 'multi-user.target',
  }

  service { 'glusterd':
    ensure => running,
    enable => true,
  }
}
