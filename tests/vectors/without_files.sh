#!/bin/sh
# A clone without the public vector files: their tests pass all the same, and name every file that they did not find.
# usage: without_files.sh TESTS_VECTORS_TEST
set -eu
said=$(SEALHALL_VECTORS=/nonexistent "$1" -tc='vectors*,wycheproof*') || { printf '%s\n' "$said"; exit 1; }
named=$(printf '%s\n' "$said" | sed -n 's|^SKIPPED vectors: \(/nonexistent/[^ ]*\) .*|\1|p' | sort -u | wc -l)
echo "$named files were looked for, and named when they were not there"
# As many as are run where they are (listing_test.cc).
[ "$named" -ge 16 ]
