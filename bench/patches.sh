#!/usr/bin/env bash
# How fast patches are checked for classes that two of them hold with different bytes: all 500 of a profile with 200,000 classes and one new one, of
# which nothing is known; and the new one against the profile, which is known. The peer is the goal: the vendor's tool computes no such thing.
# The jars are made once, in FOLDER; they are not part of what is timed.
set -eu
source "$(dirname "$0")/enterprise.sh"
CHECK=${CHECK:-$BENCH/../target/release/examples/conflict_check}
FOLDER=${FOLDER:-$OUT/patches}
PATCHES=${PATCHES:-500}
CLASSES=${CLASSES:-200000}
[ -x "$CHECK" ] || fail "$CHECK is missing: cargo build --release -p patches --example conflict_check"
command -v jq >/dev/null || fail "jq is missing: apt-get install jq"

jars=$FOLDER/$PATCHES.$CLASSES
[ -e "$jars/list.txt" ] || "$CHECK" make "$jars" "$PATCHES" "$CLASSES"
echo "$(find "$jars" -name '*.jar' | wc -l) jars of $(du --apparent-size --block-size=MB --total "$jars"/*.jar | tail -1 | cut -f1) in $jars"

# measure full|one MS_MAX: runs it several times, each in a process of its own.
measure() {
    local times=() peaks=() result
    for _ in $(seq "$RUNS"); do
        settle
        result=$("$CHECK" "$1" "$jars") || fail "$1 failed"
        echo "$result"
        times+=("$(jq .ms <<<"$result")")
        peaks+=("$(jq .peak_mb <<<"$result")")
    done
    verdict "$1, milliseconds" "$(median "${times[@]}")" "$2"
    verdict "$1, peak memory in MB" "$(printf '%s\n' "${peaks[@]}" | sort -g | tail -1)" 300
}

measure full 20000
measure one 1000
