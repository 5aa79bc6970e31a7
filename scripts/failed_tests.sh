#!/usr/bin/env bash
# Prints what the log of cargo test, node --test or vitest says of each failed test; of any other log, its last forty lines.
# usage: scripts/failed_tests.sh LOG
set -euo pipefail
sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '
  { last[NR % 40] = $0 }
  # cargo test tells them between "failures:" and its sum, node from "failing tests:" on, vitest under " FAIL ".
  /^failures:$/ || /^✖ failing tests:$/ || /^ *FAIL / { telling = 1 }
  /^test result: / { if (telling) print ""; telling = 0 }
  /^ *Test Files / { telling = 0 }
  telling { print; told = 1 }
  END { if (!told) for (i = NR - 39; i <= NR; i++) if (i > 0) print last[i % 40] }'
