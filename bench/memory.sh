#!/usr/bin/env bash
# The peak memory of packwright's own process, compilers excluded: check-in and cold build of 3,000 and of 20,000 functions. The peer is the
# smaller size: memory must not grow with the number of functions.
set -eu
source "$(dirname "$0")/enterprise.sh"
need jq jq gcc gcc

child=""
trap '[ -z "$child" ] || kill "$child" 2>/dev/null || true' EXIT

# peak COMMAND...: runs it; $PEAK is the process's peak resident memory in MB, read from the kernel until it ends.
peak() {
    local read
    PEAK=0
    "$@" &
    child=$!
    while read=$(awk '/^VmHWM:/ { print $2 }' "/proc/$child/status" 2>/dev/null) && [ -n "$read" ]; do
        PEAK=$read
        sleep 0.05
    done
    wait "$child"
    child=""
    PEAK=$(awk -v kb="$PEAK" 'BEGIN { printf "%.0f", kb / 1024 }')
}

SIZES=${SIZES:-"3000 20000"}
first=""
for size in $SIZES; do
    # What the compiler has to do does not matter here: short functions.
    application "$OUT/memory.objects" --functions "$size" --libraries "$LIBRARIES" --statements 1
    ROOT=$OUT/memory
    rm -rf "$ROOT"
    packwright init >/dev/null
    peak "$PACKWRIGHT" --root "$ROOT" checkin "$OUT/memory.objects" --path-code $PATH_CODE >/dev/null
    check_in=$PEAK
    define PA ENT1
    peak "$PACKWRIGHT" --root "$ROOT" --json package build PA >"$OUT/memory.json"
    [ "$(jq -r .state "$OUT/memory.json")" = succeeded ] || fail "the build failed"
    first=${first:-$PEAK}
    echo "$size functions: check-in $check_in MB, build $PEAK MB, ratio to the first size $(quotient "$PEAK" "$first")"
    verdict "peak MB of the build of $size functions" "$PEAK" 300
done
verdict "growth from the first size to the last" "$(quotient "$PEAK" "$first")" 1.1
