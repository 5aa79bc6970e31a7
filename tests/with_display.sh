#!/usr/bin/env bash
# Runs a command on a display: the one there is, or a private virtual one (Xvfb) that stops with the command.
# usage: tests/with_display.sh COMMAND [ARGUMENT]...
set -euo pipefail
# shellcheck source=process_group.sh
source "$(dirname "${BASH_SOURCE[0]}")/process_group.sh"

[[ $# -gt 0 ]] || { echo "usage: tests/with_display.sh COMMAND [ARGUMENT]..." >&2; exit 2; }
if [[ -n ${DISPLAY:-}${WAYLAND_DISPLAY:-} ]]; then exec "$@"; fi

command -v Xvfb >/dev/null || { echo "with_display: Xvfb is missing. To install: apt-get install xvfb" >&2; exit 1; }
ready=$(mktemp -u)
mkfifo -m 600 "$ready"
# Xvfb takes the first free number and writes it once it accepts connections.
Xvfb -displayfd 3 -screen 0 1600x1000x24 -nolisten tcp 3>"$ready" >/dev/null 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -f "$ready"' EXIT
if ! read -r -t 20 number <"$ready"; then
  echo "with_display: Xvfb did not start within 20 seconds" >&2
  exit 1
fi
export DISPLAY=":$number"

status=0
run_in_group "$@" || status=$?
exit "$status"
