#!/usr/bin/env bash
# The whole cold build of a full package (two servers, compressed, spec rows and all) against its build stage.
set -eu
source "$(dirname "$0")/enterprise.sh"
source "$BENCH/spec_rows.sh"
need sqlite3 sqlite3 jq jq gcc gcc

application "$OUT/light" --functions "$FUNCTIONS" --libraries "$LIBRARIES"
enterprise "$OUT/whole.checked-in" "$OUT/light"
insert_spec_rows "printf('%036d', value / 20)" "hex(randomblob(500))" | sqlite3 "$(find "$ROOT/database" -iname "*$PATH_CODE*.db" | head -1)"
define PA ENT1,ENT2 --compress
ratios=()
for run in $(seq "$RUNS"); do
    ROOT=$OUT/whole
    rm -rf "$ROOT"
    cp -a "$OUT/whole.checked-in" "$ROOT"
    settle
    timed build PA "$OUT/whole.json"
    whole=$(jq '.ended - .made' "$OUT/whole.json")
    stage=$(jq '(.stages | index("build")) as $build | [.runs[] | select(.stage == $build)] | ([.[] | .ended] | max) - ([.[] | .started] | min)' "$OUT/whole.json")
    ratio=$(quotient "$whole" "$stage")
    ratios+=("$ratio")
    echo "run $run: whole build $(seconds "$whole") (with the process's start and end $(seconds "$TIMED")), its build stage $(seconds "$stage"), ratio $ratio"
    jq -r '.stages as $stages | [.runs | group_by(.stage)[] | "\($stages[.[0].stage]) \(([.[] | .ended] | max) - ([.[] | select(.started > 0) | .started] | min))"] | "    ms a stage: " + join(", ")' "$OUT/whole.json"
done
verdict "whole build against its build stage, median ratio" "$(median "${ratios[@]}")" 1.1
