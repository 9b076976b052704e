#!/bin/sh
# Links a small Java runtime with one program in it.
#
#   link.sh JDK MODULE-PATH MODULE OUTPUT [LIBJVM]
#
# LIBJVM takes the place of the JDK's own VM; the word "minimal" stands for one that the JDK brings.
# The licences of what is in it go beside it, into OUTPUT.legal.
set -eu

jdk=$1 path=$2 module=$3 output=$4 libjvm=${5:-server}
here=$(dirname "$0")

for tool in jlink jimage; do
    [ -x "$jdk/bin/$tool" ] || { echo "$jdk has no $tool: it is no JDK, or not a whole one" >&2; exit 1; }
done
if ! command -v strip >/dev/null; then
    echo "an image needs strip: sudo apt-get install --no-install-recommends binutils" >&2
    exit 1
fi
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
vm=server
[ "$libjvm" != minimal ] || vm=minimal

rm -rf "$output" "$output.legal" "$output.left-out"
# A package of a module cannot go whole: then its smallest class stays.
"$jdk/bin/jimage" list --verbose --include regex:/java.base/.* "$jdk/lib/modules" |
    awk 'NF == 4 && $1 ~ /^[0-9]+$/ { print $2, $4 }' | sort -n |
    awk -v out="^($(sed -n 's/^classes //p' "$here/left-out" | paste -s -d '|' -))" '
        { package = $2; sub("/[^/]*$", "", package) }
        $2 !~ out { stays[package] = 1 }
        $2 ~ out { name[++n] = $2; of[n] = package }
        END { for (i = 1; i <= n; i++) if (stays[of[i]]++) print "/java.base/" name[i] }' >"$output.left-out"
"$jdk/bin/jlink" --module-path "$path" --add-modules "$module" --output "$output" --vm="$vm" \
    --add-options "${options# }" \
    --generate-jli-classes=@"$here/lambda-forms" \
    --strip-debug --no-header-files --no-man-pages --compress="$compress" --exclude-resources="@$output.left-out"
mv "$output/legal" "$output.legal"
sed -n 's/^file //p' "$here/left-out" | while read -r file; do
    rm -rf "${output:?}/$file"
done
if [ -f "$libjvm" ]; then
    cp "$libjvm" "$output/lib/server/libjvm.so"
fi
strip --strip-unneeded "$output/bin/java" "$output"/lib/*.so "$output"/lib/*/libjvm.so
# Nine tenths of it are comments, which would be read at every start.
sed -i '/^#/d; /^$/d' "$output/conf/security/java.security" "$output/conf/net.properties"
# vmtestd's log is configured by vmtestd.
: >"$output/conf/logging.properties"
