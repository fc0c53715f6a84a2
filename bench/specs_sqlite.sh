#!/usr/bin/env bash
# The spec tables of a package on SQLite: packwright's step build_package_specs against INSERT … SELECT of the 17 tables into keyed tables
# of a file with a write-ahead log.
set -eu
source "$(dirname "$0")/enterprise.sh"
source "$BENCH/spec_rows.sh"
need sqlite3 sqlite3 jq jq gcc gcc

application "$OUT/small" --functions 12 --libraries 1
enterprise "$OUT/sqlite" "$OUT/small"
source=$(find "$ROOT/database" -iname "*$PATH_CODE*.db" | head -1)
insert_spec_rows "printf('%036d', value / 20)" "hex(randomblob(500))" | sqlite3 "$source"
define PA ENT1
build PA "$OUT/sqlite.json"
echo "$(stat -c %s "$ROOT/database/packages/$PATH_CODE/PA.db" | awk '{ printf "%.0f MB", $1 / 1e6 }') in a package's tables"

peer() {
    {
        echo "attach database '$source' as source;"
        echo "begin;"
        for table in $SPEC_TABLES; do echo "insert into main.$table select * from source.$table;"; done
        echo "commit;"
    } | sqlite3 "$OUT/sqlite.peer.db"
    sync "$OUT/sqlite.peer.db"
}

ratios=()
for run in $(seq "$RUNS"); do
    define "PA$run" ENT1
    settle
    build "PA$run" "$OUT/sqlite.json"
    ours=$(took "$OUT/sqlite.json" build_package_specs build_package_specs)
    rm -f "$OUT"/sqlite.peer.db*
    {
        echo "pragma page_size = $(sqlite3 "$source" 'pragma page_size'); pragma journal_mode = wal;"
        for table in $SPEC_TABLES; do sqlite3 "$source" ".schema $table"; done
    } | sqlite3 "$OUT/sqlite.peer.db" >/dev/null
    settle
    timed peer
    ratio=$(quotient "$ours" "$TIMED")
    ratios+=("$ratio")
    echo "run $run: packwright $(seconds "$ours"), INSERT … SELECT with a write-ahead log $(seconds "$TIMED"), ratio $ratio"
done
verdict "specs on SQLite, median ratio" "$(median "${ratios[@]}")" 0.3
