# @summary Where GlusterFS comes from, and its packages.
# @api private
class glusterfs::packages {
  case $facts['os']['family'] {
    'Debian': { contain glusterfs::packages::apt }
    default: { contain glusterfs::packages::dnf }
  }

  package { $glusterfs::packages:
    ensure => installed,
  }
}
