#!/usr/bin/env bash
# Runs a command in a D-Bus session of its own with a private, unlocked Secret Service, and stops both afterwards.
# usage: tests/with_keychain.sh COMMAND [ARGUMENT]...
# The command finds the keyring's password in PATCHBAY_TEST_KEYCHAIN_PASSWORD, to unlock it after a test has locked it.
set -euo pipefail
# shellcheck source=process_group.sh
source "$(dirname "${BASH_SOURCE[0]}")/process_group.sh"

secret_service() { # METHOD [ARGUMENT]...
  dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets \
    "org.freedesktop.Secret.Service.$1" "${@:2}"
}

# Asks the bus, not the service: a call to the service would start a second, locked daemon.
has_owner() {
  dbus-send --session --print-reply --dest=org.freedesktop.DBus /org/freedesktop/DBus \
    org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets | grep -q 'boolean true'
}

if [[ ${1:-} != --inside ]]; then
  [[ $# -gt 0 ]] || { echo "usage: tests/with_keychain.sh COMMAND [ARGUMENT]..." >&2; exit 2; }
  home=$(mktemp -d)
  trap 'rm -rf "$home"' EXIT
  mkdir -m 700 "$home/runtime" "$home/data" "$home/config" "$home/cache"
  # A Wayland display is named relative to the runtime folder that is about to change.
  if [[ -n ${WAYLAND_DISPLAY:-} && $WAYLAND_DISPLAY != /* ]]; then
    export WAYLAND_DISPLAY="${XDG_RUNTIME_DIR:-/run/user/$(id -u)}/$WAYLAND_DISPLAY"
  fi
  export XDG_RUNTIME_DIR="$home/runtime" XDG_DATA_HOME="$home/data" XDG_CONFIG_HOME="$home/config" XDG_CACHE_HOME="$home/cache"
  # The bus says on standard error that it may not raise its own limits; nothing here needs them raised.
  status=0
  run_in_group dbus-run-session -- "${BASH_SOURCE[0]}" --inside "$@" || status=$?
  exit "$status"
fi
shift

PATCHBAY_TEST_KEYCHAIN_PASSWORD=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
export PATCHBAY_TEST_KEYCHAIN_PASSWORD
# Tests that need a real keychain run where this is set.
export PATCHBAY_TEST_KEYCHAIN=1
gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null 2>&1 \
  < <(printf '%s' "$PATCHBAY_TEST_KEYCHAIN_PASSWORD") &
daemon=$!
trap 'kill "$daemon" 2>/dev/null || true; wait "$daemon" 2>/dev/null || true' EXIT

for _ in $(seq 100); do has_owner && break; sleep 0.1; done
if ! secret_service ReadAlias string:default | grep -q 'object path "/org/freedesktop/secrets/collection/'; then
  echo "with_keychain: gnome-keyring did not offer an unlocked keyring within 10 seconds" >&2
  exit 1
fi

status=0
run_in_group "$@" || status=$?
exit "$status"
