#!/bin/sh
# Verifies the signature of a checkpoint with nothing but openssl and coreutils.
# usage: signature.sh CHECKPOINT VKEY
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The key: 32 bytes behind the byte of its type, in the frame that openssl reads.
cut -d+ -f3- "$2" | base64 -d > "$work/typed"
{
  printf '\060\052\060\005\006\003\053\145\160\003\041\000'
  tail -c +2 "$work/typed"
} > "$work/key.der"
# The text ends at the blank line before the signatures; the key's id is in front of the signature.
sed '/^$/,$d' "$1" > "$work/text"
name=$(cut -d+ -f1 "$2")
grep "^— $name " "$1" > "$work/line"
cut -d' ' -f3 "$work/line" > "$work/base64"
base64 -d "$work/base64" > "$work/blob"
tail -c +5 "$work/blob" > "$work/signature"
openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey "$work/key.der" \
  -in "$work/text" -sigfile "$work/signature"
