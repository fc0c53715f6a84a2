#!/usr/bin/env bash
# Everything is cached: a second package of the same objects, by a process of its own, against ninja -j2 with a warm ccache. From the
# first look into the cache to the last library.
set -eu
source "$(dirname "$0")/enterprise.sh"
source "$BENCH/ninja.sh"
need ninja ninja-build ccache ccache jq jq gcc gcc

application "$OUT/light" --functions "$FUNCTIONS" --libraries "$LIBRARIES"
enterprise "$OUT/cached" "$OUT/light"
define PA ENT1
build PA "$OUT/cached.json"
export CCACHE_DIR=$OUT/cached.ccache CCACHE_MAXSIZE=20G
rm -rf "$CCACHE_DIR"
ninja_project "$OUT/cached.ninja" PA ccache
ninja_build "$OUT/cached.ninja"
echo "both caches are filled; $(same "$OUT/cached.ninja" PA)"

times=()
for run in $(seq "$RUNS"); do
    define "PA$run" ENT1
    settle
    build "PA$run" "$OUT/cached.json"
    ours=$(took "$OUT/cached.json" compile_business_functions link_libraries)
    compile=$(took "$OUT/cached.json" compile_business_functions compile_business_functions)
    link=$(took "$OUT/cached.json" link_libraries link_libraries)
    rm -rf "$OUT/cached.ninja/objects" "$OUT/cached.ninja/libraries"
    settle
    timed ninja_build "$OUT/cached.ninja"
    times+=("$ours")
    echo "run $run: packwright $(seconds "$ours") (compile $compile ms, link $link ms), ninja -j2 with ccache $(seconds "$TIMED"), ratio $(quotient "$ours" "$TIMED")"
done
verdict "everything cached, median milliseconds" "$(median "${times[@]}")" 500
