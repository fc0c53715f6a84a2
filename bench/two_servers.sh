#!/usr/bin/env bash
# Nothing is cached: two build servers of one platform against one. From the first compile to the last library of the last server.
set -eu
source "$(dirname "$0")/enterprise.sh"
need jq jq gcc gcc

application "$OUT/light" --functions "$FUNCTIONS" --libraries "$LIBRARIES"
enterprise "$OUT/servers.checked-in" "$OUT/light"
ratios=()
for run in $(seq "$RUNS"); do
    for servers in ENT1 ENT1,ENT2; do
        ROOT=$OUT/servers
        rm -rf "$ROOT"
        cp -a "$OUT/servers.checked-in" "$ROOT"
        define PA $servers
        settle
        timed build PA "$OUT/servers.json"
        echo "$CPU" >"$OUT/servers.$servers.cpu"
        took "$OUT/servers.json" compile_business_functions link_libraries >"$OUT/servers.$servers"
    done
    one=$(cat "$OUT/servers.ENT1")
    two=$(cat "$OUT/servers.ENT1,ENT2")
    ratio=$(quotient "$two" "$one")
    ratios+=("$ratio")
    echo "run $run: two servers $(seconds "$two"), one $(seconds "$one"), ratio $ratio (of processor time of all steps $(quotient "$(cat "$OUT/servers.ENT1,ENT2.cpu")" "$(cat "$OUT/servers.ENT1.cpu")"))"
done
verdict "two servers against one, median ratio" "$(median "${ratios[@]}")" 1.03
