#!/bin/sh
# Links a small Java runtime with one program in it.
#
#   link.sh JDK MODULE-PATH MODULE OUTPUT [LIBJVM]
#
# LIBJVM is "server" for the JDK's own VM, "minimal" for a smaller one that the JDK brings, or a libjvm.so to put
# in its place. Beside OUTPUT come OUTPUT.legal, the licences of what is in it, and OUTPUT.excludes, the names of
# the classes that are not.
set -eu

jdk=$1 path=$2 module=$3 output=$4 libjvm=${5:-server}
here=$(dirname "$0")
# With one of them a JVM has flags of its own, and says so.
unset JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS

die() { echo "image: $*" >&2; exit 1; }

for tool in java jlink jimage; do
    [ -x "$jdk/bin/$tool" ] || die "$jdk has no $tool: it is no JDK, or not a whole one"
done
"$jdk/bin/java" -version >/dev/null 2>&1 || die "$jdk/bin/java does not run"
command -v strip >/dev/null || die "needs strip: sudo apt-get install --no-install-recommends binutils"

case $libjvm in
    server | minimal) vm=$libjvm ;;
    *) vm=server; [ -f "$libjvm" ] || die "there is no $libjvm" ;;
esac
# jlink's strongest compression has another name since JDK 21.
case $("$jdk/bin/jlink" --version) in
    17* | 18* | 19* | 20*) compress=2 ;;
    *) compress=zip-9 ;;
esac
# Flags come and go with the JDK's versions.
options=
for option in $(sed '/^#/d' "$here/options"); do
    if "$jdk/bin/java" $options "$option" -version >/dev/null 2>&1; then
        options="$options $option"
    fi
done

# Nobody is to find half an image where a whole one should be.
new=$output.new
rm -rf "$new" "$new.legal"
trap 'rm -rf "$new" "$new.legal"' EXIT
trap 'exit 1' HUP INT TERM

# A package of a module cannot go whole: then its smallest class stays.
"$jdk/bin/jimage" list --verbose --include 'regex:/java.base/.*' "$jdk/lib/modules" >"$output.excludes"
[ -s "$output.excludes" ] || die "jimage lists nothing in $jdk/lib/modules"
awk 'NF == 4 && $1 ~ /^[0-9]+$/ { print $2, $4 }' "$output.excludes" | sort -n |
    awk -v out="^($(sed -n 's/^classes //p' "$here/excludes" | paste -s -d '|' -))" '
        { package = $2; sub("/[^/]*$", "", package) }
        $2 !~ out { stays[package] = 1 }
        $2 ~ out { name[++n] = $2; of[n] = package }
        END { for (i = 1; i <= n; i++) if (stays[of[i]]++) print "/java.base/" name[i] }' >"$new"
mv "$new" "$output.excludes"
[ -s "$output.excludes" ] || die "nothing of what $here/excludes names is in $jdk/lib/modules"

"$jdk/bin/jlink" --module-path "$path" --add-modules "$module" --output "$new" --vm="$vm" \
    --add-options "${options# }" --generate-jli-classes=@"$here/lambda-forms" \
    --strip-debug --no-header-files --no-man-pages --compress="$compress" --exclude-resources="@$output.excludes"
[ ! -d "$new/legal" ] || mv "$new/legal" "$new.legal"
sed -n 's/^file //p' "$here/excludes" | while read -r file; do
    rm -rf "${new:?}/$file"
done
[ "$vm" = "$libjvm" ] || cp "$libjvm" "$new/lib/server/libjvm.so"
strip --strip-unneeded "$new/bin/java" "$new"/lib/*.so "$new"/lib/*/libjvm.so
# The C library's loader, under the name by which ps shows the process, and the libraries that the image's files need:
# it runs on a node that has an older C library or none.
ldd "$new/bin/java" "$new"/lib/*.so "$new"/lib/*/libjvm.so | awk -v image="$(realpath "$new")/" '
    $2 == "=>" && $3 ~ /^\// && index($3, image) != 1 { print $3 }
    $1 ~ /^\/.*\/ld-.*\.so/ { print $1 }' | sort -u >"$output.libraries"
while read -r library; do
    case $library in
        */ld-*.so*) cp -L "$library" "$new/bin/vmtestd" ;;
        *) cp -L "$library" "$new/lib/" ;;
    esac
done <"$output.libraries"
[ -x "$new/bin/vmtestd" ] || die "ldd names no loader for $new/bin/java"
# Nine tenths of it are comments, which would be read at every start.
sed -i '/^#/d; /^$/d' "$new/conf/security/java.security" "$new/conf/net.properties"
# The JDK asks each provider for a random generator when there is no /dev/urandom; the image has the first one only.
sed -i '/^security\.provider\.\([2-9]\|1[0-9]\)=/d' "$new/conf/security/java.security"
# vmtestd's log is configured by vmtestd.
: >"$new/conf/logging.properties"

"$new/bin/vmtestd" --inhibit-cache --library-path "$new/lib" --argv0 vmtestd "$new/bin/java" -XX:+DisplayVMOutput --list-modules >/dev/null ||
    die "the image does not run"
rm -rf "$output" "$output.legal"
[ ! -d "$new.legal" ] || mv "$new.legal" "$output.legal"
mv "$new" "$output"
