// Thin singular value decomposition of a tall or square matrix: QR, reduction to bidiagonal form, divide and conquer,
// reflections back.
#pragma once
#include "bidiagonal-svd.h"
#include "bidiagonal.h"
#include "scale.h"

template <class T> void fillIdentity(Team &team, int rows, int cols, T *a) {
  Range part = team.share(rows);
  for (int i = part.start; i < part.end; i++) {
    for (int j = 0; j < cols; j++) a[i * cols + j] = i == j ? T(1) : T(0);
  }
}

// rows ≥ cols; a is overwritten. Singular values descending, u rows × cols, vt cols × cols.
// False where a is not finite.
template <class T>
bool singularValues(Team &team, Arena arena, int rows, int cols, T *a, T *values, T *u, T *vt) {
  const T largest = largestElement(team, arena, a, rows, cols, cols);
  if (!finite(largest)) return false;
  if (largest == 0) {
    fillIdentity(team, rows, cols, u);
    fillIdentity(team, cols, cols, vt);
    for (int i = team.share(cols).start; i < team.share(cols).end; i++) values[i] = 0;
    team.barrier();
    return true;
  }
  const T scale = scaleFor(largest);
  multiplyRows(team, a, rows, cols, cols, scale);
  const int order = cols;
  const bool tall = rows > cols;
  T *square = a;
  Reflections<T> thin{};
  if (tall) {
    thin = factorQr<T>(team, arena, rows, cols, cols, {a, cols, 1});
    square = arena.take<T>(order * order);
    Range part = team.share(order);
    for (int i = part.start; i < part.end; i++) {
      for (int j = 0; j < order; j++) square[i * order + j] = j < i ? T(0) : a[i * cols + j];
    }
    team.barrier();
  }
  double *d = arena.take<double>(order), *e = arena.take<double>(order);
  const BidiagonalReduction<T> reduction(team, arena, order, square, d, e);
  T *left = arena.take<T>(order * order), *right = arena.take<T>(order * order);
  T *turns = arena.take<T>(order * order);
  double *distances = arena.take<double>(order * order);
  BidiagonalSvd<T>(order, d, e, left, right, vt, turns, distances).run(team, arena);

  int *sorted = arena.take<int>(order);
  if (team.leads()) {
    for (int i = 0; i < order; i++) {
      sorted[i] = i;
      d[i] = -d[i];
    }
    sortIndices(order, d, sorted);
    for (int i = 0; i < order; i++) values[i] = T(-d[sorted[i]] / scale);
  }
  team.barrier();
  Range part = team.share(order);
  for (int i = part.start; i < part.end; i++) {
    for (int j = 0; j < order; j++) vt[i * order + j] = right[sorted[i] * order + j];
  }
  constexpr int tile = 16;
  for (int j0 = 0; j0 < order; j0 += tile) {
    for (int i = part.start; i < part.end; i++) {
      for (int j = j0; j < least(order, j0 + tile); j++) u[i * order + j] = left[sorted[j] * order + i];
    }
  }
  Range below = team.share(rows - order);
  for (int i = (order + below.start) * order; i < (order + below.end) * order; i++) u[i] = 0;
  team.barrier();
  applyAll<T>(team, arena, reduction.left, order, {u, order, 1});
  applyAll<T>(team, arena, reduction.right, order, {vt + 1, 1, order});
  if (tall) applyAll<T>(team, arena, thin, order, {u, order, 1});
  return true;
}
