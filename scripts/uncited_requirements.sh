#!/usr/bin/env bash
# Lists the requirement ids of docs/REQUIREMENTS.md that no test cites, with their first words.
# usage: scripts/uncited_requirements.sh
set -euo pipefail
cd "$(dirname "$0")/.."

# A Rust file inside src-tauri/ counts from its first `#[cfg(test)]` on: that is where its tests begin.
cited=$({
  find src-tauri -name '*.rs' -not -path '*/tests/*' -exec awk 'FNR == 1 { test = 0 } /#\[cfg\(test\)\]/ { test = 1 } test' {} +
  find tests src-tauri ui/src \( -path '*/tests/*' -name '*.rs' -o -name '*.test.ts' -o -name '*.spec.ts' \) \
    -not -path '*/node_modules/*' -exec cat {} +
} | grep -oE '\b[A-F][0-9]{1,2}\b' | sort -u)

uncited=0 all=0
while IFS=$'\t' read -r id words; do
  all=$((all + 1))
  grep -qx "$id" <<<"$cited" && continue
  uncited=$((uncited + 1))
  printf '%-4s%s\n' "$id" "${words:0:100}"
done < <(sed -nE 's/^\| ([A-F][0-9]{1,2}) \| ([^|]*) \|.*/\1\t\2/p' docs/REQUIREMENTS.md)
echo "$uncited of $all requirements have no test that cites them."
