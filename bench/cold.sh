#!/usr/bin/env bash
# Nothing is cached: packwright against ninja -j2 that is given the same precompiled header. From the first compile to the last library.
set -eu
source "$(dirname "$0")/enterprise.sh"
source "$BENCH/ninja.sh"
need ninja ninja-build jq jq gcc gcc

application "$OUT/light" --functions "$FUNCTIONS" --libraries "$LIBRARIES"
enterprise "$OUT/cold.checked-in" "$OUT/light"
define PA ENT1
ratios=()
for run in $(seq "$RUNS"); do
    ROOT=$OUT/cold
    rm -rf "$ROOT"
    cp -a "$OUT/cold.checked-in" "$ROOT"
    settle
    timed build PA "$OUT/cold.json"
    ours=$(took "$OUT/cold.json" compile_business_functions link_libraries)
    our_cpu=$CPU
    ninja_project "$OUT/cold.ninja" PA precompiled
    settle
    timed ninja_build "$OUT/cold.ninja"
    ratio=$(quotient "$ours" "$TIMED")
    ratios+=("$ratio")
    echo "run $run: packwright $(seconds "$ours"), ninja -j2 with the precompiled header $(seconds "$TIMED"), ratio $ratio (of processor time of all steps $(quotient "$our_cpu" "$CPU")); $(same "$OUT/cold.ninja" PA)"
done
verdict "cold, median ratio" "$(median "${ratios[@]}")" 1.03
