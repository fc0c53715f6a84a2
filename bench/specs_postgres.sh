#!/usr/bin/env bash
# The spec tables of a package on PostgreSQL: packwright's step build_package_specs against INSERT … SELECT of the 17 tables into keyed
# tables, in a cluster of the benchmark's own: with the settings below, then with stock settings.
set -eu
source "$(dirname "$0")/enterprise.sh"
source "$BENCH/spec_rows.sh"
need psql postgresql-client jq jq gcc gcc
PROGRAMS=$(find /usr/lib/postgresql/*/bin -name initdb -printf '%h\n' 2>/dev/null | sort -V | tail -1)
[ -n "$PROGRAMS" ] || fail "PostgreSQL's server is missing: apt-get install postgresql"

TUNED="shared_buffers = 2GB
wal_level = minimal
max_wal_senders = 0
max_wal_size = 16GB
checkpoint_timeout = 1h"

# The server refuses to run as root.
as_account() {
    if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"; else "$@"; fi
}

start_cluster() {
    CLUSTER=$(mktemp -d)
    [ "$(id -u)" != 0 ] || chown postgres "$CLUSTER"
    cd "$CLUSTER"
    as_account "$PROGRAMS/initdb" --pgdata "$CLUSTER/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C >/dev/null
    printf "listen_addresses = ''\nunix_socket_directories = '%s'\n%s\n" "$CLUSTER" "$1" | as_account tee "$CLUSTER/data/postgresql.auto.conf" >/dev/null
    as_account "$PROGRAMS/pg_ctl" --pgdata "$CLUSTER/data" --log "$CLUSTER/log" --wait --silent start
    export PGHOST=$CLUSTER PGUSER=postgres PGDATABASE=postgres PGOPTIONS="--search_path=${PATH_CODE,,} --client_min_messages=warning"
}

stop_cluster() {
    [ -n "${CLUSTER:-}" ] || return 0
    cd "$BENCH"
    as_account "$PROGRAMS/pg_ctl" --pgdata "$CLUSTER/data" --mode fast --silent stop || true
    rm -rf "$CLUSTER"
    CLUSTER=""
}
trap stop_cluster EXIT

sql() { psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 "$@"; }

peer() {
    {
        echo "begin;"
        for table in $SPEC_TABLES; do echo "insert into peer.$table select * from $table;"; done
        echo "commit;"
    } | sql
}

measure() {
    local goal=$3 run ours ratio ratios=() table
    start_cluster "$2"
    ROOT=$OUT/postgres
    rm -rf "$ROOT"
    packwright init >/dev/null
    sed -i "s|^database = .*|database = \"postgres://postgres@localhost/postgres?host=$CLUSTER\"|" "$ROOT/packwright.toml"
    packwright apply "$ROOT/packwright.toml" >/dev/null
    packwright checkin "$OUT/small" --path-code $PATH_CODE >/dev/null
    insert_spec_rows "lpad((value / 20)::text, 36, '0')" "repeat(md5(value::text), 31)" | sql
    sql --command "vacuum analyze"
    define PA ENT1
    build PA "$OUT/postgres.json"
    for run in $(seq "$RUNS"); do
        define "PA$run" ENT1
        sql --command checkpoint
        settle
        build "PA$run" "$OUT/postgres.json"
        ours=$(took "$OUT/postgres.json" build_package_specs build_package_specs)
        sql --command "drop schema if exists peer cascade; create schema peer"
        for table in $SPEC_TABLES; do sql --command "create table peer.$table (like $table including all)"; done
        sql --command checkpoint
        settle
        timed peer
        ratio=$(quotient "$ours" "$TIMED")
        ratios+=("$ratio")
        echo "$1 settings, run $run: packwright $(seconds "$ours"), INSERT … SELECT into keyed tables $(seconds "$TIMED"), ratio $ratio"
    done
    verdict "specs on PostgreSQL, $1 settings, median ratio" "$(median "${ratios[@]}")" "$goal"
    stop_cluster
}

application "$OUT/small" --functions 12 --libraries 1
measure tuned "$TUNED" 0.55
measure stock "" 0.8
