#!/bin/sh
# Links a small Java runtime that contains one program.
#
#   link.sh JDK MODULE-PATH MODULE OUTPUT [LIBJVM]
#
# LIBJVM is "server" for the JDK's default VM, "minimal" for the minimal VM that some JDKs include, or the path of a
# libjvm.so to use instead. Also writes OUTPUT.legal, the licences of what OUTPUT contains, and OUTPUT.excludes, the
# names of the classes that were excluded.
set -eu

jdk=$1 path=$2 module=$3 output=$4 libjvm=${5:-server}
here=$(dirname "$0")
# They would add JVM options, and a line of output to each command.
unset JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS

die() { echo "image: $*" >&2; exit 1; }

for tool in java jlink jimage; do
    [ -x "$jdk/bin/$tool" ] || die "$jdk has no $tool: it is not a complete JDK"
done
"$jdk/bin/java" -version >/dev/null 2>&1 || die "$jdk/bin/java does not run"
command -v strip >/dev/null || die "strip is missing; run: sudo apt-get install --no-install-recommends binutils"

case $libjvm in
    server | minimal) vm=$libjvm ;;
    *) vm=server; [ -f "$libjvm" ] || die "$libjvm does not exist" ;;
esac
# The strongest compression has another name since JDK 21.
case $("$jdk/bin/jlink" --version) in
    17* | 18* | 19* | 20*) compress=2 ;;
    *) compress=zip-9 ;;
esac
# Options that this version of the JDK does not know are skipped.
options=
for option in $(sed '/^#/d' "$here/options"); do
    if "$jdk/bin/java" $options "$option" -version >/dev/null 2>&1; then
        options="$options $option"
    fi
done

# The image is moved to its place when it is complete.
new=$output.new
rm -rf "$new" "$new.legal"
trap 'rm -rf "$new" "$new.legal"' EXIT
trap 'exit 1' HUP INT TERM

# jlink does not allow a package to become empty: its smallest class is kept.
"$jdk/bin/jimage" list --verbose --include 'regex:/java.base/.*' "$jdk/lib/modules" >"$output.excludes"
[ -s "$output.excludes" ] || die "jimage lists nothing in $jdk/lib/modules"
awk 'NF == 4 && $1 ~ /^[0-9]+$/ { print $2, $4 }' "$output.excludes" | sort -n |
    awk -v out="^($(sed -n 's/^classes //p' "$here/excludes" | paste -s -d '|' -))" '
        { package = $2; sub("/[^/]*$", "", package) }
        $2 !~ out { stays[package] = 1 }
        $2 ~ out { name[++n] = $2; of[n] = package }
        END { for (i = 1; i <= n; i++) if (stays[of[i]]++) print "/java.base/" name[i] }' >"$new"
mv "$new" "$output.excludes"
[ -s "$output.excludes" ] || die "none of the classes in $here/excludes is in $jdk/lib/modules"

"$jdk/bin/jlink" --module-path "$path" --add-modules "$module" --output "$new" --vm="$vm" \
    --add-options "${options# }" --generate-jli-classes=@"$here/lambda-forms" \
    --strip-debug --no-header-files --no-man-pages --compress="$compress" --exclude-resources="@$output.excludes"
[ ! -d "$new/legal" ] || mv "$new/legal" "$new.legal"
sed -n 's/^file //p' "$here/excludes" | while read -r file; do
    rm -rf "${new:?}/$file"
