// a = l·lᵀ in the lower triangle, in place; recursive.
#pragma once
#include "triangular.h"
#include "vector-products.h"

// The index of the first leading minor that is not positive, or −1.
template <class T> __attribute__((noinline)) int factorBlock(int size, View<T> a) {
  for (int j = 0; j < size; j++) {
    T square = a(j, j) - dot(a.row(j), a.row(j), j);
    if (!(square > 0) || !finite(square)) return j;
    T pivot = root(square);
    a(j, j) = pivot;
    for (int i = j + 1; i < size; i++) a(i, j) = (a(i, j) - dot(a.row(i), a.row(j), j)) / pivot;
  }
  return -1;
}

// Row-major; reads and writes the lower triangle only. `minor` is shared: the first leading minor, counted from
// `offset`, that is not positive, or −1 as it was before.
template <class T>
bool cholesky(Team &team, Arena arena, int size, View<T> a, int offset, int *minor) {
  constexpr int block = 64;
  if (size <= block) {
    if (team.leads()) {
      int bad = factorBlock(size, a);
      if (bad >= 0) *minor = offset + bad;
    }
    team.barrier();
    return *minor < 0;
  }
  const int half = ((size + block - 1) / block + 1) / 2 * block;
  const int rest = size - half;
  View<T> below = a.from(half, 0), corner = a.from(half, half);
  if (!cholesky(team, arena, half, a, offset, minor)) return false;
  solveLower<T>(team, arena, half, rest, a, false, below.transposed());
  gemm<T>(team, arena, rest, rest, half, T(-1), below, below.transposed(), T(1), corner, Region::lower);
  return cholesky(team, arena, rest, corner, offset + half, minor);
}
