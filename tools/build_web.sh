#!/usr/bin/env bash
# Builds the browser client into build/web: packages exactly as the lock file says, types checked, the core beside it.
# Needs build/wasm/bin/sealhall_core.wasm. Usage: tools/build_web.sh [FOLDER], which then is a copy for a server.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if ! cmp -s web/package-lock.json web/node_modules/.installed; then
  (cd web && ../tools/modern_node.sh npm ci --no-progress)
  cp web/package-lock.json web/node_modules/.installed
fi
/usr/bin/python3 tools/make_wasm_wrapper.py --check
mkdir -p web/core
cmp -s build/wasm/bin/sealhall_core.wasm web/core/sealhall_core.wasm || cp build/wasm/bin/sealhall_core.wasm web/core/
cd web
../tools/modern_node.sh node_modules/.bin/tsc --noEmit
../tools/modern_node.sh node_modules/.bin/vite build
cd ..
# What a browser takes compressed is compressed once, here.
find build/web -type f \( -name '*.html' -o -name '*.js' -o -name '*.css' -o -name '*.wasm' -o -name '*.svg' \) -exec gzip -9 -n -k {} +
if [ $# -gt 0 ]; then
  rm -rf "$1"
  cp -r build/web "$1"
fi
