#!/bin/sh
# Starts vmtestd from the image if there is one, otherwise from the jar with a JDK. The shell execs the JVM, so
# that signals to the service reach it.
set -eu

# Exit status 1, a failed test, comes from the JVM only. If this shell exits, vmtestd could not start.
trap 'exit 3' EXIT
die() {
    printf '%s\n' "vmtestd: $*" >&2
    exit 3
}

here=$(dirname "$(readlink -f "$0")")

# File names in an flist are UTF-8, and the JVM decodes them by the locale.
export LC_ALL=C.UTF-8
# Otherwise glibc keeps a memory arena for each thread.
export MALLOC_ARENA_MAX=1
# Meant for other JVMs. The last one makes the launcher print to standard output.
unset JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS CLASSPATH _JAVA_LAUNCHER_DEBUG
# The libraries of the node are not those of the image.
unset LD_LIBRARY_PATH LD_PRELOAD
# A JVM that crashes reports it on standard error, and leaves no core file.
ulimit -c 0
# On a terminal, lines are cut to its width, which the JVM cannot query.
if [ -t 1 ]; then
    { COLUMNS=$(stty size 0<&3 2>/dev/null | cut -d ' ' -f 2); } 3>&1
    export COLUMNS
fi

exec=
jar=$here/build/vmtestd.jar
for image in "$here/image" "$here/build/image" ""; do
    # An image older than the jar is from an earlier build.
    if [ -e "$image/bin/vmtestd" ] && ! [ "$jar" -nt "$image/lib/modules" ]; then
        break
    fi
done
if [ -n "$image" ]; then
    java=$image/bin/vmtestd
    # The image contains its JVM options: see image/options. Its own loader finds its own C library.
    jvm() { $exec "$java" --inhibit-cache --library-path "$image/lib" --argv0 vmtestd "$image/bin/java" "$@"; }
else
    [ -f "$jar" ] || die "not built yet; run: make -C '$here' jar"
    java=${JAVA_HOME:+$JAVA_HOME/bin/}java
    command -v "$java" >/dev/null || die "no $java; install a JDK (apt-get install openjdk-17-jdk-headless) or set JAVA_HOME"
    # Newer JDKs warn if msgpack-core uses sun.misc.Unsafe; msgpack.universal-buffer prevents that.
    jvm() {
        $exec "$java" -XX:+UseSerialGC -Xms1m -Xmn512k -Xmx16m -Xss256k -XX:TieredStopAtLevel=1 -XX:-UsePerfData \
            -XX:CompressedClassSpaceSize=16m -XX:ReservedCodeCacheSize=16m -XX:+UnlockDiagnosticVMOptions -XX:-DisplayVMOutput \
            -Dmsgpack.universal-buffer=true -p "$jar:$here/build/lib/modular/msgpack.core.jar" "$@"
    }
fi

# A JVM that cannot start exits with 1. So it is first started without running main, which takes 0.07 s: with the error
# messages that image/options disables, and with a larger heap, because main needs memory for more threads.
errors=$(exec 2>&1; jvm -XX:+DisplayVMOutput -XX:ErrorFile=/dev/null -Xmx32m --dry-run -m vmtestd/vmtestd.Main) || {
    status=$?
    set -f
    die "$java does not start (exit status $status):" $errors
}
exec=exec
jvm -m vmtestd/vmtestd.Main "$@"
