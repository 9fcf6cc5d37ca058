#!/bin/sh
# Builds the linear-algebra kernels, element-wise loops, those of kernels, of first layers and of drawn normals (clang 19 and
# lld 19; nothing else) into the folder given, or into the sources.
set -eu
cd "$(dirname "$0")/.."
sources=src/linalg/wasm/kernels
out=${1:-src/linalg/wasm}
networks=${1:-src/kernels/wasm}
layers=${1:-src/models/two-layer/wasm}
generators=${1:-src/data/generators/wasm}

compile() {
  "${CLANG:-clang++-19}" --target=wasm32 -std=c++20 -O3 -Wall -Wextra -Werror \
    -ffreestanding -nostdlib -fno-exceptions -fno-rtti \
    -msimd128 -mbulk-memory -mmutable-globals -Wl,--no-entry -Wl,--stack-first -Wl,--strip-all "$@"
}

build() {
  compile -matomics "$@" \
    -Wl,--import-memory -Wl,--max-memory=4294967296 -Wl,--export=__stack_pointer -Wl,-z,stack-size=65536 \
    "$sources/kernels.cpp"
}

build -o "$out/kernels-simd.wasm"
build -mrelaxed-simd -o "$out/kernels-relaxed.wasm"
# Each with its own memory, which grows as tiles do, from __heap_base on.
tiles() {
  for build in simd relaxed; do
    option=$([ $build = simd ] || echo -mrelaxed-simd)
    compile -ffp-contract=off $option -o "$1/$2-$build.wasm" -Wl,--export=__heap_base -Wl,-z,stack-size=4096 "$3"
  done
}

tiles "$out" element-wise src/linalg/wasm/element-wise.cpp
tiles "$networks" relu src/kernels/wasm/relu.cpp
tiles "$networks" gaussian src/kernels/wasm/gaussian.cpp
tiles "$layers" thin-layer src/models/two-layer/wasm/thin-layer.cpp
tiles "$layers" wide-layer src/models/two-layer/wasm/wide-layer.cpp
tiles "$generators" normals src/data/generators/wasm/normals.cpp
