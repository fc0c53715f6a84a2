#!/usr/bin/env bash
# One function of a built application changes: what passes from the start of compile_business_functions to the end of place_libraries,
# beyond what gcc itself takes for that source; beside it ninja -j2 for the same change, compile and link.
set -eu
source "$(dirname "$0")/enterprise.sh"
source "$BENCH/ninja.sh"
need ninja ninja-build jq jq gcc gcc

# gcc's own time for the changed source, the least of five.
gcc_time() {
    local least=999999 try
    cd "$OUT/changed.ninja"
    for try in 1 2 3 4 5; do
        timed sh -c "$(ninja -t commands "objects/$1.o" | tail -1)"
        [ "$TIMED" -ge "$least" ] || least=$TIMED
    done
    cd "$BENCH"
    echo "$least"
}

application "$OUT/light" --functions "$FUNCTIONS" --libraries "$LIBRARIES"
enterprise "$OUT/changed" "$OUT/light"
define PA ENT1
build PA "$OUT/changed.json"
ninja_project "$OUT/changed.ninja" PA plain
ninja_build "$OUT/changed.ninja"
source=$(cd "$OUT/changed.ninja/source" && ls -- */*.c | head -1)
stem=$(basename "$source" .c)
checked_in=$OUT/light/BSFN/${stem^^}/$stem.c

times=()
for run in $(seq "$RUNS"); do
    sed -i "s/^#define SOURCE_STATE .*/#define SOURCE_STATE $((run + 1))/" "$checked_in"
    packwright checkin "$OUT/light" --path-code $PATH_CODE >/dev/null
    define "PA$run" ENT1
    settle
    build "PA$run" "$OUT/changed.json"
    ours=$(took "$OUT/changed.json" compile_business_functions place_libraries)
    cp "$checked_in" "$OUT/changed.ninja/source/$source"
    settle
    timed ninja_build "$OUT/changed.ninja"
    theirs=$TIMED
    same "$OUT/changed.ninja" "PA$run" >/dev/null
    own=$(gcc_time "${source%.c}")
    beyond=$((ours - own))
    times+=("$beyond")
    steps=$(jq -r '[.runs[] | select(.ended - .started > 4) | "\(.step) \(.ended - .started)"] | join(", ")' "$OUT/changed.json")
    echo "run $run: packwright $ours ms, of it gcc's own $own ms, beyond it $beyond ms; ninja -j2 $theirs ms, ratio $(quotient "$ours" "$theirs")"
    echo "    steps of 5 ms and more: $steps"
done
verdict "one function changed, median milliseconds beyond gcc" "$(median "${times[@]}")" 300
