#!/usr/bin/env bash
# Installs the packages of tests/npm into build/npm, exactly as its lock file says; does nothing when they are there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p build/npm
if cmp -s tests/npm/package-lock.json build/npm/package-lock.json && [ -f build/npm/.installed ]; then exit 0; fi
rm -f build/npm/.installed
cp tests/npm/package.json tests/npm/package-lock.json tests/npm/.npmrc build/npm/
(cd build/npm && ../../tools/modern_node.sh npm ci --no-progress)
touch build/npm/.installed
