# What the benchmarks share: where things lie, checked-in enterprises, packages, durations of steps, and how a result is printed.
# Read by the scripts beside it with `source`; does nothing by itself.

BENCH=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
OUT=$BENCH/out
PACKWRIGHT=${PACKWRIGHT:-$BENCH/../target/release/packwright}
GENERATOR=${GENERATOR:-$BENCH/../target/release/generator}
# Sizes of the committed results; smaller ones serve to try a script.
FUNCTIONS=${FUNCTIONS:-3000}
LIBRARIES=${LIBRARIES:-60}
ROWS=${ROWS:-500000}
RUNS=${RUNS:-3}
PATH_CODE=DV920
mkdir -p "$OUT"

fail() { echo "$*" >&2; exit 1; }

# need PROGRAM DEBIAN-PACKAGE ...: programs that a benchmark uses.
need() {
    while [ $# -gt 0 ]; do
        if ! command -v "$1" >/dev/null; then
            [ "$(id -u)" = 0 ] || fail "$1 is missing: apt-get install $2"
            echo "$1 is missing: apt-get install $2" >&2
            apt-get install -y "$2" >&2
        fi
        shift 2
    done
    for program in "$PACKWRIGHT" "$GENERATOR"; do
        [ -x "$program" ] || fail "$program is missing: cargo build --release -p packwright -p generator"
    done
}

packwright() { "$PACKWRIGHT" --root "$ROOT" "$@"; }

# application FOLDER ARGUMENTS...: writes an application anew.
application() {
    rm -rf "$1"
    "$GENERATOR" "$@"
}

# enterprise ROOT APPLICATION: makes ROOT a new enterprise with the application checked in.
enterprise() {
    ROOT=$1
    rm -rf "$ROOT"
    packwright init >/dev/null
    packwright checkin "$2" --path-code $PATH_CODE >/dev/null
}

# define PACKAGE SERVERS [OPTIONS...]: a full package, up to its build.
define() {
    packwright package assemble "$1" --path-code $PATH_CODE --full >/dev/null
    packwright package define "$1" --servers "$2" "${@:3}" >/dev/null
}

# build PACKAGE JSON: builds it in a process of its own and writes the job with all its runs.
build() {
    packwright --json package build "$1" >"$2" || fail "package $1 was not built: packwright --root $ROOT package report $1"
}

# took JSON FIRST LAST: milliseconds from the start of the first step to the end of the last, over all servers.
took() {
    jq --arg first "$2" --arg last "$3" '([.runs[] | select(.step == $last) | .ended] | max) - ([.runs[] | select(.step == $first) | .started] | min)' "$1"
}

# The area in which the enterprise's first server builds a package.
area() { echo "$ROOT/servers/ENT1/packages/$1"; }

now() { date +%s%3N; }

# Processor milliseconds of all that this shell has started and waited for; a subshell would tell its own.
cpu() {
    times >"$OUT/times"
    CPU=$(awk 'NR == 2 { for (i = 1; i <= 2; i++) { split($i, part, /[ms]/); ms += (part[1] * 60 + part[2]) * 1000 } printf "%d", ms }' "$OUT/times")
}

# timed COMMAND...: runs it; its milliseconds are in $TIMED, those of the processor in $CPU.
timed() {
    local begun before
    cpu
    before=$CPU
    begun=$(now)
    "$@"
    TIMED=$(($(now) - begun))
    cpu
    CPU=$((CPU - before))
}

# The disk must not still work for one run while the next is measured.
settle() { sync; }

seconds() { awk -v ms="$1" 'BEGIN { printf "%.2f s", ms / 1000 }'; }

quotient() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }

median() { printf '%s\n' "$@" | sort -g | awk '{ value[NR] = $1 } END { print (value[int((NR + 1) / 2)] + value[int(NR / 2) + 1]) / 2 }'; }

# verdict WHAT VALUE GOAL: says whether a goal that a value may not exceed is met.
verdict() {
    awk -v what="$1" -v value="$2" -v goal="$3" 'BEGIN { printf "%s: %s, goal %s: %s\n", what, value, goal, value <= goal ? "met" : "missed" }'
}
