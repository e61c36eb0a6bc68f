#!/usr/bin/env bash
# modern_node.sh COMMAND...: runs the command with a Node.js that the browser client's tools can use, first in PATH. That is the
# system's where it is new enough; Debian 12 has version 18, so there one comes from npm, as tools/node/package-lock.json says, and
# with it a newer npm: Debian's npm 9 leaves out optional packages that name a C library, and one of them is the web client's bundler.
# Only these two are fetched by the system's npm. SEALHALL_NODE=npm forces them.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
new_enough='const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
if [ "${SEALHALL_NODE:-}" = npm ] || ! node -e "$new_enough"; then
  here=$root/build/node
  if ! cmp -s "$root/tools/node/package-lock.json" "$here/.installed"; then
    mkdir -p "$here"
    cp "$root"/tools/node/{package.json,package-lock.json,.npmrc} "$here/"
    (cd "$here" && npm ci --no-progress) >&2
    cp "$root/tools/node/package-lock.json" "$here/.installed"
  fi
  bin=$(echo "$here"/node_modules/node-linux-*/bin)
  [ -x "$bin/node" ] || {
    echo "The browser client needs Node.js 20.19 or newer, and npm has none for this kind of processor. Install one and try again." >&2
    exit 1
  }
  export PATH=$bin:$here/node_modules/.bin:$PATH
fi
exec "$@"
