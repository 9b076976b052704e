#!/bin/sh
# Starts vmtestd: from the image where there is one, else from the jar with a JDK. This shell becomes
# the JVM, so that a signal to the service reaches it.
set -eu

# Only the JVM reports 1, a failed test: whatever ends this shell instead, vmtestd could not start.
trap 'exit 3' EXIT
die() {
    printf '%s\n' "vmtestd: $*" >&2
    exit 3
}

here=$(dirname "$(readlink -f "$0")")

# Names of files inside an flist are UTF-8; the JVM reads them by the locale.
export LC_ALL=C.UTF-8
# glibc keeps an arena of memory for each thread otherwise.
export MALLOC_ARENA_MAX=1
# Options and class paths for other JVMs; the last one prints to standard output.
unset JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS CLASSPATH _JAVA_LAUNCHER_DEBUG
# The node's libraries are not the image's.
unset LD_LIBRARY_PATH LD_PRELOAD
# On a terminal, lines are cut to fit; the JVM cannot ask for its width.
if [ -t 1 ]; then
    { COLUMNS=$(stty size 0<&3 2>/dev/null | cut -d ' ' -f 2); } 3>&1
    export COLUMNS
fi

exec=
jar=$here/build/vmtestd.jar
for image in "$here/image" "$here/build/image" ""; do
    # An image that is older than the jar beside it is not what was built last.
    if [ -e "$image/bin/java" ] && ! [ "$jar" -nt "$image/lib/modules" ]; then
        break
    fi
done
if [ -n "$image" ]; then
    java=$image/bin/java
    # Its flags are in it: see image/options.
    jvm() { $exec "$image/bin/vmtestd" --inhibit-cache --library-path "$image/lib" --argv0 vmtestd "$java" "$@"; }
else
    [ -f "$jar" ] || die "not built yet; run: make -C '$here' jar"
    java=${JAVA_HOME:+$JAVA_HOME/bin/}java
    command -v "$java" >/dev/null || die "no $java; install a JDK (apt-get install openjdk-17-jdk-headless) or set JAVA_HOME"
    # A full JDK has sun.misc.Unsafe, and warns when msgpack-core uses it: so it is told not to.
    jvm() {
        $exec "$java" -XX:+UseSerialGC -Xms1m -Xmn512k -Xmx16m -Xss256k -XX:TieredStopAtLevel=1 -XX:-UsePerfData \
            -XX:CompressedClassSpaceSize=16m -XX:ReservedCodeCacheSize=16m -XX:+UnlockDiagnosticVMOptions -XX:-DisplayVMOutput \
            -Dmsgpack.universal-buffer=true -p "$jar:$here/build/lib/modular/msgpack.core.jar" "$@"
    }
fi

# A JVM that cannot start exits with 1. So it is started once without running main, with the errors that image/options
# hides, and with a larger heap, because main needs memory for more threads.
errors=$(exec 2>&1; jvm -XX:+DisplayVMOutput -XX:ErrorFile=/dev/null -Xmx32m --dry-run -m vmtestd/vmtestd.Main) || {
    status=$?
    set -f
    die "$java does not start (exit status $status):" $errors
}
exec=exec
jvm -m vmtestd/vmtestd.Main "$@"
