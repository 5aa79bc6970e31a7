#!/usr/bin/env bash
# Measures tokens taken at the door: 64 clients at once beside a bare echo over a Unix socket; and one after the other as
# `patchbay token` asks there, beside oidc-agent's `oidc-token` and `pizauth show` where PATCHBAY_BENCH_OIDC_TOKEN and
# PATCHBAY_BENCH_PIZAUTH name an account that they hold [F2, S149].
# usage: tests/with_keychain.sh src-tauri/cli/benches/door.sh [CLIENTS] [ROUNDS]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
clients=${1:-64} rounds=${2:-50}

cargo build --quiet --release -p patchbay --bin patchbay --example door_load
cargo build --quiet --release -p practice --bin patchbay-practice
built=${CARGO_TARGET_DIR:-target}/release
patchbay=$built/patchbay load=$built/examples/door_load

work=$(mktemp -d)
started=()
trap 'kill "${started[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
export PATCHBAY_HOME=$work/home

"$built/patchbay-practice" --consent-automatically mira --keep-running </dev/null >"$work/practice" 2>&1 &
started+=($!)
for _ in $(seq 100); do grep -q '"issuer"' "$work/practice" && break; sleep 0.05; done
issuer=$(grep -o '"issuer":"[^"]*"' "$work/practice" | cut -d '"' -f 4)

mkfifo "$work/events"
"$patchbay" --json connect "$issuer" --client-id patchbay-practice --no-browser >"$work/events" &
connecting=$!
exec 3<"$work/events"
read -r authorize <&3
curl --silent --location --output /dev/null "$(sed 's/.*"url":"\([^"]*\)".*/\1/' <<<"$authorize")"
read -r connected <&3
id=$(grep -o 'con_[0-9a-z]*' <<<"$connected" | head -1)
wait "$connecting"
# On this board alone: who measures is nobody that a person was asked about.
"$patchbay" programs unasked allow >/dev/null
"$patchbay" --json serve >"$work/serving" &
started+=($!)
for _ in $(seq 100); do grep -q serving "$work/serving" && break; sleep 0.05; done
"$load" echo-server "$work/echo" &
started+=($!)
for _ in $(seq 100); do [[ -S $work/echo ]] && break; sleep 0.05; done

line() { # WHAT MEDIAN P99
  printf '%-44s median %8.2f ms   p99 %8.2f ms\n' "$1" "$(awk "BEGIN { print $2 / 1000 }")" "$(awk "BEGIN { print $3 / 1000 }")"
}

by_turns() { # COMMAND...: median and p99 of its runs, in microseconds
  local times=$work/times begin
  : >"$times"
  for _ in $(seq "$rounds"); do
    begin=${EPOCHREALTIME/./}
    "$@" >/dev/null
    echo $((${EPOCHREALTIME/./} - begin)) >>"$times"
  done
  sort -n "$times" | awk '{ all[NR] = $1 } END { print all[int(NR * 0.5) + 1], all[int(NR * 0.99) + 1] }'
}

read -r median p99 < <("$load" echo "$work/echo" "$clients" "$rounds")
line "echo, $clients clients at once" "$median" "$p99"
read -r median p99 < <("$load" door "$PATCHBAY_HOME" "$id" "$clients" "$rounds")
line "the door, $clients clients at once" "$median" "$p99"
read -r median p99 < <(by_turns "$patchbay" token "$id")
line "patchbay token, through the door" "$median" "$p99"
if [[ -n ${PATCHBAY_BENCH_OIDC_TOKEN:-} ]]; then
  read -r median p99 < <(by_turns oidc-token "$PATCHBAY_BENCH_OIDC_TOKEN")
  line "oidc-token" "$median" "$p99"
fi
if [[ -n ${PATCHBAY_BENCH_PIZAUTH:-} ]]; then
  read -r median p99 < <(by_turns pizauth show "$PATCHBAY_BENCH_PIZAUTH")
  line "pizauth show" "$median" "$p99"
fi
