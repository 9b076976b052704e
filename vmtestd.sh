#!/bin/sh
# Starts vmtestd: from the image where there is one, else from the jar with a JDK. This shell becomes
# the JVM, so that a signal to the service reaches it.
set -eu

here=$(dirname "$(readlink -f "$0")")

# Names of files inside an flist are UTF-8; the JVM reads them by the locale.
export LC_ALL=C.UTF-8
# glibc keeps an arena of memory for each thread otherwise.
export MALLOC_ARENA_MAX=1
# On a terminal, lines are cut to fit; the JVM cannot ask for its width.
if [ -t 1 ]; then
    { COLUMNS=$(stty size 0<&3 2>/dev/null | cut -d ' ' -f 2); } 3>&1
    export COLUMNS
fi

for image in "$here/image" "$here/build/image"; do
    # An image that is older than the jar beside it is not what was built last.
    if [ -x "$image/bin/java" ] && ! [ "$here/build/vmtestd.jar" -nt "$image/lib/modules" ]; then
        # Its flags are in it: see image/options.
        exec "$image/bin/java" -m vmtestd/vmtestd.Main "$@"
    fi
done

jar=$here/build/vmtestd.jar
if [ ! -f "$jar" ]; then
    echo "vmtestd: not built yet; run: make -C '$here' jar" >&2
    exit 3
fi
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
if ! command -v "$java" >/dev/null; then
    echo "vmtestd: no $java; install a JDK (apt-get install openjdk-17-jdk-headless) or set JAVA_HOME" >&2
    exit 3
fi
# A full JDK has sun.misc.Unsafe, and warns when msgpack-core uses it: so it is told not to.
exec "$java" -XX:+UseSerialGC -Xms1m -Xmn512k -Xmx16m -Xss256k -XX:TieredStopAtLevel=1 -XX:-UsePerfData \
    -Dmsgpack.universal-buffer=true -p "$jar:$here/build/lib/modular/msgpack.core.jar" -m vmtestd/vmtestd.Main "$@"
