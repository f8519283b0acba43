#!/bin/bash
# One copy of the running node's ledger, whole, to another machine. COPY_TO: where, as rsync reads it (user@host:/folder/).
#
# `firstcome backup` only reads the ledger, and gives the copy its name when its books were checked. rsync gives it its name over there when
# it has arrived whole: whatever is cut off, the copy before it stays.
set -euo pipefail

: "${COPY_TO:?say where copies go, for instance COPY_TO=copies@other.example:/srv/firstcome/}"
data_dir=${COPY_FROM:-/var/lib/firstcome}
firstcome=${COPY_PROGRAM:-firstcome}
work=$(mktemp -d -- "${RUNTIME_DIRECTORY:-/tmp}/copy.XXXXXX")
trap 'rm -rf -- "$work"' EXIT

"$firstcome" backup --data-dir "$data_dir" "$work/firstcome.db" >/dev/null 2>"$work/said" || { cat "$work/said" >&2; exit 1; }
rsync --times --timeout=20 -- "$work/firstcome.db" "$COPY_TO"
