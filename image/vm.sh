#!/bin/sh
# Builds the HotSpot VM with only what vmtestd needs, from the distribution's source package of exactly the JDK in
# use, and prints the path of its libjvm.so. Takes a few minutes; the result is kept in DIRECTORY.
#
#   vm.sh JDK DIRECTORY
#
# For a JDK that includes a minimal VM it prints "minimal".
set -eu

jdk=$1
# HotSpot's features, and a part of the path in DIRECTORY. No compiler: the image's JVM interprets, see options.
features=serialgc,opt-size,link-time-opt
mkdir -p "$2"
directory=$(cd "$2" && pwd)

say() { echo "vm     $*" >&2; }
die() { echo "VM=minimal: $*" >&2; exit 1; }

if [ -f "$jdk/jmods/java.base.jmod" ]; then
    included=$("$jdk/bin/jmod" list "$jdk/jmods/java.base.jmod" | grep -c '^lib/minimal/libjvm.so$') || true
else
    included=$(find "$jdk/lib/minimal/libjvm.so" 2>/dev/null | grep -c .) || true
fi
if [ "$included" -gt 0 ]; then
    echo minimal
    exit
fi

version=$("$jdk/bin/java" -XshowSettings:properties -version 2>&1 | sed -n 's/.*java.runtime.version = //p')
libjvm=$directory/$version/$features/libjvm.so
if [ -f "$libjvm" ]; then
    echo "$libjvm"
    exit
fi
command -v apt-get >/dev/null || die "the VM is built from a Debian source package, and apt-get is missing"

# ---- build tools

missing=
for package in autoconf binutils dpkg-dev file g++ gcc libasound2-dev libcups2-dev libfontconfig-dev make unzip zip; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing="$missing $package"
done
if [ -n "$missing" ]; then
    [ "$(id -u)" = 0 ] || die "packages are missing; run: sudo apt-get install --no-install-recommends$missing"
    say "installing$missing"
    apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2
fi

# ---- the source, with package lists of our own, since those of the system may not include sources

work=$(mktemp -d "$directory/work.XXXXXX")
mkdir -p "$work/apt/parts" "$work/apt/lists/partial" "$work/apt/cache/archives/partial"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ ! -f "$list" ] || sed -n 's/^deb[[:space:]]/deb-src /p' "$list" >>"$work/apt/parts/lists.list"
done
for list in /etc/apt/sources.list.d/*.sources; do
    [ ! -f "$list" ] || sed 's/^[Tt]ypes:.*/Types: deb-src/' "$list" >"$work/apt/parts/$(basename "$list")"
done
apt() {
    tool=$1
    shift
    "$tool" -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/apt/parts" -o APT::Sandbox::User=root \
        -o Dir::State::lists="$work/apt/lists" -o Dir::Cache="$work/apt/cache" "$@"
}
package=openjdk-${version%%[!0-9]*}
say "looking for the source of $version"
apt apt-get update -qq >&2

# The JDK of the package 17.0.19+10-1~deb12u2 reports 17.0.19+10-1-deb12u2-Debian, an older one 17.0.15+6-Debian-1deb12u1.
plain() { sed 's/Debian\|Ubuntu//; s/[-~]//g'; }
there=$(apt apt-cache showsrc "$package" 2>/dev/null | sed -n 's/^Version: //p' | sort -u)
source=
for candidate in $there; do
    [ "$(echo "$candidate" | plain)" != "$(echo "$version" | plain)" ] || source=$candidate
done
[ -n "$source" ] || die "VM and JDK must have the same version. The JDK in $jdk is $version; $package has sources of:" \
    ${there:-none} "(install a JDK of one of them: apt-get install $package-jdk-headless=VERSION $package-jre-headless=VERSION)"
say "fetching $package $source"
cd "$work"
apt apt-get source -qq --download-only "$package=$source" >&2 ||
    die "the source of $package $source cannot be fetched; available sources:" $there
dpkg-source --no-check -x ./*.dsc tree >source.log 2>&1 || { cat source.log >&2; die "the source cannot be unpacked"; }

# ---- the VM

say "building libjvm.so; this takes a few minutes"
mkdir objects
cd objects
bash ../tree/configure --with-boot-jdk="$jdk" --with-version-string="$version" \
    --with-jvm-variants=custom --with-jvm-features=$features \
    --enable-headless-only --with-native-debug-symbols=none \
    --with-freetype=bundled --with-pcsclite=bundled --with-zlib=bundled >../configure.out 2>&1 ||
    { tail -n 20 ../configure.out >&2; die "configure failed"; }
# Without the variables of the make that called this.
env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u JAVA_HOME -u VM make hotspot >../make.out 2>&1 || { tail -n 40 ../make.out >&2; die "the build failed"; }
mkdir -p "$(dirname "$libjvm")"
strip --strip-unneeded -o "$libjvm.new" jdk/lib/server/libjvm.so
mv "$libjvm.new" "$libjvm"
say "built $libjvm, $(wc -c <"$libjvm") bytes"
echo "$libjvm"
