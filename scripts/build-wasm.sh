#!/bin/sh
# Builds the linear-algebra kernels (clang 19 and lld 19; nothing else) into the folder given, or into the sources.
set -eu
cd "$(dirname "$0")/.."
sources=src/linalg/wasm/kernels
out=${1:-src/linalg/wasm}

build() {
  "${CLANG:-clang++-19}" --target=wasm32 -std=c++20 -O3 -Wall -Wextra -Werror \
    -ffreestanding -nostdlib -fno-exceptions -fno-rtti \
    -msimd128 -matomics -mbulk-memory -mmutable-globals "$@" \
    -Wl,--no-entry -Wl,--import-memory -Wl,--max-memory=4294967296 -Wl,--export=__stack_pointer \
    -Wl,--stack-first -Wl,-z,stack-size=65536 -Wl,--strip-all \
    "$sources/kernels.cpp"
}

build -o "$out/kernels-simd.wasm"
build -mrelaxed-simd -o "$out/kernels-relaxed.wasm"
