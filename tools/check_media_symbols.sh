#!/bin/sh
# Fails when a linked program holds a symbol of the end-to-end encryption: SFrame, HPKE or the key schedule.
# usage: check_media_symbols.sh PROGRAM
# The second rule of this check is that it can fail: a program without any of our symbols (stripped, or not ours) is
# refused as well, and so is one without the SRTP that the media worker must have.
set -eu
program=$1
symbols=$(nm -C "$program") || { echo "$program: nm cannot read it" >&2; exit 1; }
forbidden=$(printf '%s\n' "$symbols" | grep -E 'sealhall::(sframe|hpke|kms)(::|\b)' || true)
if [ -n "$forbidden" ]; then
  echo "$program may hold no media keys, but links:" >&2
  printf '%s\n' "$forbidden" | head -20 >&2
  exit 1
fi
if ! printf '%s\n' "$symbols" | grep -q 'sealhall::srtp::'; then
  echo "$program shows no symbols of ours: this check would prove nothing" >&2
  exit 1
fi
