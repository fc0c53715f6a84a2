#!/usr/bin/env bash
# How long it takes to apply 20 patches of 5 MB to a profile, in one go, whole command: judged with all classes, copied, put on disk, recorded.
# Importing them, which reads them completely, comes before and is told beside. The peer is the disk: the same bytes written once and synced.
set -eu
source "$(dirname "$0")/enterprise.sh"
PATCHES=${PATCHES:-20}
MEGABYTES=${MEGABYTES:-5}
command -v jar >/dev/null || fail "jar is missing: apt-get install default-jdk-headless"
[ -x "$PACKWRIGHT" ] || fail "$PACKWRIGHT is missing: cargo build --release -p packwright"

folder=$OUT/patch_apply
rm -rf "$folder"
mkdir -p "$folder"
for number in $(seq "$PATCHES"); do
    id=$(printf 'P%03d' "$number")
    work=$folder/work/$id
    mkdir -p "$work/classes/com/example/$id" "$work/container/jars"
    # As little compressible as classes that are packed already.
    for class in $(seq 50); do head -c $((MEGABYTES * 20000)) /dev/urandom >"$work/classes/com/example/$id/Order$class.class"; done
    jar cf "$work/container/jars/$id.jar" -C "$work/classes" .
    cat >"$work/container/patch-descriptor.xml" <<X
<patchDescriptor schema="1"><patchId>$id</patchId><product>wls</product><release>10.3.6</release><bug>$number</bug>
<description>measured</description><content><jar path="jars/$id.jar" classpath="system"/></content></patchDescriptor>
X
    jar cMf "$folder/$id.jar" -C "$work/container" .
done
rm -rf "$folder/work"

seconds() { # seconds COMMAND…: wall time in milliseconds
    local begin end
    begin=$(date +%s%N)
    "$@" >/dev/null
    end=$(date +%s%N)
    echo $(((end - begin) / 1000000))
}
write_once() { cat "$folder"/P*.jar >"$folder/once" && sync "$folder/once"; }

times=() disks=() imports=()
for _ in $(seq "$RUNS"); do
    home=$folder/home
    rm -rf "$home" "$folder/once"
    mkdir -p "$home/wlserver_10.3"
    echo WLS_PRODUCT_VERSION=10.3.6.0 >"$home/wlserver_10.3/.product.properties"
    settle
    imports+=("$(seconds "$PACKWRIGHT" patch --home "$home" import "$folder"/P*.jar)")
    sync
    times+=("$(seconds "$PACKWRIGHT" patch --home "$home" apply $(cd "$folder" && ls P*.jar | sed s/.jar//))")
    disks+=("$(seconds write_once)")
done
echo "import ${imports[*]} ms, apply ${times[*]} ms, the same bytes written once ${disks[*]} ms"
verdict "apply of $PATCHES patches of $MEGABYTES MB, milliseconds beyond the disk's own" $(($(median "${times[@]}") - $(median "${disks[@]}"))) 2000
rm -rf "$folder"
