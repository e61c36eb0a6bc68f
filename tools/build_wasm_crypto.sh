#!/usr/bin/env bash
# Builds OpenSSL's libcrypto for wasm32-wasi into build/wasm-openssl, once: only what core/crypto calls, AES-GCM in constant time.
# The source is Debian's own tarball of the same version that the native build links, fetched by apt with a private list.
# Usage: tools/build_wasm_crypto.sh [DESTINATION]
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
destination=$(realpath -m "${1:-$root/build/wasm-openssl}")
stamp=$destination/.done
recipe=$(sha256sum "$0" | cut -c1-16)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$recipe" ]; then
  echo "libcrypto for wasm32 is there: $destination"
  exit 0
fi

# A clone that is made again need not compile it again: what this recipe built is kept beside the compiler's cache.
kept=${XDG_CACHE_HOME:-$HOME/.cache}/sealhall/wasm-openssl-$recipe
if [ -f "$kept/.done" ]; then
  mkdir -p "$(dirname "$destination")"
  rm -rf "$destination"
  cp -r "$kept" "$destination"
  echo "libcrypto for wasm32 was built before: $kept"
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fetch_source() {
  mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial" "$work/apt/parts" "$work/source"
  # The machine's own package sources, asked for sources instead of programs.
  sed -n 's/^deb /deb-src /p' /etc/apt/sources.list > "$work/apt/sources.list" 2> /dev/null || true
  local file
  for file in /etc/apt/sources.list.d/*.sources; do
    [ -e "$file" ] && sed 's/^Types:.*/Types: deb-src/' "$file" > "$work/apt/parts/$(basename "$file")"
  done
  local options=(-o Dir::Etc::sourcelist="$work/apt/sources.list" -o Dir::Etc::sourceparts="$work/apt/parts"
                 -o Dir::State::lists="$work/apt/lists" -o Dir::Cache="$work/apt/cache" -o APT::Sandbox::User=root -qq)
  apt-get "${options[@]}" update
  local version
  # The newest first; the archive sometimes has a version listed whose files are not there yet.
  for version in $(apt-cache "${options[@]}" showsrc openssl | sed -n 's/^Version: //p' | sort -rV | uniq); do
    (cd "$work/source" && apt-get "${options[@]}" source --download-only "openssl=$version") || true
    if ls "$work"/source/openssl_*.orig.tar.gz > /dev/null 2>&1; then return 0; fi
  done
  echo "No source of OpenSSL could be fetched with apt; see the messages above." >&2
  return 1
}

echo "Fetching the source of OpenSSL ..."
fetch_source
mkdir "$work/openssl"
tar -xzf "$work"/source/openssl_*.orig.tar.gz -C "$work/openssl" --strip-components=1
cd "$work/openssl"

echo "Configuring ..."
# What core/crypto does not call is left out, and so is all that WASI has no system calls for.
unused="aria bf blake2 camellia cast chacha cmac cmp cms comp ct des dh dsa dtls ec2m gost idea md4 mdc2 ocb ocsp poly1305
        rc2 rc4 rmd160 scrypt seed siphash siv sm2 sm3 sm4 srp srtp ssl tls ts whirlpool"
systemless="asm async afalgeng autoload-config dso dynamic-engine engine pic shared sock tests threads ui-console"
flags=()
ccache=$(command -v ccache > /dev/null && echo "ccache " || true)
for feature in $unused $systemless; do flags+=("no-$feature"); done
# The two functions of POSIX that are left and that WASI does not have: one user, no file modes.
cat > wasi_missing.h <<'HEADER'
#define getuid() 0
#define geteuid() 0
#define getgid() 0
#define getegid() 0
#define chmod(path, mode) 0
HEADER
# GHASH without a table (gcm128.c has one bit, four or eight at a time; four looks up what the key decides). OpenSSL has no
# option for it, so the one line is changed, and a source that no longer has it is refused.
sed -i 's/^#define TABLE_BITS 4$/#define TABLE_BITS 1/' include/crypto/modes.h
grep -q '^#define TABLE_BITS 1$' include/crypto/modes.h || { echo "modes.h has no TABLE_BITS to set" >&2; exit 1; }
# Randomness is given by the caller (core/crypto/openssl_support.cc): OpenSSL knows no source of WASI's.
export CC="${ccache}clang-22" AR=llvm-ar-22 RANLIB=llvm-ranlib-22
export CFLAGS="--target=wasm32-wasi -Wno-deprecated -O2 -ffunction-sections -fdata-sections"
export CPPFLAGS="-include wasi_missing.h -DOPENSSL_AES_CONST_TIME -DOPENSSL_NO_SECURE_MEMORY -DNO_SYSLOG -DOPENSSL_NO_UNIX_SOCK
  -D_WASI_EMULATED_SIGNAL -D_WASI_EMULATED_PROCESS_CLOCKS -D_WASI_EMULATED_GETPID -D_WASI_EMULATED_MMAN"
CPPFLAGS=${CPPFLAGS//$'\n'/ }
perl ./Configure linux-generic32 "${flags[@]}" --with-rand-seed=none --prefix="$destination" --openssldir=/nowhere \
  > configure.log 2>&1 || { tail -20 configure.log >&2; exit 1; }

echo "Compiling (about two minutes) ..."
nice -n 5 make -j2 build_generated > make.log 2>&1
nice -n 5 make -j2 libcrypto.a >> make.log 2>&1 || { tail -40 make.log >&2; exit 1; }

mkdir -p "$destination/lib" "$destination/include"
cp libcrypto.a "$destination/lib/"
cp -r include/openssl "$destination/include/"
echo "$recipe" > "$stamp"
mkdir -p "$(dirname "$kept")"
rm -rf "$kept" && cp -r "$destination" "$kept"
echo "Built $destination/lib/libcrypto.a ($(stat -c %s "$destination/lib/libcrypto.a") bytes)"
