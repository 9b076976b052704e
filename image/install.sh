#!/bin/sh
# Installs what make has built, or removes it.
#
#   install.sh install|uninstall DESTDIR PREFIX
#
# Everything is replaced by rename: a running daemon keeps the files that it has mapped, and the next start uses the new ones.
set -eu
umask 022

destination=$2
prefix=$2$3
library=$prefix/lib/vmtestd

# $(each COMMAND): calls COMMAND MODE FILE TARGET for each file outside of $library.
each() {
    "$1" 644 doc/vmtestd.8 "$prefix/share/man/man8/vmtestd.8"
    "$1" 644 doc/vmtestd.bash "$prefix/share/bash-completion/completions/vmtestd"
    "$1" 644 build/licences.tar.gz "$prefix/share/doc/vmtestd/licences.tar.gz"
    "$1" 644 zinit/vmtestd.yaml "$destination/etc/zinit/vmtestd.yaml"
}

put() {
    mkdir -p "$(dirname "$3")"
    install -m "$1" "$2" "$3.new"
    mv -f "$3.new" "$3"
}

remove() { rm -f "$3"; }

case $1 in
    install)
        rm -rf "$library.new"
        mkdir -p "$library.new" "$prefix/bin"
        trap 'rm -rf "$library.new"' EXIT
        cp -R build/image "$library.new/image"
        cp vmtestd.sh "$library.new/vmtestd.sh"
        chmod -R u=rwX,go=rX "$library.new"
        rm -rf "$library.old"
        [ ! -e "$library" ] || mv "$library" "$library.old"
        mv "$library.new" "$library"
        rm -rf "$library.old"
        ln -sfn ../lib/vmtestd/vmtestd.sh "$prefix/bin/vmtestd.new"
        mv -f "$prefix/bin/vmtestd.new" "$prefix/bin/vmtestd"
        each put
        ;;
    uninstall)
        each remove
        rm -rf "$library" "$library.old" "$library.new" "$prefix/bin/vmtestd"
        rmdir "$prefix/share/doc/vmtestd" 2>/dev/null || true
        ;;
esac
