#!/usr/bin/env bash
# How fast one control deploys a package to many servers: real PostgreSQL with stock settings, real NATS, a real control, and a process that is all the
# servers. For each size: a new enterprise, two packages built for real, and deployments of them in turn.
set -eu
source "$(dirname "$0")/enterprise.sh"
PATH=$PATH:/usr/sbin
FLEET=${FLEET:-$BENCH/../target/release/fleet}
# With the two that are real, 5,000 machines.
SIZES=${SIZES:-100 1000 4998}
CONNECTIONS=${CONNECTIONS:-8}
need psql postgresql-client jq jq curl curl pgrep procps gcc gcc nats-server nats-server setpriv util-linux
[ -x "$FLEET" ] || fail "$FLEET is missing: cargo build --release -p fleet"
PROGRAMS=$(find /usr/lib/postgresql/*/bin -name initdb -printf '%h\n' 2>/dev/null | sort -V | tail -1)
[ -n "$PROGRAMS" ] || fail "PostgreSQL's server is missing: apt-get install postgresql"
TICK_MS=$((1000 / $(getconf CLK_TCK)))

WORK=$(mktemp -d)
chmod 755 "$WORK"
STARTED=()
# Runs whatever happens: nothing that was started here goes on.
clear_up() {
    trap - EXIT
    [ ${#STARTED[@]} -eq 0 ] || kill "${STARTED[@]}" 2>/dev/null || true
    # At once, without waiting for its clients.
    [ -z "${POSTGRES:-}" ] || kill -INT "$POSTGRES" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$WORK"
}
trap clear_up EXIT
trap 'exit 130' INT TERM

# until_true SECONDS COMMAND...: waits for a command to succeed.
until_true() {
    local last=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $last ] || fail "waited in vain for: $*"
        sleep 0.1
    done
}

# start NAME COMMAND...: starts a process with a log of its own; its number is in $PID.
start() {
    local name=$1
    shift
    "$@" >"$WORK/$name.log" 2>&1 &
    PID=$!
    STARTED+=("$PID")
}

# end PID...: ends processes that were started here.
end() {
    local pid left=()
    kill "$@" 2>/dev/null || true
    wait "$@" 2>/dev/null || true
    for pid in "${STARTED[@]}"; do [[ " $* " == *" $pid "* ]] || left+=("$pid"); done
    STARTED=("${left[@]}")
}

# PostgreSQL's server refuses to run as root. (An array and no function, so that the server's own number is known.)
AS_ACCOUNT=()
[ "$(id -u)" != 0 ] || AS_ACCOUNT=(setpriv --reuid=postgres --regid=postgres --init-groups --)

start_postgres() {
    local folder=$WORK/postgres
    mkdir "$folder"
    [ "$(id -u)" != 0 ] || chown postgres "$folder"
    cd /
    "${AS_ACCOUNT[@]}" "$PROGRAMS/initdb" --pgdata "$folder/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C >/dev/null
    # On a socket of its own folder, so that no port can be taken; all else as it comes.
    start postgres "${AS_ACCOUNT[@]}" "$PROGRAMS/postgres" -D "$folder/data" -c listen_addresses= -c unix_socket_directories="$folder"
    POSTGRES=$PID
    cd "$BENCH"
    export PGHOST=$folder PGUSER=postgres PGOPTIONS=--search_path=packwright
    until_true 60 sql --dbname postgres --command "select 1"
    sql --dbname postgres --tuples-only --no-align --field-separator ' ' --command "select 'PostgreSQL ' || current_setting('server_version') || ':', string_agg(name || ' = ' || current_setting(name), ', ' order by name)
        from pg_settings where name in ('shared_buffers', 'fsync', 'synchronous_commit', 'wal_level', 'max_wal_size', 'max_connections')"
}

start_nats() {
    mkdir "$WORK/nats"
    # Ports that are free: it says which in a file.
    start nats nats-server --addr 127.0.0.1 --port -1 --http_port -1 --ports_file_dir "$WORK/nats" --jetstream --store_dir "$WORK/nats"
    NATS=$PID
    until_true 30 test -s "$WORK/nats/nats-server_$NATS.ports"
    BUS=$(jq --raw-output '.nats[0]' "$WORK/nats/nats-server_$NATS.ports")
    MONITOR=$(jq --raw-output '.monitoring[0]' "$WORK/nats/nats-server_$NATS.ports")
    until_true 30 curl --fail "$MONITOR/healthz"
    nats-server --version
}

sql() { psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 "$@"; }
ask() { sql --dbname "$DATABASE" --tuples-only --no-align --command "$1"; }
says() { grep --quiet --fixed-strings -- "$2" "$WORK/$1.log"; }

# file SERVERS: an enterprise file with a real primary, a real deployment server and so many others.
file() {
    cat <<TOML
[enterprise]
tools_release = "9.2.8.0"
database = "postgres://postgres@localhost/$DATABASE?host=$WORK/postgres"
bus = "$BUS"

[build]
compile_seconds = 120

[[path_code]]
name = "$PATH_CODE"
data_source = "Central Objects - $PATH_CODE"
bits = 64
release = "E920"

[[machine]]
name = "DEP1"
kind = "deployment"
port = 6017

[[machine]]
name = "ENT1"
kind = "enterprise"
platform = "linux-x86_64"
toolchain = "gcc"
port = 6017
primary = true
TOML
    [ "$1" = 0 ] || "$FLEET" --machines "$1"
}

# member SERVER: starts a real server; it is one of $MEMBERS.
member() {
    mkdir "$ROOT.$1"
    (umask 077 && printf 'server = "%s"\nbus = "%s"\ndatabase = "postgres://postgres@localhost/%s?host=%s"\n' "$1" "$BUS" "$DATABASE" "$WORK/postgres" >"$ROOT.$1/packwright.credential")
    start "$1.$DATABASE" "$PACKWRIGHT" --root "$ROOT.$1" serve --server "$1"
    MEMBERS+=("$PID")
}

# An enterprise whose packages PA and PB are built on its primary and then said to be built for all: servers of a deployment need no files here.
found() {
    local package
    DATABASE=fleet_$1
    ROOT=$WORK/$DATABASE
    MEMBERS=()
    mkdir "$ROOT"
    sql --dbname postgres --command "create database $DATABASE"
    file 0 >"$ROOT/packwright.toml"
    packwright apply "$ROOT/packwright.toml" >/dev/null
    packwright checkin "$OUT/small" --path-code $PATH_CODE >/dev/null
    start "control.$DATABASE" "$PACKWRIGHT" --root "$ROOT" serve --role control
    CONTROL=$PID
    member ENT1
    member DEP1
    for package in PA PB; do
        define $package ENT1
        build $package "$OUT/scale.json"
    done
    end "${MEMBERS[@]}" "$CONTROL"
    file "$1" >"$ROOT/packwright.toml"
    packwright apply "$ROOT/packwright.toml" >/dev/null
    ask "insert into F96021 select B.BHJDEPKGNM, B.BHPATHCD, M.MDMKEY, B.BHBLDSTS, B.BHPROG, B.BHSTEP, B.BHUPMJ, B.BHUPMT
        from F96021 B, F9651 M where B.BHMKEY = 'ENT1' and M.MDMKEY like 'S%'"
    sql --dbname "$DATABASE" --command "vacuum analyze"
    start "control.$DATABASE" "$PACKWRIGHT" --root "$ROOT" serve --role control
    CONTROL=$PID
    until_true 60 says "control.$DATABASE" "leads"
}

# Processor milliseconds of processes, with those of theirs that have ended.
processor() {
    local pid
    for pid in "$@"; do cat "/proc/$pid/stat" 2>/dev/null || true; done | sed 's/.*) //' | awk -v tick="$TICK_MS" '{ sum += $12 + $13 + $14 + $15 } END { printf "%d", sum * tick }'
}

# What everything has done so far, as one JSON object.
counters() {
    local rows
    rows=$(ask "select xact_commit || ' ' || tup_inserted + tup_updated + tup_deleted from pg_stat_database where datname = '$DATABASE'")
    curl --silent --fail "$MONITOR/varz" | jq --compact-output \
        --argjson control "$(processor "$CONTROL")" --argjson fleet "$(processor "$FLEET_PID")" --argjson nats "$(processor "$NATS")" \
        --argjson postgres "$(processor "$POSTGRES" $(pgrep --parent "$POSTGRES"))" --argjson transactions "${rows% *}" --argjson rows "${rows#* }" \
        '{ messages: (.in_msgs + .out_msgs), bytes: (.in_bytes + .out_bytes), transactions: $transactions, rows: $rows,
           control: $control, fleet: $fleet, nats: $nats, postgres: $postgres }'
}

# deployment PACKAGE: deploys it to all and adds a line of JSON with all that it took to $RESULTS.
deployment() {
    local before after took memory
    # A connection of PostgreSQL that has nothing to do tells after ten seconds what it did.
    sleep 11
    before=$(counters)
    echo "$1" >&"${FLEET_IO[1]}"
    read -r took <&"${FLEET_IO[0]}" || fail "the fleet ended: $(tail --quiet --lines 3 "$WORK/fleet.$DATABASE.log" "$WORK/control.$DATABASE.log")"
    after=$(counters)
    sleep 11
    # Rows as they are told now, all else as it was at the end.
    after=$(jq --compact-output --argjson late "$(counters)" '. + ($late | { rows, transactions })' <<<"$after")
    memory=$(awk '$1 == "VmHWM:" { print $2 / 1024 }' "/proc/$CONTROL/status")
    check "$1"
    RESULTS+=("$(jq --null-input --compact-output --argjson took "$took" --argjson before "$before" --argjson after "$after" --argjson memory "$memory" \
        '($after | with_entries(.value -= $before[.key])) + $took + { memory: $memory }')")
}

# check PACKAGE: the tables and the pointers say what the fleet says.
check() {
    local state recorded pointed
    state=$(ask "select STATE from PW_JOB order by JOB desc limit 1")
    recorded=$(ask "select count(*) from F96511 join F9651 on SKMKEY = MDMKEY and SKPATHCD = MDPATHCD where SKSERSHP = '$1' and MDMCHRCDNM = '30'")
    pointed=$(grep --recursive --files-with-matches --line-regexp "${PATH_CODE}_Package=$1" "$WORK/servers.$SERVERS" | wc -l)
    [ "$state" = succeeded ] && [ "$recorded" = "$SERVERS" ] && [ "$pointed" = "$SERVERS" ] ||
        fail "$1 on $SERVERS servers: the job $state, $recorded are recorded, $pointed pointers moved"
}

# The deployment in the middle, by the time until it was recorded.
middle() { printf '%s\n' "${RESULTS[@]}" | jq --slurp --compact-output 'sort_by(.recorded_ms)[(length - 1) / 2 | floor]'; }

show() {
    jq --raw-output --arg what "$1" '
        def each(n): n / .servers * 10 | round / 10; def two: . * 100 | round / 100;
        "\(.servers) servers, \($what): order taken \(.ordered_ms | round) ms; pointer switched p50 \(.switched_p50_ms | round), p99 \(.switched_p99_ms | round), max \(.switched_max_ms | round) ms; recorded \(.recorded_ms | round) ms; per server \(each(.messages)) messages (\(each(.wakes)) wake-ups, \(each(.claims)) claims, \(each(.reports)) reports), \(each(.bytes / 1024)) KB, \(each(.rows)) rows, \(.transactions / .servers | two) transactions, processor ms: control \(.control / .servers | two), postgres \(.postgres / .servers | two), nats \(.nats / .servers | two), fleet \(.fleet / .servers | two); control at most \(.memory | round) MB; \(.unanswered) unanswered"' <<<"$2"
}

measure() {
    local run
    SERVERS=$1
    RESULTS=()
    found "$SERVERS"
    mkdir "$WORK/servers.$SERVERS"
    coproc FLEET_IO { exec "$FLEET" "$WORK/servers.$SERVERS" --bus "$BUS" --servers "$SERVERS" --connections "$CONNECTIONS" 2>"$WORK/fleet.$DATABASE.log"; }
    FLEET_PID=$FLEET_IO_PID
    STARTED+=("$FLEET_PID")
    read -r ready <&"${FLEET_IO[0]}" || fail "the fleet did not start: $(cat "$WORK/fleet.$DATABASE.log")"
    idle
    for run in $(seq "$RUNS"); do
        deployment "$([ $((run % 2)) = 1 ] && echo PA || echo PB)"
        show "run $run" "${RESULTS[-1]}"
    done
    MIDDLE[$SERVERS]=$(middle)
    IDLES[$SERVERS]=$IDLE
    ALL[$SERVERS]=${RESULTS[*]}
    end "$FLEET_PID" "$CONTROL"
    sql --dbname postgres --command "drop database $DATABASE with (force)"
}

# What servers cost that have nothing to do, as JSON in $IDLE: they ask every two seconds.
idle() {
    local before
    before=$(counters)
    sleep 10
    IDLE=$(jq --null-input --compact-output --argjson before "$before" --argjson after "$(counters)" '$after | with_entries(.value -= $before[.key])')
    jq --raw-output --arg servers "$SERVERS" \
        '"\($servers) servers, idle: in 10 s \(.messages) messages, processor ms: control \(.control), postgres \(.postgres), nats \(.nats), fleet \(.fleet)"' <<<"$IDLE"
}

# beyond WHAT SIZE: what a server costs beyond what it would have cost idle in that time, on average over the deployments. (One of a hundred servers
# takes a few of the kernel's ticks.)
beyond() {
    jq --slurp --argjson idle "${IDLES[$2]}" "map((.$1 - \$idle.$1 * .recorded_ms / 10000) / .servers) | add / length" <<<"${ALL[$2]}"
}

of() { jq "$2" <<<"${MIDDLE[$1]}"; }

declare -A MIDDLE ALL IDLES
application "$OUT/small" --functions 12 --libraries 1
start_postgres
start_nats
for size in $SIZES; do measure "$size"; done
smallest=${SIZES%% *}
largest=${SIZES##* }
for size in $SIZES; do
    [ "$size" -gt 1000 ] || verdict "$size servers, order to switched pointer, p99 in ms" "$(of "$size" '.switched_p99_ms | round')" 1000
    [ "$size" -gt 1000 ] || verdict "$size servers, order to recorded, in ms" "$(of "$size" '.recorded_ms | round')" 5000
done
for what in messages rows control postgres nats; do
    verdict "$what per server, less what it costs idle, at $largest against $smallest" "$(quotient "$(beyond $what "$largest")" "$(beyond $what "$smallest")")" 1.1
done
