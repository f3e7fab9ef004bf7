# @summary The data device: formatted unless it holds anything, and mounted.
# @api private
class glusterfs::data {
  $device = $glusterfs::data_device
  $dir = $glusterfs::data_dir

  # blkid's exit code 2 alone is no proof that a device is empty: it is also that
  # of a device that cannot be read. Code 8 means several signatures. Inodes of
  # 512 bytes keep gluster's extended attributes inside the inode.
  $format = @(SH)
    test -b "$device" || { echo "$device is not a block device" >&2; exit 1; }
    head -c 1 "$device" >/dev/null || exit 1
    found=$(blkid -p "$device"); code=$?
    case $code in
      2) exec mkfs.ext4 -q -I 512 -E lazy_itable_init=1 "$device" </dev/null ;;
      0) echo "$device is not formatted, since it holds something else: $found" >&2 ;;
      *) echo "$device is not formatted: blkid cannot tell what it holds (exit code $code)" >&2 ;;
    esac
    exit 1
    | SH

  exec { "format ${device}":
    command     => $format,
    unless      => 'test "$(blkid -p -s TYPE -o value "$device")" = ext4',
    environment => ["device=${device}"],
    path        => ['/usr/sbin', '/usr/bin', '/sbin', '/bin'],
    provider    => shell,
    logoutput   => on_failure,
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
