#!/bin/sh
# Calls an API with a fresh token, and waits while a person must reconnect: nightly.sh CONNECTION URL
patchbay preflight "$1"
exit=$?
if [ "$exit" = 20 ]; then
  patchbay wait "$1" --timeout 8h
  exit=$?
fi
[ "$exit" = 0 ] || exit "$exit"
# The token goes through a pipe: arguments can be read by everybody on this machine.
patchbay token "$1" | sed 's/.*/header = "Authorization: Bearer &"/' | curl --fail-with-body --silent --config - "$2"
