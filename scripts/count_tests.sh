#!/usr/bin/env bash
# Prints how many tests passed and failed in the log of cargo test, node --test or vitest; "0 0" for any other log.
# usage: scripts/count_tests.sh LOG
set -euo pipefail
sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '
  /^test result: / {
    for (i = 2; i <= NF; i++) {
      if ($i ~ /^passed;?$/) passed += $(i - 1)
      if ($i ~ /^failed;?$/) failed += $(i - 1)
    }
  }
  /^(ℹ|#) pass [0-9]+$/ { passed += $3 }
  /^(ℹ|#) (fail|cancelled) [0-9]+$/ { failed += $3 }
  /^ +Tests +[0-9]/ {
    for (i = 2; i <= NF; i++) {
      if ($i == "passed") passed += $(i - 1)
      if ($i == "failed") failed += $(i - 1)
    }
  }
  END { print passed + 0, failed + 0 }'
