# Sourced by the scripts beside it.
# shellcheck shell=bash

# Runs a command in a process group of its own, and ends the whole group when the calling script is told to end.
run_in_group() {
  local status=0
  set -m
  "$@" <&0 &
  group=$!
  set +m
  trap 'kill -TERM -- "-$group" 2>/dev/null || true' INT TERM HUP
  wait "$group" || status=$?
  # A signal interrupts the first wait, before the group has ended.
  while kill -0 "$group" 2>/dev/null; do
    status=0
    wait "$group" || status=$?
  done
  return "$status"
}
