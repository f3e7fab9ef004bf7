# @summary Enables a unit the quick way, ahead of its service resource.
#
# `systemctl enable` makes systemd load all its units anew, and Puppet calls
# `unmask` before, which does so too: half a second for the three units here. The
# link is all that enabling is; the service resource then finds it done, and does
# it itself where a distribution's unit is wanted by another target.
# @param wanted_by
#   The target that the unit's [Install] section names.
# @param unit
#   The file of the unit.
# @api private
define glusterfs::enabled (
  String[1] $wanted_by,
  String[1] $unit = "/lib/systemd/system/${title}.service",
) {
  $wants = "/etc/systemd/system/${wanted_by}.wants"
  unless defined(File[$wants]) {
    file { $wants:
      ensure => directory,
      owner  => 'root',
      group  => 'root',
      mode   => '0755',
    }
  }

  file { "${wants}/${title}.service":
    ensure => link,
    target => $unit,
    before => Service[$title],
  }
}