done
[ "$vm" = "$libjvm" ] || cp "$libjvm" "$new/lib/server/libjvm.so"
strip --strip-unneeded "$new/bin/java" "$new"/lib/*.so "$new"/lib/*/libjvm.so
# The C library's loader, under the name that ps shows for the process, and the libraries that the image's files need:
# the image runs on a node with an older C library or none.
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
# The loader would also load what a node's /etc/ld.so.preload lists; this name has the same length.
LC_ALL=C sed -i 's|/etc/ld\.so\.preload|/dev/null/.preload|' "$new/bin/vmtestd"
# Few of the functions in the C++ and mathematics libraries are used. If their static libraries are installed (libstdc++-12-dev,
# libc6-dev), libraries with only these functions replace them: 0.1 MB instead of 3.1 MB.
reduce() {
    library=$new/lib/$1
    [ -f "$library" ] && [ -f "$2" ] || return 0
    nm -D --defined-only "$library" | sed 's/.* //; s/@@/@/' | LC_ALL=C sort >"$output.defined"
    nm -D --undefined-only "$new"/lib/*.so "$new"/lib/*/libjvm.so | sed 's/.* //' | LC_ALL=C sort -u | LC_ALL=C comm -12 - "$output.defined" |
        sed 's/\(.*\)@\(.*\)/\2 \1/' | LC_ALL=C sort >"$output.symbols"
    awk '$1 != version { if (version) print "local: *; };"; version = $1; print version " { global:" }
        { print $2 ";" } END { print "local: *; };" }' "$output.symbols" >"$output.versions"
    # In the static library, functions are chosen by the features of the processor; with none, those for any processor are.
    echo '.bss; .hidden _dl_x86_cpu_features; .globl _dl_x86_cpu_features; _dl_x86_cpu_features: .space 4096
        .section .note.GNU-stack,"",%progbits' | as -o "$output.o" -
    if ld -shared -soname "$1" --version-script "$output.versions" -z relro -z now --eh-frame-hdr --gc-sections --strip-all \
        --hash-style=gnu $(sed 's/.* /--require-defined=/' "$output.symbols") -o "$library.new" "$output.o" "$2" \
        $(ls "$new"/lib/libgcc_s.so.* "$new"/lib/libc.so.* "$new/bin/vmtestd" 2>/dev/null) 2>"$output.ld"; then
        mv "$library.new" "$library"
        chmod a-x "$library"
    else
        echo "image: $1 is included as a whole, since ld says: $(head -n 1 "$output.ld")" >&2
    fi
}
machine=$(uname -m)-linux-gnu
reduce libstdc++.so.6 "$(ls -d /usr/lib/gcc/"$machine"/*/libsupc++.a 2>/dev/null | tail -n 1)"
reduce libm.so.6 "/usr/lib/$machine/libm.a"
# Which packages and source packages these libraries and the JDK are from. The JDK's licences come from jlink.
libjdk=$jdk/lib/server/libjvm.so
while read -r library; do
    real=$(realpath "$library")
    package=$(dpkg -S "$real" "${real#/usr}" 2>/dev/null | sed 's/: .*//; q')
    if [ -n "$package" ]; then
        set -- $(dpkg-query -W -f '${Package} ${Version} ${source:Package} ${source:Version}' "$package")
        echo "${library##*/}: $1 $2, built from $3 $4"
        [ "$library" = "$libjdk" ] || cp -L "/usr/share/doc/$1/copyright" "$new.legal/$3"
    else
        echo "${library##*/}: not from a package of this machine"
    fi
done <<END >"$new.legal/libraries"
$(cat "$output.libraries")
$libjdk
END
for licence in $(cat "$new.legal"/[a-z]* 2>/dev/null | grep -o '/usr/share/common-licenses/L\?GPL-[0-9.]*[0-9]' | sort -u); do
    cp -L "$licence" "$new.legal"
done
# Nine tenths of these files are comments, which would be read at every start.
sed -i '/^#/d; /^$/d' "$new/conf/security/java.security" "$new/conf/net.properties"
# Without /dev/urandom the JDK searches all providers for a random generator; the image has only the first.
sed -i '/^security\.provider\.\([2-9]\|1[0-9]\)=/d' "$new/conf/security/java.security"
# vmtestd configures its log itself.
: >"$new/conf/logging.properties"

"$new/bin/vmtestd" --inhibit-cache --library-path "$new/lib" --argv0 vmtestd "$new/bin/java" -XX:+DisplayVMOutput --list-modules >/dev/null ||
    die "the image does not run"
rm -rf "$output" "$output.legal"
[ ! -d "$new.legal" ] || mv "$new.legal" "$output.legal"
mv "$new" "$output"
