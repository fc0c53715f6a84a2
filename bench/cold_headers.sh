#!/usr/bin/env bash
# Nothing is cached: packwright against plain ninja -j2, for light headers and for headers as heavy as real sources have.
set -eu
source "$(dirname "$0")/enterprise.sh"
source "$BENCH/ninja.sh"
need ninja ninja-build jq jq gcc gcc

lines() {
    local from file
    from=$(area PA)
    find "$from/source" -name '*.c' | sort | awk 'NR % 50 == 1' | while read -r file; do
        gcc -E "-I$from/include" "-I$ROOT/sdk/include" "$file" | wc -l
    done | sort -n | awk '{ line[NR] = $1 } END { printf "%d to %d lines after preprocessing, median %d\n", line[1], line[NR], line[int((NR + 1) / 2)] }'
}

for mix in light heavy; do
    application "$OUT/$mix" --functions "$FUNCTIONS" --libraries "$LIBRARIES" --headers $mix
    enterprise "$OUT/headers.checked-in" "$OUT/$mix"
    define PA ENT1
    ratios=()
    for run in $(seq "$RUNS"); do
        ROOT=$OUT/headers
        rm -rf "$ROOT"
        cp -a "$OUT/headers.checked-in" "$ROOT"
        settle
        timed build PA "$OUT/headers.json"
        ours=$(took "$OUT/headers.json" compile_business_functions link_libraries)
        our_cpu=$CPU
        ninja_project "$OUT/headers.ninja" PA plain
        [ "$run" != 1 ] || echo "$mix: $(lines)"
        settle
        timed ninja_build "$OUT/headers.ninja"
        ratio=$(quotient "$ours" "$TIMED")
        ratios+=("$ratio")
        echo "$mix, run $run: packwright $(seconds "$ours"), plain ninja -j2 $(seconds "$TIMED"), ratio $ratio (of processor time of all steps $(quotient "$our_cpu" "$CPU")); $(same "$OUT/headers.ninja" PA)"
    done
    if [ $mix = heavy ]; then
        verdict "heavy headers, median ratio" "$(median "${ratios[@]}")" 0.75
    else
        echo "light headers, median ratio: $(median "${ratios[@]}") (reported, no goal)"
    fi
done
