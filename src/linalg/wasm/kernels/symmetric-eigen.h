// Symmetric eigendecomposition: reduction to tridiagonal form, divide and conquer, reflections back.
#pragma once
#include "scale.h"
#include "tridiagonal-eigen.h"
#include "tridiagonal.h"

// values ascending, eigenvectors in the columns of `vectors`; reads the lower triangle of a and overwrites it.
// False where that triangle is not finite.
template <class T> bool symmetricEigen(Team &team, Arena arena, int order, T *a, T *values, T *vectors) {
  Range part = team.share(order);
  for (int i = part.start; i < part.end; i++) {
    for (int j = i + 1; j < order; j++) a[i * order + j] = 0;
  }
  team.barrier();
  const T largest = largestElement(team, arena, a, order, order, order);
  if (!finite(largest)) return false;
  const T scale = scaleFor(largest);
  multiplyRows(team, a, order, order, order, scale);

  double *d = arena.take<double>(order), *e = arena.take<double>(order);
  T *rows = arena.take<T>(order * order);
  double *distances = arena.take<double>(order * order);
  const TridiagonalReduction<T> reduction(team, arena, order, a, d, e);
  TridiagonalEigen<T>(order, d, e, rows, vectors, distances).run(team, arena);

  int *sorted = arena.take<int>(order);
  if (team.leads()) {
    for (int i = 0; i < order; i++) sorted[i] = i;
    sortIndices(order, d, sorted);
    for (int i = 0; i < order; i++) values[i] = T(d[sorted[i]] / scale);
  }
  team.barrier();
  constexpr int tile = 16;
  for (int j0 = 0; j0 < order; j0 += tile) {
    for (int i = part.start; i < part.end; i++) {
      for (int j = j0; j < least(order, j0 + tile); j++) vectors[i * order + j] = rows[sorted[j] * order + i];
    }
  }
  team.barrier();
  applyAll<T>(team, arena, reduction.reflections, order, {vectors + order, order, 1});
  return true;
}
