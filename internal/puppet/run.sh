#!/bin/sh
# Applies Puppet code on this node. The working directory holds the code and
# .aiolos/run.rb; what is to be done stands in AIOLOS_PUPPET_* variables.
set -u
umask 022
export PATH=/opt/puppetlabs/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL=C.UTF-8 HOME="${HOME:-/root}"
here=$(pwd)

installed() {
	command -v puppet >/dev/null || return 1
	# aiolos-signal speaks through curl.
	[ -z "${AIOLOS_PUPPET_SIGNAL-}" ] || command -v curl >/dev/null || return 1
	# Debian packages the types mount and augeas apart from Puppet itself.
	for dir in /usr/share/puppet/modules /usr/share/puppet/vendor_modules /opt/puppetlabs/puppet/vendor_modules; do
		[ -e "$dir/mount_core" ] && return 0
	done
	# Up to Puppet 5 they were part of it.
	[ -e /usr/lib/ruby/vendor_ruby/puppet/type/mount.rb ]
}

# A machine that boots first often updates its packages itself: wait for its
# locks, and try the mirror again, since names and routes may come up late.
with_apt() {
	export DEBIAN_FRONTEND=noninteractive
	tries=10
	until apt-get -q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 -o APT::Update::Error-Mode=any update; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		echo "apt-get update failed; trying again" >&2
		sleep 3
	done
	apt-get -q -y -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 --no-install-recommends install \
		ca-certificates curl puppet-agent puppet-module-puppetlabs-mount-core puppet-module-puppetlabs-augeas-core
}

# The first of the packages that a repository of this machine offers; EPEL's last.
with_dnf() {
	for package in openvox-agent puppet-agent puppet; do
		dnf -q -y install "$package" 2>/dev/null && return 0
	done
	dnf -y install epel-release && dnf -y install puppet
}

if ! installed; then
	# What shall change nothing installs nothing.
	[ "${AIOLOS_PUPPET_NOOP-}" != true ] || { echo "Puppet is not installed" >&2; exit 199; }
	if command -v apt-get >/dev/null; then
		with_apt
	elif command -v dnf >/dev/null; then
		with_dnf
	else
		echo "Puppet is not installed, and there is neither apt-get nor dnf to install it with" >&2
		exit 1
	fi || { echo "Puppet could not be installed: see the package manager's words above" >&2; exit 1; }
	command -v puppet >/dev/null || { echo "Puppet's packages are installed, but there is no command puppet" >&2; exit 1; }
fi

set -- --detailed-exitcodes --color false --reports aiolos \
	--basemodulepath "$here/modules:\$codedir/modules:/usr/share/puppet/modules:/opt/puppetlabs/puppet/modules"
# Nor does it touch what Puppet remembers of the runs that do.
own="${AIOLOS_JOB_DIR-}/puppet"
[ "${AIOLOS_PUPPET_NOOP-}" != true ] || set -- "$@" --noop \
	--vardir "$own" --rundir "$own/run" --ssldir "$own/ssl" --lastrunfile "$own/last_run_summary.yaml"
if [ -n "${AIOLOS_PUPPET_MODULE-}" ]; then
	# Without a given certname, Facter would be asked for all that the network is.
	set -- "$@" --certname aiolos --execute "include $AIOLOS_PUPPET_MODULE"
else
	FACTER_manifest_dir=${FACTER_manifest_dir-$here}
	export FACTER_manifest_dir
	set -- "$@" "$here/$AIOLOS_PUPPET_MANIFEST"
fi

# A single run: room in the heap from the start spares most garbage collections,
# and nobody reads a misspelt constant's nearest name, which Ruby searches each
# time that a plugin is looked for.
RUBYOPT="--disable=did_you_mean,error_highlight -r$here/.aiolos/run.rb" \
	RUBY_GC_HEAP_INIT_SLOTS=600000 RUBY_GC_MALLOC_LIMIT=200000000 RUBY_GC_MALLOC_LIMIT_MAX=400000000 RUBY_GC_OLDMALLOC_LIMIT=400000000 \
	puppet apply "$@" </dev/null
code=$?
case $code in
0 | 2) ;;
*) exit "$code" ;;
esac

if [ -n "${AIOLOS_PUPPET_SIGNAL-}" ]; then
	aiolos-signal "$AIOLOS_PUPPET_SIGNAL" || {
		code=$?
		echo "Puppet is done, but the signal $AIOLOS_PUPPET_SIGNAL could not be sent (aiolos-signal: exit code $code)" >&2
		exit "$code"
	}
fi
exit 0
