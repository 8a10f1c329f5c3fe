#!/usr/bin/env bash
# Compiles the kernels for 64-bit ARM and compares their NEON variant with the portable one under emulation; compiles those for
# AVX-512 as any build does. On Debian: apt install clang lld gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
clang --target=aarch64-linux-gnu -O2 -std=c11 -D_GNU_SOURCE -Wall -Werror -fuse-ld=lld -static -ISources/CHeedKernels/include \
  Scripts/check_variants.c Sources/CHeedKernels/*.c -lm -o "$work/check"
qemu-aarch64 "$work/check"
