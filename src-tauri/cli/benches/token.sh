#!/usr/bin/env bash
# Measures `patchbay token`, warm, against a bare program that opens SQLite and reads the same keychain item [F2].
# usage: tests/with_keychain.sh src-tauri/cli/benches/token.sh [RUNS]
# Prints both medians and their ratio; ends with 1 when the ratio is above 1.5.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
runs=${1:-200}

cargo build --quiet --release -p patchbay --bin patchbay --example bare_token
cargo build --quiet --release -p practice --bin patchbay-practice
built=${CARGO_TARGET_DIR:-target}/release
patchbay=$built/patchbay bare=$built/examples/bare_token

work=$(mktemp -d)
practice=
trap '[[ -z $practice ]] || kill "$practice" 2>/dev/null || true; rm -rf "$work"' EXIT
export PATCHBAY_HOME=$work/home

"$built/patchbay-practice" --consent-automatically mira --keep-running </dev/null >"$work/practice" 2>&1 &
practice=$!
for _ in $(seq 100); do grep -q '"issuer"' "$work/practice" && break; sleep 0.05; done
issuer=$(grep -o '"issuer":"[^"]*"' "$work/practice" | cut -d '"' -f 4)

mkfifo "$work/events"
"$patchbay" --json connect "$issuer" --client-id patchbay-practice --no-browser >"$work/events" &
connecting=$!
exec 3<"$work/events"
read -r authorize <&3
url=$(sed 's/.*"url":"\([^"]*\)".*/\1/' <<<"$authorize")
curl --silent --location --output /dev/null "$url"
read -r connected <&3
id=$(grep -o 'con_[0-9a-z]*' <<<"$connected" | head -1)
wait "$connecting"

timed() { # FILE COMMAND...: adds how many microseconds it took
  local begin=${EPOCHREALTIME/./}
  "${@:2}" >/dev/null
  echo $((${EPOCHREALTIME/./} - begin)) >>"$1"
}

median() { # FILE
  sort -n "$1" | sed -n "$((runs / 2 + 1))p"
}

if command -v hyperfine >/dev/null; then
  hyperfine --shell none --warmup 20 --runs "$runs" --export-json "$work/times.json" \
    "$bare $id" "$patchbay token $id"
  read -r least ours < <(grep -o '"median": [0-9.e-]*' "$work/times.json" | awk '{ printf "%d ", $2 * 1e6 }'; echo)
else
  for _ in $(seq 20); do "$bare" "$id" >/dev/null; "$patchbay" token "$id" >/dev/null; done
  # By turns, so that what else the machine does weighs on both.
  for _ in $(seq "$runs"); do
    timed "$work/bare" "$bare" "$id"
    timed "$work/token" "$patchbay" token "$id"
  done
  least=$(median "$work/bare")
  ours=$(median "$work/token")
fi

awk -v least="$least" -v ours="$ours" -v runs="$runs" 'BEGIN {
  printf "bare program   %.2f ms (median of %d)\n", least / 1000, runs
  printf "patchbay token %.2f ms (median of %d)\n", ours / 1000, runs
  printf "ratio          %.2f (at most 1.5)\n", ours / least
  exit ours / least > 1.5
}'
