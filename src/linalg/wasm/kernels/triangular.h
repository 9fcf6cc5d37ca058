// Solves t·x = b for a lower triangle t, in place; recursive, so that nearly all of the work is a product.
#pragma once
#include "gemm.h"

constexpr int triangleBlock = 64;

// x ← t⁻¹·x for a tile of `block` rows and 4 vectors of columns; t is packed, row-major, its diagonal as stored.
template <class T>
__attribute__((noinline)) void solveTile(int block, const T *t, bool unit, T *x) {
  constexpr int width = Vec<T>::width, stride = 4 * width;
  for (int i = 0; i < block; i++) {
    const T *factors = t + i * triangleBlock;
    T *row = x + i * stride;
    Vec<T> odd[4];
    Vec<T> even[4];
#pragma unroll
    for (int v = 0; v < 4; v++) {
      even[v] = load(row + v * width);
      odd[v] = splat(T(0));
    }
    int j = 0;
    for (; j + 1 < i; j += 2) {
      Vec<T> first = loadSplat(factors + j), second = loadSplat(factors + j + 1);
#pragma unroll
      for (int v = 0; v < 4; v++) {
        even[v] = nmadd(first, load(x + j * stride + v * width), even[v]);
        odd[v] = nmadd(second, load(x + (j + 1) * stride + v * width), odd[v]);
      }
    }
    if (j < i) {
      Vec<T> first = loadSplat(factors + j);
#pragma unroll
      for (int v = 0; v < 4; v++) even[v] = nmadd(first, load(x + j * stride + v * width), even[v]);
    }
    Vec<T> pivot = loadSplat(factors + i);
#pragma unroll
    for (int v = 0; v < 4; v++) {
      Vec<T> value = even[v] + odd[v];
      store(row + v * width, unit ? value : value / pivot);
    }
  }
}

template <class T>
void solveTriangleBlock(Team &team, Arena arena, int size, int sides, View<const T> t, bool unit, View<T> b) {
  constexpr int tileCols = 4 * Vec<T>::width;
  T *own = arena.take<T>(team.count * triangleBlock * (triangleBlock + tileCols)) +
           team.id * triangleBlock * (triangleBlock + tileCols);
  T *tile = own + triangleBlock * triangleBlock;
  for (int i = 0; i < size; i++) {
    for (int j = 0; j <= i; j++) own[i * triangleBlock + j] = t(i, j);
  }
  Range part = team.share(sides, tileCols);
  for (int j0 = part.start; j0 < part.end; j0 += tileCols) {
    const int cols = least(tileCols, part.end - j0);
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < tileCols; j++) tile[i * tileCols + j] = j < cols ? b(i, j0 + j) : T(0);
    }
    solveTile<T>(size, own, unit, tile);
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < cols; j++) b(i, j0 + j) = tile[i * tileCols + j];
    }
  }
  team.barrier();
}

// b is size × sides with unit stride along one of its directions. An upper triangle is a lower one read backwards:
// pass views of t and b from their last elements, with negative strides.
template <class T>
void solveLower(Team &team, Arena arena, int size, int sides, View<const T> t, bool unit, View<T> b) {
  if (size <= triangleBlock) return solveTriangleBlock(team, arena, size, sides, t, unit, b);
  const int blocks = (size + triangleBlock - 1) / triangleBlock;
  const int half = (blocks + 1) / 2 * triangleBlock;
  solveLower<T>(team, arena, half, sides, t, unit, b);
  gemm<T>(team, arena, size - half, sides, half, T(-1), t.from(half, 0), b, T(1), b.from(half, 0));
  solveLower<T>(team, arena, size - half, sides, t.from(half, half), unit, b.from(half, 0));
}

template <class T> View<T> reversedRows(View<T> b, int rows) {
  return {&b(rows - 1, 0), -b.rowStride, b.colStride};
}

template <class T> View<T> reversed(View<T> t, int size) {
  return {&t(size - 1, size - 1), -t.rowStride, -t.colStride};
}

// op(t)·x = b, where `lower` says which triangle op(t) fills.
template <class T>
void solveTriangle(Team &team, Arena arena, int size, int sides, View<const T> t, bool lower, bool unit, View<T> b) {
  if (size == 0 || sides == 0) return;
  if (lower) return solveLower<T>(team, arena, size, sides, t, unit, b);
  solveLower<T>(team, arena, size, sides, reversed(t, size), unit, reversedRows(b, size));
}
