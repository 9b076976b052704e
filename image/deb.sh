#!/bin/sh
# Makes a Debian package of an installation: with a systemd unit, which it does not enable, in place of the zinit unit.
#
#   deb.sh TREE VERSION OUTPUT
set -eu
umask 022

tree=$1 version=$2
doc=$tree/usr/share/doc/vmtestd
maintainer=$(git log -1 --format='%an <%ae>' 2>/dev/null || echo 'unknown <root@localhost>')

rm -r "$tree/etc"
install -D -m 644 image/vmtestd.service "$tree/lib/systemd/system/vmtestd.service"
gzip -9n "$tree/usr/share/man/man8/vmtestd.8"
cat >"$doc/copyright" <<END
Copyright 2026 the authors of vmtestd. Apache License 2.0, see /usr/share/common-licenses/Apache-2.0.
The licences of its Java runtime and C library, and their source packages, are in licences.tar.gz.
END
gzip -9n >"$doc/changelog.gz" <<END
vmtestd ($version) unstable; urgency=medium

  * See CHANGELOG.md of the source.

 -- $maintainer  $(date -R -u -d "@$SOURCE_DATE_EPOCH")
END
mkdir -p "$tree/usr/share/lintian/overrides"
cat >"$tree/usr/share/lintian/overrides/vmtestd" <<END
# The image runs where there is no C library or an older one: it has its own, and starts its own loader as a program.
vmtestd: embedded-library *
vmtestd: shared-library-is-executable * [usr/lib/vmtestd/image/bin/vmtestd]
vmtestd: shared-library-lacks-prerequisites [usr/lib/vmtestd/image/bin/vmtestd]
vmtestd: undeclared-elf-prerequisites * [usr/lib/vmtestd/image/*]
END
mkdir "$tree/DEBIAN"
cat >"$tree/DEBIAN/control" <<END
Package: vmtestd
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: $maintainer
Section: admin
Priority: optional
Installed-Size: $(du -sk "$tree" | cut -f 1)
Description: tests whether a ZOS node can run VMs
 Deploys a test VM every few minutes the way a user's workload is deployed,
 checks that its guest boots and keeps running, removes it, and reports
 whether that worked. It includes its Java runtime and C library.
END
find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group --build "$tree" "$3" >/dev/null
