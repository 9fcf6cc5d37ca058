// Partially pivoted LU, p·a = l·u, in place; recursive over columns (Toledo 1997).
#pragma once
#include "triangular.h"

template <class T> inline void exchangeRows(T *a, T *b, int size) {
  for (int i = 0; i < size; i++) exchange(a[i], b[i]);
}

// Columns `start` … `start + cols − 1` of the row-major size × size matrix, on one thread.
template <class T>
__attribute__((noinline)) int factorColumns(int size, int start, int cols, View<T> a, int *pivots) {
  for (int j = start; j < start + cols; j++) {
    int pivot = j;
    T largest = absolute(a(j, j));
    for (int i = j + 1; i < size; i++) {
      T candidate = absolute(a(i, j));
      if (candidate > largest) {
        largest = candidate;
        pivot = i;
      }
    }
    pivots[j] = pivot;
    if (largest == 0) return j;
    if (pivot != j) exchangeRows(a.row(j), a.row(pivot), size);
    const T *top = a.row(j);
    for (int i = j + 1; i < size; i++) {
      T *row = a.row(i);
      T factor = row[j] = row[j] / top[j];
      for (int c = j + 1; c < start + cols; c++) row[c] -= factor * top[c];
    }
  }
  return -1;
}

// `zero` is shared: the first pivot that is exactly zero, or −1 as it was before.
template <class T>
bool factorLu(Team &team, Arena arena, int size, int start, int cols, View<T> a, int *pivots, int *zero) {
  constexpr int block = 8;
  if (cols <= block) {
    if (team.leads()) *zero = factorColumns(size, start, cols, a, pivots);
    team.barrier();
    return *zero < 0;
  }
  const int half = cols / 2;
  const int middle = start + half, rest = cols - half;
  if (!factorLu(team, arena, size, start, half, a, pivots, zero)) return false;
  solveLower<T>(team, arena, half, rest, a.from(start, start), true, a.from(start, middle));
  gemm<T>(team, arena, size - middle, rest, half, T(-1), a.from(middle, start), a.from(start, middle), T(1),
          a.from(middle, middle));
  return factorLu(team, arena, size, middle, rest, a, pivots, zero);
}

// x with a·x = b in place of b; a is overwritten. The first zero pivot, or −1.
template <class T>
int solveGeneral(Team &team, Arena arena, int size, int sides, View<T> a, View<T> b) {
  int *pivots = arena.take<int>(size);
  int *zero = arena.take<int>(1);
  if (team.leads()) *zero = -1;
  team.barrier();
  if (!factorLu(team, arena, size, 0, size, a, pivots, zero)) return *zero;
  if (sides == 0) return -1;
  if (team.leads()) {
    for (int i = 0; i < size; i++) {
      if (pivots[i] != i) exchangeRows(b.row(i), b.row(pivots[i]), sides);
    }
  }
  team.barrier();
  solveTriangle<T>(team, arena, size, sides, a, true, true, b);
  solveTriangle<T>(team, arena, size, sides, a, false, false, b);
  return -1;
}
